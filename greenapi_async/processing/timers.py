"""Timers: one task for everything that is due later, because a task for each would take kilobytes."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

import anyio
import anyio.lowlevel

from greenapi_async._internal.concurrency import current_time

__all__ = ["Timers"]

T = TypeVar("T")

AT_ONCE = 100
"""Calls between two turns of the event loop."""


class Timers(Generic[T]):
    """Calls a function with each item when the item is due.

    Args:
        call: The function; must not raise.
    """

    def __init__(self, call: Callable[[T], None]) -> None:
        self._call = call
        self._pending: list[tuple[float, int, T]] = []
        self._numbers = count()
        self._earlier = anyio.Event()

    def add(self, item: T, seconds: float) -> None:
        """Make an item due after some seconds.

        Args:
            item: The item.
            seconds: Seconds from now.
        """
        entry = current_time() + seconds, next(self._numbers), item
        heappush(self._pending, entry)
        if self._pending[0] is entry:
            self._earlier.set()

    async def run(self) -> None:
        """Call the function whenever an item is due; never returns."""
        while True:
            self._earlier = anyio.Event()
            now = anyio.current_time()
            for _ in range(AT_ONCE):
                if not self._pending or self._pending[0][0] > now:
                    break
                self._call(heappop(self._pending)[2])
            next_due = self._pending[0][0] if self._pending else float("inf")
            if next_due <= now:
                await anyio.lowlevel.checkpoint()
                continue
            with anyio.move_on_after(next_due - now):
                await self._earlier.wait()
