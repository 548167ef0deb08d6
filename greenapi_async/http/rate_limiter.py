"""Rate limiter: the documented requests per second, kept as a guarantee towards the server.

The table of 1.3.12 allows each method N requests per second. A request takes one of N slots when it is sent, and the
slot becomes free one second after the response arrived. The server saw the request no later than it answered, and sees
the slot's next request at least a second after that. So in any second, on any clock, it sees each slot at most once: N
requests, whatever the network latency. The price of the guarantee is the round trip: throughput is N / (1 s + round
trip). A request that was abandoned may still be in transit, so its slot is held two seconds longer. A rate below one,
such as 0.1, is one slot with a longer period: ten seconds.

Waiters are served in order (FIFO). Only the first of them has a timer, so a thousand waiters cost no more than one, and
a cancelled waiter leaves nothing behind.
"""

from bisect import insort
from collections import deque
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Protocol

import anyio

from greenapi_async._internal.concurrency import current_time
from greenapi_async.errors import TimeoutExpiredError

__all__ = ["MethodRateLimiter", "RateLimiter"]


IN_TRANSIT = 2.0
"""Seconds after which an abandoned request has certainly reached the server."""


class RateLimiter(Protocol):
    """Protocol of rate limiters; implement it to share an instance's rates between processes."""

    def slot(self, method: str, per_second: float) -> AbstractAsyncContextManager[None]:
        """Return a context manager that holds one slot of a method.

        Entering waits until a request may be sent; leaving means that its response arrived.

        Args:
            method: Name of the API method.
            per_second: Its documented rate.
        """
        ...

    def pause(self, method: str, seconds: float) -> None:
        """Stop all requests of a method for a while, because the server answered 429.

        Args:
            method: Name of the API method.
            seconds: Length of the pause.
        """
        ...


class MethodRateLimiter:
    """Default rate limiter: in memory, one set of slots per method; serves one instance in one process."""

    def __init__(self) -> None:
        self._slots: dict[str, _Slots] = {}

    def slot(self, method: str, per_second: float) -> "_Slots":
        """Return a context manager that holds one slot; see ``RateLimiter.slot``."""
        slots = self._slots.get(method)
        if slots is None:
            slots = self._slots[method] = _Slots(per_second)
        return slots

    def pause(self, method: str, seconds: float) -> None:
        """Pause a method, or extend its pause; see ``RateLimiter.pause``."""
        slots = self._slots.get(method)
        if slots is not None:
            slots.paused_until = max(slots.paused_until, current_time() + seconds)


class _Slots:
    """The slots of one method; a context manager that requests enter concurrently."""

    __slots__ = ("_free", "_period", "_releases", "_waiters", "paused_until")

    def __init__(self, per_second: float) -> None:
        self._free = max(1, int(per_second))
        self._period = self._free / per_second
        self._releases: deque[float] = deque()
        """Times at which the slots in use become free, in order."""
        self._waiters: deque[anyio.Event] = deque()
        self.paused_until = float("-inf")

    async def __aenter__(self) -> None:
        if self._waiters or not self._take():
            await self._wait()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        abandoned = kind is not None and (issubclass(kind, TimeoutExpiredError) or not issubclass(kind, Exception))
        release = current_time() + self._period + (IN_TRANSIT if abandoned else 0)
        if self._releases and release < self._releases[-1]:
            insort(self._releases, release)
        else:
            self._releases.append(release)
        if self._waiters:
            self._waiters[0].set()  # it may be waiting for a later slot, or without a timer while all slots are in use

    def _take(self) -> bool:
        now = current_time()
        while self._releases and self._releases[0] <= now:
            self._releases.popleft()
            self._free += 1
        if self._free == 0 or now < self.paused_until:
            return False
        self._free -= 1
        return True

    async def _wait(self) -> None:
        waiter = anyio.Event()
        self._waiters.append(waiter)
        try:
            while self._waiters[0] is not waiter or not self._take():
                with anyio.CancelScope(deadline=self._next_time() if self._waiters[0] is waiter else float("inf")):
                    await waiter.wait()
                if waiter.is_set():
                    self._waiters[0] = waiter = anyio.Event()  # only the head is ever woken
        finally:
            self._waiters.remove(waiter)
            if self._waiters:
                self._waiters[0].set()

    def _next_time(self) -> float:
        if self._free == 0:
            return max(self._releases[0], self.paused_until) if self._releases else float("inf")
        return self.paused_until
