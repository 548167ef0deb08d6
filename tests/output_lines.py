"""The lines that a program tells on a pipe, waited for no longer than one likes."""

import os
import selectors
import time
from typing import IO

PATIENCE = 60.0
"""Seconds after which a program that tells nothing is taken for stuck."""


class Lines:
    """Reads a pipe line by line."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        self._pipe = pipe
        self._read = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(pipe, selectors.EVENT_READ)

    def next(self) -> str:
        """Give the next line."""
        line = self.within(PATIENCE)
        assert line is not None, f"nothing was told for {PATIENCE:g} s"
        return line

    def within(self, seconds: float) -> str | None:
        """Give the next line, None when there is none in time."""
        end = time.monotonic() + seconds
        while b"\n" not in self._read:
            if not self._selector.select(max(0.0, end - time.monotonic())):
                return None
            piece = os.read(self._pipe.fileno(), 65536)
            assert piece, "the program has ended"
            self._read += piece
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()
