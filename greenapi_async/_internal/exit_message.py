"""Exit message: an error whose message says everything ends the program with one line instead of a traceback.

After a 401, or if a port is in use, the traceback says nothing about the program. The error is raised as ever, so that
it can be caught. If nobody catches it, ``sys.excepthook`` prints its message only. The hook applies to such errors
only; every other is left to the hook that was set before.
"""

import sys
from types import TracebackType
from weakref import WeakKeyDictionary

__all__ = ["shorten_traceback"]

_shortened: "WeakKeyDictionary[BaseException, str]" = WeakKeyDictionary()
"""The errors, and what is printed in front of their messages."""


class _Hook:
    """The hook, with the one that was set before."""

    def __init__(self) -> None:
        self._previous = sys.excepthook

    def __call__(self, kind: type[BaseException], value: BaseException, traceback: TracebackType | None) -> None:
        if value in _shortened:
            sys.stderr.write(f"{_shortened[value]}: {value}\n")
        else:
            self._previous(kind, value, traceback)


def shorten_traceback(error: Exception, beginning: str) -> None:
    """Print one line for an error if it ends the process.

    Args:
        error: The error, of a class of this package.
        beginning: What is printed in front of its message.
    """
    _shortened[error] = beginning
    if not isinstance(sys.excepthook, _Hook):
        sys.excepthook = _Hook()
