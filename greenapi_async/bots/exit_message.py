"""Exit message: a bot that needs a human ends with one line instead of a traceback.

After a 401 or an expired instance, the traceback of the poll that failed says nothing about the bot. ``run`` raises the
error as ever, so that it can be caught. If nobody catches it, ``sys.excepthook`` prints its message only. The hook
applies to such errors only; every other is left to the hook that was set before.
"""

import sys
from types import TracebackType
from weakref import WeakSet

from greenapi_async.errors import GreenAPIError
from greenapi_async.http.retry import needs_intervention

__all__ = ["shorten_traceback"]

_shortened: "WeakSet[BaseException]" = WeakSet()


class _Hook:
    """The hook, with the one that was set before."""

    def __init__(self) -> None:
        self._previous = sys.excepthook

    def __call__(self, kind: type[BaseException], value: BaseException, traceback: TracebackType | None) -> None:
        if isinstance(value, GreenAPIError) and value in _shortened:
            sys.stderr.write(f"The bot stopped: {value}\n")
        else:
            self._previous(kind, value, traceback)


def shorten_traceback(error: GreenAPIError) -> None:
    """Print one line for an error if it ends the process and a human must act; other errors keep their traceback.

    Args:
        error: The error that ended the bot.
    """
    if needs_intervention(error):
        _shortened.add(error)
        if not isinstance(sys.excepthook, _Hook):
            sys.excepthook = _Hook()
