"""States in memory."""

# ruff: noqa: D102  what the methods do is told in base.py

import math
import time
from collections.abc import Callable

from greenapi_async.bots.storage.base import StateStorage

__all__ = ["MemoryStorage"]

LOOKED_AT = 2
"""How many of those kept longest a change looks at, so that what lapsed goes without a sweep that stalls."""


class MemoryStorage(StateStorage):
    """States that are lost with the process: for tests, and where beginning anew does no harm."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[str, float]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    async def get(self, key: str) -> str | None:
        value, until = self._kept.get(key, (None, 0))
        return value if self._clock() < until else None

    async def set(self, key: str, value: str, expires: float | None) -> None:
        self._remove_lapsed()
        self._kept.pop(key, None)
        self._kept[key] = value, math.inf if expires is None else self._clock() + expires

    async def delete(self, key: str) -> None:
        self._kept.pop(key, None)

    def _remove_lapsed(self) -> None:
        """Look at the next few, round and round."""
        now = self._clock()
        for key in [key for key, _ in zip(self._kept, range(LOOKED_AT), strict=False)]:
            value, until = self._kept.pop(key)
            if now < until:
                self._kept[key] = value, until
