"""Terminal output that survives a closed pipe, as in ``greenapi record file.jsonl | head``."""

import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from io import TextIOWrapper

__all__ = ["Terminal", "interruptible"]


@contextmanager
def interruptible() -> Generator[None]:
    """Let Ctrl-C end a wait for standard input; the event loop would only note it and go on waiting."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


class Terminal:
    """Prints to stdout until it is closed.

    Characters that the encoding lacks are escaped.
    """

    def __init__(self, on_closed: Callable[[], object] = lambda: None) -> None:
        """Create the output.

        Args:
            on_closed: Called when stdout cannot be written to any more. Further output is discarded.
        """
        self._on_closed = on_closed
        self._is_closed = False
        out: object = sys.stdout
        if isinstance(out, TextIOWrapper):
            out.reconfigure(errors="backslashreplace")

    @property
    def is_closed(self) -> bool:
        """True once output is discarded, because nobody reads it any more."""
        return self._is_closed

    def print(self, text: str) -> None:
        """Print one or more lines."""
        if self._is_closed:
            return
        try:
            # In one write: Ctrl-C between the text and the end of its line would leave what follows on that line.
            print(f"{text}\n", end="", flush=True)  # noqa: T201  terminal output is the purpose
        except OSError:
            self._is_closed = True
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, sys.stdout.fileno())  # otherwise flushing stdout at exit fails
            os.close(devnull)
            self._on_closed()
