"""In-memory storage of conversation states."""

# ruff: noqa: D102  the methods are documented in base.py

import math
import time
from collections.abc import Callable
from typing import Final

from greenapi_async.bots.storage.base import StateStorage

__all__ = ["MemoryStorage"]

SWEPT_PER_WRITE: Final = 2
"""Entries checked for expiry per write, so that expired entries are removed without a pause for a full sweep."""


class MemoryStorage(StateStorage):
    """States in memory, lost when the process ends; for tests, and where starting over does no harm.

    Args:
        clock: Returns the current time in seconds; for tests.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._entries: dict[str, tuple[str, float]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, key: str) -> str | None:
        value, until = self._entries.get(key, (None, 0))
        return value if self._clock() < until else None

    async def set(self, key: str, value: str, expires: float | None) -> None:
        self._sweep()
        self._entries.pop(key, None)
        self._entries[key] = value, math.inf if expires is None else self._clock() + expires

    async def delete(self, key: str) -> None:
        self._entries.pop(key, None)

    def _sweep(self) -> None:
        """Check the next few entries for expiry, round-robin."""
        now = self._clock()
        for key in [key for key, _ in zip(self._entries, range(SWEPT_PER_WRITE), strict=False)]:
            value, until = self._entries.pop(key)
            if now < until:
                self._entries[key] = value, until
