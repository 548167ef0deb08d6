"""Where the commands print to; whoever reads it may go away, as in ``greenapi record file.jsonl | head``."""

import os
import sys
from collections.abc import Callable
from io import TextIOWrapper

__all__ = ["Terminal"]


class Terminal:
    """Prints text as it is, and nothing more once it cannot be written; ``gone`` is called then."""

    def __init__(self, gone: Callable[[], object] = lambda: None) -> None:
        self._gone = gone
        self._quiet = False
        out: object = sys.stdout
        if isinstance(out, TextIOWrapper):
            out.reconfigure(errors="backslashreplace")

    def print(self, text: str) -> None:
        """Print a line, or some."""
        if self._quiet:
            return
        try:
            print(text, flush=True)  # noqa: T201  what a command is for
        except OSError:
            self._quiet = True
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())  # or the interpreter complains at its end
            os.close(nowhere)
            self._gone()
