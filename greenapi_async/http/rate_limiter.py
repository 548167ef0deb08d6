"""The documented rates, kept as a promise to the server.

The table of 1.3.12 gives each method N requests a second. A request takes one of N slots when it leaves, and the slot
is free one second after the answer arrived. The server saw the request no later than it answered, and sees the slot's
next request no sooner than a second after that answer; so in any second, by any clock, it sees each slot at most once:
N requests, whatever the network delays. A request that was given up unanswered may still be on its way, so its slot is
held for two seconds more. A rate below one, as 0.1, is one slot and a longer second: ten. The price of the proof is the
round trip: throughput is N / (1 s + round trip).

Waiters stand in a queue and only its head keeps a timer, so a thousand of them cost no more than one, a burst passes at
once, order is kept, and one that is cancelled leaves nothing behind.
"""

from bisect import insort
from collections import deque
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Protocol

import anyio

from greenapi_async.errors import TimeoutExpiredError

__all__ = ["MethodRateLimiter", "RateLimiter"]


IN_TRANSIT = 2.0
"""Seconds that a request which was given up may still need to reach the server."""


class RateLimiter(Protocol):
    """What paces requests. Another implementation can share one instance's rates among processes."""

    def slot(self, method: str, per_second: float) -> AbstractAsyncContextManager[None]:
        """Give a scope that waits on entry until the request may leave, and ends when its answer has arrived."""
        ...

    def pause(self, method: str, seconds: float) -> None:
        """Let no request of the method leave for so long, because the server answered 429."""
        ...


class MethodRateLimiter:
    """A pace for one instance in one process, with slots for each method."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}

    def slot(self, method: str, per_second: float) -> "_Lane":
        """Wait for a slot, hold it until a period after the scope ends."""
        return self._lane(method, per_second)

    def pause(self, method: str, seconds: float) -> None:
        """Extend the method's pause; a pause is never shortened."""
        lane = self._lanes.get(method)
        if lane is not None:
            lane.paused_until = max(lane.paused_until, anyio.current_time() + seconds)

    def _lane(self, method: str, per_second: float) -> "_Lane":
        lane = self._lanes.get(method)
        if lane is None:
            lane = self._lanes[method] = _Lane(per_second)
        return lane


class _Lane:
    """The slots of one method, as a scope that any number of requests enter side by side."""

    __slots__ = ("_coming_free", "_free", "_period", "_waiters", "paused_until")

    def __init__(self, per_second: float) -> None:
        self._free = max(1, int(per_second))
        self._period = self._free / per_second
        self._coming_free: list[float] = []
        self._waiters: deque[anyio.Event] = deque()
        self.paused_until = float("-inf")

    async def __aenter__(self) -> None:
        if self._waiters or not self._take():
            await self._wait()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        given_up = kind is not None and (issubclass(kind, TimeoutExpiredError) or not issubclass(kind, Exception))
        insort(self._coming_free, anyio.current_time() + self._period + (IN_TRANSIT if given_up else 0))
        if self._waiters:
            self._waiters[0].set()  # it may wait for a later slot, or for none while all are in the air

    def _take(self) -> bool:
        now = anyio.current_time()
        while self._coming_free and self._coming_free[0] <= now:
            del self._coming_free[0]
            self._free += 1
        if self._free == 0 or now < self.paused_until:
            return False
        self._free -= 1
        return True

    async def _wait(self) -> None:
        turn = anyio.Event()
        self._waiters.append(turn)
        try:
            while self._waiters[0] is not turn or not self._take():
                with anyio.CancelScope(deadline=self._next_time() if self._waiters[0] is turn else float("inf")):
                    await turn.wait()
                if turn.is_set():
                    self._waiters[0] = turn = anyio.Event()  # only the head is ever woken
        finally:
            self._waiters.remove(turn)
            if self._waiters:
                self._waiters[0].set()

    def _next_time(self) -> float:
        if self._free == 0:
            return max(self._coming_free[0], self.paused_until) if self._coming_free else float("inf")
        return self.paused_until
