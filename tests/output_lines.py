"""Lines of a program's output, read from a pipe with a time limit."""

import os
import selectors
import time
from typing import IO

PATIENCE = 60.0
"""Seconds after which a program without output is considered stuck."""


class Lines:
    """Line reader of a pipe."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        self._pipe = pipe
        self._buffer = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(pipe, selectors.EVENT_READ)

    def next(self) -> str:
        """Return the next line."""
        line = self.next_within(PATIENCE)
        assert line is not None, f"no output for {PATIENCE:g} s"
        return line

    def next_within(self, seconds: float) -> str | None:
        """Return the next line, or None if none comes in time."""
        end = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            if not self._selector.select(max(0.0, end - time.monotonic())):
                return None
            data = os.read(self._pipe.fileno(), 65536)
            assert data, "the program has ended"
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode()
