"""Handlers side by side: ``client.process(handler, inbox=...)``.

For each client one task polls and keeps what comes in the inbox. One task reads the inbox and puts each notification
into its lane, by default one lane for each chat. A lane runs one notification at a time, in order; lanes run side by
side, as many at once as ``concurrency`` allows. What a handler is done with leaves the inbox; what it fails on is tried
again after a growing delay, and after so many attempts goes into quarantine.

All tasks live in ``run``. Stopping cancels the polls and the reading at once, gives the handlers that run some seconds
to end, and cancels them then; whatever is not done waits in the inbox for the next start.
"""

import asyncio
import functools
import logging
import traceback
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Hashable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import attrs

from greenapi_async.errors import (
    ConversationEndedError,
    GreenAPIError,
    InboxError,
    InboxUnavailableError,
)
from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.consumers import active_consumer, register_consumer, unregister_consumer
from greenapi_async.models.notifications import Notification
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.ingest import Intake, PatientInbox
from greenapi_async.polling.reader import Reader
from greenapi_async.processing.lanes import Lane, Lanes
from greenapi_async.processing.options import Handler, Rules
from greenapi_async.processing.signals import heed_sigterm
from greenapi_async.processing.waiters import Waiters, suspend_slot

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

__all__ = ["Processing"]

logger = logging.getLogger("greenapi_async")

PAGE = 100
"""Entries that are read from the inbox at once."""
AT_HAND = 1000
"""Notifications that wait in memory; of those beyond, only the number is kept, and they are read again when due."""
LONGEST_TRACEBACK = 20_000


@attrs.define(eq=False)
class _Item:
    """An entry in its lane, its notification at hand or to be read again."""

    id: int
    stored: float
    attempts: int
    id_instance: int
    notification: Notification | None
    acknowledged: bool = False
    running: bool = False
    resting: int = 0
    """How many waits of its handler are under way in which it needs no place."""

    @property
    def needs_place(self) -> bool:
        """Whether its handler runs and does not wait for a person."""
        return self.running and not self.resting


class Processing:
    """A run of a handler over the notifications of one or more clients; ``await`` it, and ``stop()`` it.

    It ends when it is stopped, on SIGTERM where the process has no handler of its own for that, or when every client
    has failed in a way that a person must mend; a client that fails does not stop the others, and stands in
    ``failures``. The last failure is raised: as it is with one client, in an ExceptionGroup with several.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        intakes: Sequence[Intake],
        readers: Mapping[int, Reader],
        waiters: Mapping[int, Waiters],
        inbox: PatientInbox,
        rules: Rules,
        counters: Counters,
    ) -> None:
        self.counters = counters
        self.failures: dict[int, GreenAPIError] = {}
        """The clients that failed, by the number of the instance."""
        self._handler = handler
        self._intakes = intakes
        self._readers = readers
        self._waiters = waiters
        self._inbox = inbox
        self._rules = rules
        self._lanes: Lanes[_Item] = Lanes(rules.concurrency)
        self._held: OrderedDict[int, _Item] = OrderedDict()
        self._coming_back: deque[anyio.Event] = deque()
        self._open = False
        self._started = False
        self._stopped = False
        self._stopping: anyio.CancelScope | None = None
        self._ending: anyio.Event
        self._tasks: TaskGroup
        self._handlers: TaskGroup
        self._fatal: BaseException | None = None

    def __await__(self) -> Generator[Any, Any, None]:
        return self.run().__await__()

    @property
    def stopped(self) -> bool:
        """Whether nothing new is begun."""
        return self._stopped

    def stop(self) -> None:
        """End the polls at once, give the handlers that run their time to end, and leave the rest in the inbox."""
        self._stopped = True
        if self._stopping is not None:
            self._ending.set()
            self._stopping.cancel()

    async def run(self, *, signals: bool = True) -> None:
        """Run until it is stopped, or every client has failed; without ``signals`` SIGTERM is left alone."""
        if self._started:
            raise RuntimeError("this was run before; call process(...) again for another run")
        self._started = True
        with ExitStack() as scopes:
            self._claim(scopes)
            for waiters in self._waiters.values():
                scopes.enter_context(waiters.active(getattr(self._inbox.inbox, "outbox", None)))
            try:
                self._ending = anyio.Event()
                async with anyio.create_task_group() as handlers:
                    self._handlers = handlers
                    handlers.start_soon(self._limit_the_drain)
                    await self._run_until_stopped(signals=signals)
                    self._ending.set()
            finally:
                if self._open:
                    await self._inbox.close()
        if self._fatal is not None:
            raise self._fatal
        if len(self.failures) == len(self._intakes):
            self._raise_failures()

    async def _limit_the_drain(self) -> None:
        await self._ending.wait()
        self._handlers.cancel_scope.deadline = anyio.current_time() + self._rules.drain

    def _claim(self, scopes: ExitStack) -> None:
        """Let nobody else take the same notifications out of the inbox."""
        inbox = self._inbox.inbox
        if taken := [number for number in self._readers if active_consumer(inbox, number) is not None]:
            numbers = ", ".join(map(str, sorted(taken)))
            raise RuntimeError(
                f"another process(...) or loop takes the notifications of instance {numbers} out of this inbox; stop() "
                "or aclose() that one first"
            )
        for number in self._readers:
            register_consumer(inbox, number, self)
            scopes.callback(unregister_consumer, inbox, number, self)

    async def _run_until_stopped(self, *, signals: bool) -> None:
        try:
            async with anyio.create_task_group() as self._tasks:
                self._stopping = self._tasks.cancel_scope
                if self._stopped:
                    self._stopping.cancel()
                if signals:
                    self._tasks.start_soon(heed_sigterm, self._terminate)
                if not await self._opened():
                    return
                for intake in self._intakes if self._rules.polling else ():
                    self._tasks.start_soon(self._receive, intake)
                self._tasks.start_soon(self._read)
        finally:
            self._stopped = True

    async def _opened(self) -> bool:
        try:
            await self._inbox.open()
        except InboxUnavailableError as error:  # only when stopped
            logger.warning("what waits is handled at the next start: %s", error)
            return False
        except Exception as error:  # noqa: BLE001  raised by run
            self._fail(error)
            return False
        self._open = True
        return True

    def _raise_failures(self) -> None:
        failures = list(self.failures.values())
        if len(failures) == 1:
            raise failures[0]
        raise ExceptionGroup("every client failed", failures)

    async def _receive(self, intake: Intake) -> None:
        try:
            while not self._stopped:
                await intake.once()
        except InboxUnavailableError as error:  # only when stopped: what was not kept is still on the server
            logger.warning("a notification is received again at the next start: %s", error)
        except InboxError as error:
            self._fail(error)
        except GreenAPIError as error:
            self.failures[intake.id_instance] = error
            logger.error("instance %d is not polled any longer: %s", intake.id_instance, error)  # noqa: TRY400  no place in our code matters
            if len(self.failures) == len(self._intakes):
                self.stop()
        except Exception as error:  # noqa: BLE001  raised by run
            self._fail(error)

    def _terminate(self) -> None:
        logger.info("SIGTERM: no more is begun, and handlers have %g s to end", self._rules.drain)
        self.stop()

    async def _read(self) -> None:
        seen = told = 0
        try:
            while True:
                entries = await self._inbox.waiting(self._readers.keys(), seen, PAGE)
                for entry in entries:
                    seen = entry.id
                    await self._admit(entry)
                self._start()
                if not entries:
                    told = await self._inbox.inbox.wait_for_change(told)
        except InboxUnavailableError as error:  # only when stopped
            logger.warning("what waits is handled at the next start: %s", error)
        except Exception as error:  # noqa: BLE001  raised by run
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._fatal = self._fatal or error
        self.stop()

    async def _admit(self, entry: Entry) -> None:
        item = _Item(entry.id, entry.stored.timestamp(), entry.attempts, entry.id_instance, None)
        item.notification = self._notification(entry, item)
        try:
            key = self._rules.key(item.notification)
            hash(key)
        except Exception as error:  # noqa: BLE001  the user's function: whatever it raises is its failure
            self._hold(item)
            await self._set_aside(item, error)
            return
        self._hold(item)
        waiters = self._waiters[entry.id_instance]
        if waiters.offer(item.notification, functools.partial(self._give_back, key, item)):
            return
        if len(self._held) > AT_HAND:
            item.notification = None
        wait = (entry.due - datetime.now(UTC)).total_seconds() if entry.due is not None else 0.0
        wait = min(wait, self._rules.retry_max * 2)  # a clock that was set back holds nothing up for long
        if wait > 0 and self._rules.while_retrying == "pass":
            self._tasks.start_soon(self._put_back, key, item, wait)
            return
        lane = self._lanes.add(key, item)
        if wait > 0 and not lane.held:
            lane.held = True
            self._tasks.start_soon(self._take_up, lane, wait)
        else:
            self._lanes.offer(lane)

    def _notification(self, entry: Entry, item: _Item) -> Notification:
        async def acknowledge() -> None:
            await self._inbox.done(item.id)
            item.acknowledged = True
            self._let_go(item)

        return self._readers[entry.id_instance].stored(entry, acknowledge)

    def _give_back(self, key: Hashable, item: _Item) -> None:
        """Queue what a conversation heard and did not take, in the order in which it came."""
        if item.acknowledged:
            return
        lane = self._lanes.add(key, item)
        running = lane.items.popleft() if lane.held else None
        lane.items = deque(sorted(lane.items, key=lambda each: each.id))
        if running is not None:
            lane.items.appendleft(running)
        self._lanes.offer(lane)
        self._start()

    def _hold(self, item: _Item) -> None:
        self._held[item.id] = item
        self._tell()

    def _let_go(self, item: _Item) -> None:
        self._held.pop(item.id, None)
        self._tell()

    def _tell(self) -> None:
        self.counters.waiting = len(self._held)
        self.counters.oldest = next(iter(self._held.values())).stored if self._held else None

    @asynccontextmanager
    async def _rest(self, item: _Item) -> AsyncGenerator[None]:
        """Give up the place of a handler that waits for a person, and take one again before it goes on."""
        if not item.running:  # the handler has ended, and this goes on beside it
            yield
            return
        item.resting += 1
        if item.resting == 1:
            self._lanes.leave()
            self._start()
        try:
            yield
        finally:
            item.resting -= 1
            if item.needs_place and not self._lanes.enter():
                back = anyio.Event()
                self._coming_back.append(back)
                with anyio.CancelScope(shield=True):
                    await back.wait()

    def _start(self) -> None:
        """Let as many handlers go on, or start, as may run now."""
        while self._coming_back and self._lanes.enter():
            self._coming_back.popleft().set()
        while not self._stopped and (lane := self._lanes.take()) is not None:
            self._handlers.start_soon(self._run, lane)

    async def _run(self, lane: Lane[_Item]) -> None:
        item = lane.items[0]
        item.running = True
        suspend_slot.set(functools.partial(self._rest, item))
        put_off: float | None = None
        try:
            put_off = await self._handle(item)
        except InboxUnavailableError as error:  # only when stopped: what was done will be done again
            logger.warning("notification %d is handled again at the next start: %s", item.id, error)
        except Exception as error:  # noqa: BLE001  not the handler's: raised by run
            self._fail(error)
        except anyio.get_cancelled_exc_class():
            self._stopped = True  # all is cancelled: nothing more is begun
            raise
        finally:
            item.running = False
            if not item.resting:
                self._lanes.leave()
            self._start()
        if put_off is None:
            lane.items.popleft()
            self._let_go(item)
        elif self._stopped:
            return
        elif self._rules.while_retrying == "wait":
            self._tasks.start_soon(self._take_up, lane, put_off)
            return
        else:
            lane.items.popleft()
            self._tasks.start_soon(self._put_back, lane.key, item, put_off)
        if self._lanes.release(lane):
            self._lanes.offer(lane)
        self._start()

    async def _take_up(self, lane: Lane[_Item], seconds: float) -> None:
        """Let a lane whose first item was put off go on."""
        await anyio.sleep(seconds)
        self._lanes.release(lane)
        self._lanes.offer(lane)
        self._start()

    async def _put_back(self, key: Hashable, item: _Item, seconds: float) -> None:
        """Queue an item again that others passed."""
        await anyio.sleep(seconds)
        lane = self._lanes.add(key, item)
        self._lanes.offer(lane)
        self._start()

    async def _handle(self, item: _Item) -> float | None:
        """Run the handler; give the seconds that the next attempt is put off by, None when there is none."""
        notification = item.notification or await self._again(item)
        if notification is None or item.acknowledged:
            return None
        self.counters.yielded += 1
        failure = await self._failure(notification, item)
        await _struck()
        if failure is not None:
            return await self._failed(item, failure)
        if not item.acknowledged:
            await self._surely(lambda: self._inbox.done(item.id))
        return None

    async def _failure(self, notification: Notification, item: _Item) -> BaseException | None:
        """Run the handler, and give what it raised."""
        telemetry = self._rules.telemetry
        try:
            with telemetry.handling(notification, item.attempts + 1) if telemetry else nullcontext():
                try:
                    await self._handler(notification)
                except (ConversationEndedError, ExceptionGroup) as error:
                    if isinstance(error, ExceptionGroup) and error.split(ConversationEndedError)[1] is not None:
                        raise
                    logger.info("the conversation of notification %d ended: %s", item.id, error)
        except Exception as error:  # noqa: BLE001  the handler's, whatever it is
            return error
        except anyio.get_cancelled_exc_class() as error:
            await anyio.lowlevel.checkpoint_if_cancelled()  # raises when it is we who are cancelled
            return error
        return None

    async def _surely(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do what may be repeated, although somebody cancelled the handler's task by asyncio's own means."""
        while True:
            try:
                return await work()
            except anyio.get_cancelled_exc_class():
                await anyio.lowlevel.checkpoint_if_cancelled()  # raises when it is we who are cancelled

    async def _again(self, item: _Item) -> Notification | None:
        """Read what was not kept at hand; None when it is gone."""
        entries = await self._inbox.waiting({item.id_instance}, item.id - 1, 1)
        if not entries or entries[0].id != item.id:
            return None
        item.notification = self._notification(entries[0], item)
        return item.notification

    async def _failed(self, item: _Item, error: BaseException) -> float | None:
        item.attempts += 1
        if item.acknowledged:
            logger.error("the handler failed on notification %d, which it had acknowledged", item.id, exc_info=error)
            return None
        if item.attempts >= self._rules.attempts:
            await self._set_aside(item, error)
            return None
        wait = self._rules.delay(item.attempts)
        logger.warning(
            "the handler failed on notification %d, attempt %d of %d, again in %.1f s",
            item.id,
            item.attempts,
            self._rules.attempts,
            wait,
            exc_info=error,
        )
        due = datetime.now(UTC) + timedelta(seconds=wait)
        await self._surely(lambda: self._inbox.failed(item.id, item.attempts, due, _told(error)))
        self.counters.retried += 1
        return wait

    async def _set_aside(self, item: _Item, error: BaseException) -> None:
        logger.error("notification %d goes into quarantine", item.id, exc_info=error)
        await self._surely(lambda: self._inbox.quarantine(item.id, item.attempts, _told(error)))
        self.counters.quarantined += 1
        self._let_go(item)


async def _struck() -> None:
    """Let a cancellation by asyncio's own means strike here, where it does no harm; at the task's end it ends all."""
    with suppress(RuntimeError):  # on trio
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            with suppress(asyncio.CancelledError):  # also when it is ours: what was handled is noted first
                await asyncio.sleep(0)


def _told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-LONGEST_TRACEBACK:]
