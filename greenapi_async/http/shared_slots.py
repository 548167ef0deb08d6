"""The slots of one method, in one of several processes that share them.

The guarantee is that of ``rate_limiter``: a slot becomes free one period after its response arrived. One task exchanges
reports for slots with the store (see ``slot_store``), every 50 ms at most while requests wait. A slot is granted before
it is free, and is busy for a period from its response on, however late that is reported. So the price of the store is
one round trip to it per slot and period.

A granted slot expires after ``VALID`` seconds. That is checked when its request is about to start, because the process
may have been suspended. The store keeps the slots of a process that it does not hear of for the length of a request
and its transit.

A store that does not answer is taken to be lost for all processes. Each waits until no slot of the store can be in use.
Then it takes slots from its share of the rate, as long as attempts to reach the store fail. Once the store answers,
it grants nothing to anyone until the others have noticed, too (``Terms.warm_up``).
"""

import asyncio
import logging
import math
import secrets
from bisect import insort
from collections import deque
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

import attrs

from greenapi_async._internal.concurrency import current_time
from greenapi_async.errors import TimeoutExpiredError
from greenapi_async.http.rate_limiter import IN_TRANSIT
from greenapi_async.http.slot_store import Answer, MemorySlotStore, Report, SlotStore, StoreUnavailableError, Terms

__all__ = ["Rate", "SharedSlots"]

T = TypeVar("T")

logger = logging.getLogger("greenapi_async")

TICK = 0.05
"""Shortest time between two exchanges, if requests wait or slots are returned."""
HORIZON = 0.2
"""How long before a slot is free it is granted."""
SHARE_HORIZON = 1.0
"""The same for a process's own share: longer than an attempt to reach the store takes."""
VALID = 1.0
"""How long a granted slot may be used, from when it is free; longer than an exchange takes."""
STORE_TIMEOUT = 0.8
"""Seconds after which the store is considered to be lost."""
RETRY = 0.5
"""Seconds between attempts to reach the store."""
LONGEST_WAIT = 2.0
"""Seconds after which a process that waits asks again, at the latest."""
RENEWALS = 4
"""Reports during the time for which the store keeps a slot."""

EARLY = 1e-6
"""Seconds by which an event loop may call a timer early; less than the millisecond that everything is rounded up."""

NOTICE = STORE_TIMEOUT + RETRY + SHARE_HORIZON + VALID
"""Seconds after which no process takes slots from its share any more, if the store could answer."""


def _milliseconds(seconds: float) -> int:
    """Round up, and add the millisecond by which a store's clock is rounded down."""
    return math.ceil(seconds * 1000) + 1


@attrs.frozen
class Rate:
    """Slots of a method, and the seconds for which each is busy after its response."""

    slots: int
    period: float

    @classmethod
    def of(cls, per_second: float) -> "Rate":
        """Return the slots of a documented rate."""
        slots = max(1, int(per_second))
        return cls(slots, slots / per_second)

    def share(self, processes: int) -> "Rate":
        """Return the part of one process. If there are fewer slots than processes, its slot has a longer period."""
        slots = self.slots // processes
        return Rate(slots, self.period) if slots else Rate(1, self.period * processes / self.slots)

    def terms(self, request_timeout: float, horizon: float) -> Terms:
        """Return the terms for the store."""
        return Terms(
            slots=self.slots,
            hold=_milliseconds(request_timeout + VALID + IN_TRANSIT + self.period),
            horizon=_milliseconds(horizon),
            soonest=_milliseconds(TICK),
            latest=_milliseconds(min(self.period / 2, LONGEST_WAIT)),  # what is returned meanwhile is not free yet
            warm_up=_milliseconds(NOTICE + IN_TRANSIT + self.period),
        )


@attrs.frozen
class _Grant:
    ready: float
    """When its request may be sent."""
    expires: float
    """From when on it may not be sent any more."""


class SharedSlots:
    """Context manager that requests enter concurrently; waiters are served in order.

    Args:
        store: The slots of the instance.
        method: Name of the API method.
        rate: Its slots.
        processes: How many processes share them.
        request_timeout: For how long the store keeps the slot of a request whose process is not heard of, in seconds.
    """

    def __init__(self, store: SlotStore, method: str, rate: Rate, processes: int, request_timeout: float) -> None:
        share = rate.share(processes)
        self._store, self._own_store = store, MemorySlotStore(current_time)
        self._terms, self._share_terms = (
            rate.terms(request_timeout, HORIZON),
            share.terms(request_timeout, SHARE_HORIZON),
        )
        self._method, self._rate, self._share = method, rate, share
        self._process, self._reports = secrets.token_hex(8), 0
        self._waiters: deque[asyncio.Future[float]] = deque()
        self._granted: list[_Grant] = []
        self._in_use = 0
        self._cooling: list[float] = []
        self._paused_until = self._ask_at = self._retry_at = self._exchanged = float("-inf")
        self._pause = 0.0  # of which the store does not know yet
        self._unreported = False
        self._lost_since: float | None = None
        self._by_share = False
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        expires = await self._wait(first=False)
        while current_time() >= expires:  # this process was suspended
            self._give_back()
            expires = await self._wait(first=True)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        abandoned = kind is not None and (issubclass(kind, TimeoutExpiredError) or not issubclass(kind, Exception))
        period = self._share.period if self._by_share else self._rate.period
        insort(self._cooling, current_time() + period + (IN_TRANSIT if abandoned else 0))
        self._give_back()

    def pause(self, seconds: float) -> None:
        """Pause the method in all processes, or extend its pause."""
        self._paused_until = max(self._paused_until, current_time() + seconds)
        self._pause = max(self._pause, seconds)
        self._unreported = True
        self._serve()

    async def flush(self) -> None:
        """Report the slots that were given back, instead of leaving that to the task."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._unreported and self._lost_since is None:
            await self._exchange_with_store()
        if not self._waiters and not self._in_use:
            self._unreported = False  # if the store is lost, it frees them itself; nothing would end the attempts
        self._serve()

    async def _wait(self, *, first: bool) -> float:
        """Wait for a slot, and return when it expires."""
        waiter: asyncio.Future[float] = self._loop.create_future()
        (self._waiters.appendleft if first else self._waiters.append)(waiter)
        self._serve()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
                self._serve()
            elif not waiter.cancelled() and waiter.exception() is None:  # it was served, but too late
                self._give_back()
            raise

    def _give_back(self) -> None:
        self._in_use -= 1
        self._unreported = True
        self._serve()

    def _serve(self) -> None:
        """Pass granted slots on to waiters, and wake the task that exchanges."""
        now = current_time()
        grants = [grant for grant in self._granted if grant.expires > now]
        expired = len(grants) < len(self._granted)
        while grants and self._waiters and max(grants[0].ready, self._paused_until) <= now + EARLY:
            waiter = self._waiters.popleft()
            if not waiter.cancelled():
                waiter.set_result(grants.pop(0).expires)
                self._in_use += 1
        self._granted = grants[: len(self._waiters)]
        if expired or len(self._granted) < len(grants):
            self._unreported = True
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._granted:
            self._timer = self._loop.call_at(max(self._granted[0].ready, self._paused_until), self._serve)
        self._wake.set()
        if self._task is None and self._due() is not None:
            self._task = self._loop.create_task(self._exchange_until_idle())
            self._task.add_done_callback(self._ended)

    def _due(self) -> float | None:
        """Return when the next exchange is due; None if nothing waits, is in use or is unreported."""
        times: list[float] = []
        if len(self._waiters) > len(self._granted):
            times.append(self._ask_at)
        if self._unreported:
            times.append(self._exchanged + TICK)
        if self._in_use:
            times.append(self._exchanged + self._terms.hold / 1000 / RENEWALS)
        if not times:
            return None
        return min(times) if self._by_share else max(min(times), self._retry_at)

    async def _exchange_until_idle(self) -> None:
        while (due := self._due()) is not None:
            if due <= current_time() + EARLY:
                await self._exchange()
                self._serve()
                continue
            self._wake.clear()
            timer = self._loop.call_at(due, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                timer.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._serve()  # somebody may have come since
            return
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.cancelled():
                waiter.set_exception(error)

    async def _exchange(self) -> None:
        if current_time() + EARLY >= self._retry_at and await self._exchange_with_store():
            return
        now = current_time()
        if self._lost_since is None or now < self._lost_since + HORIZON + VALID + IN_TRANSIT + self._rate.period:
            return
        if not self._by_share:
            logger.warning("%s: limited to the share of this process until the store answers", self._method)
            self._by_share = True
        self._unreported = False
        report = self._report(self._in_use + len(self._granted))
        self._accept(now, report, await self._own_store.exchange(self._method, self._share_terms, report))

    async def _exchange_with_store(self) -> bool:
        """Exchange with the store, and return whether it answered."""
        began = current_time()
        report = self._report(self._in_use + (0 if self._by_share else len(self._granted)))
        unreported, self._unreported = self._unreported, False
        pause, self._pause = self._pause, 0.0
        pauses = [_milliseconds(pause)] if pause else [0]
        if self._lost_since is not None and began > self._lost_since + STORE_TIMEOUT + RETRY:
            pauses.append(self._terms.warm_up)  # other processes may still take slots from their shares
        report = attrs.evolve(report, pause=max(pauses))
        try:
            answer = await _within(STORE_TIMEOUT, self._store.exchange(self._method, self._terms, report))
        except (StoreUnavailableError, TimeoutError) as error:
            self._lose(error)
        else:
            self._find()
            self._accept(began, report, answer)
            unreported, pause = False, 0.0
        finally:
            self._unreported = self._unreported or unreported
            self._pause = max(self._pause, pause)
        return self._lost_since is None

    def _lose(self, error: Exception) -> None:
        self._retry_at = current_time() + RETRY
        if self._lost_since is None:
            self._lost_since = current_time()
            logger.warning("%s: the store of the rate limits does not answer: %s", self._method, error)

    def _find(self) -> None:
        if self._lost_since is not None:
            logger.info("%s: the store of the rate limits answers again", self._method)
        if self._by_share:
            self._granted = []
        self._lost_since, self._by_share, self._retry_at = None, False, float("-inf")

    def _report(self, held: int) -> Report:
        now = current_time()
        self._cooling = [end for end in self._cooling if end > now]
        self._reports += 1
        return Report(
            process=self._process,
            number=self._reports,
            held=held,
            cooling=tuple(_milliseconds(end - now) for end in self._cooling),
            wanted=max(0, len(self._waiters) - len(self._granted)),
            pause=0,
        )

    def _accept(self, began: float, report: Report, answer: Answer) -> None:
        self._exchanged = now = current_time()
        delays = [delay / 1000 for delay in answer.delays]
        self._granted += [_Grant(now + delay, began + delay + VALID) for delay in delays]
        self._granted.sort(key=lambda grant: grant.ready)
        self._ask_at = now + answer.again / 1000 if report.wanted > len(delays) else float("-inf")


async def _within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return the result, or raise TimeoutError in time, even if the work is slow to be cancelled."""
    task = asyncio.create_task(work)
    task.add_done_callback(_ignore)  # also if this coroutine is cancelled when the task is already done
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:
        finished = task.done()
        if not finished:
            task.cancel()
    if not finished:
        raise TimeoutError(f"no answer within {seconds:g} s")
    return task.result()


def _ignore(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()  # retrieved, so that asyncio does not log it
