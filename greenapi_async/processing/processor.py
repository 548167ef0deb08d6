"""Processor: concurrent handlers over an inbox, behind ``client.process(handler, inbox=...)``.

Per instance, one task polls and stores what arrives in the inbox. One task reads the inbox (``reader``) and appends
each entry to its lane, by default one lane per chat. A lane runs one notification at a time, in order; lanes run
concurrently, up to ``concurrency``. A handled notification is removed from the inbox; a failed one is retried with
exponential backoff and, after its last attempt, quarantined (a dead-letter queue, see ``Inbox.quarantined``). An entry
whose handler ends the process is quarantined too, see ``crash_suspects``.

Graceful shutdown: stopping cancels polls and reading at once, gives running handlers ``drain`` seconds to finish, and
then cancels them; whatever is not handled stays in the inbox for the next start. ``handler_tasks`` says what happens to
handlers that ignore their cancellation.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Collection, Generator, Iterable, Sequence
from contextlib import AsyncExitStack, nullcontext
from typing import TYPE_CHECKING, Any

import anyio

from greenapi_async._internal.metrics import Metric
from greenapi_async.errors import GreenAPIError, InboxUnavailableError
from greenapi_async.inbox.base import Inbox
from greenapi_async.inbox.shared import SharedInbox
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.ingest import Ingest
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.client_source import ClientSource
from greenapi_async.processing.crash_suspects import CrashSuspects
from greenapi_async.processing.failed_attempts import FailedAttempts
from greenapi_async.processing.finished import Finished
from greenapi_async.processing.handler_calls import HandlerCalls
from greenapi_async.processing.handler_tasks import HandlerTasks
from greenapi_async.processing.health import ProcessingHealth, WaitingChat
from greenapi_async.processing.health_checks import HealthChecks, RunStatus
from greenapi_async.processing.instances import Instances, Removal
from greenapi_async.processing.intake import Intake
from greenapi_async.processing.item import Item, enter
from greenapi_async.processing.journal import Journal
from greenapi_async.processing.lanes import Lane, Lanes
from greenapi_async.processing.options import Handler, ResolvedOptions, by_chat
from greenapi_async.processing.services import Service, ServiceRun
from greenapi_async.processing.signals import handle_sigterm
from greenapi_async.processing.slot import suspend_slot
from greenapi_async.processing.suspensions import Suspensions
from greenapi_async.processing.unfinished import Unfinished
from greenapi_async.processing.waiting_chats import waiting_chats
from greenapi_async.processing.watchdog import report_long_handlers

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from greenapi_async.inbox.records import RecordStore

__all__ = ["Processing"]

logger = logging.getLogger("greenapi_async")

WITHDRAW_TIMEOUT = 5.0
"""Seconds for withdrawing crash marks when the run is cancelled."""
LEAVE_TIMEOUT = 20.0
"""Seconds for giving back what this process holds of a shared inbox."""


class Processing:
    """A run of a handler over the notifications of one or more clients: ``await`` it, and ``stop()`` it.

    It ends when it is stopped, on SIGTERM (unless the process handles that signal itself), or when every client has
    failed with an error that needs a human. A client that fails does not stop the others. When all have failed, the
    error is raised, with several clients as an ExceptionGroup. Removing clients never ends it, and a run of a ``Fleet``
    ends only when it is stopped.

    Attributes:
        counters: Counters of the run.
        inbox: The inbox from which it reads.
        ended: Whether the run is over, handlers included; only another run helps.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        clients: Iterable[ProcessClient],
        source: ClientSource | None,
        ingest: Ingest[Inbox],
        options: ResolvedOptions,
        counters: Counters,
        services: Sequence[Service] = (),
    ) -> None:
        self.counters = counters
        self._handler = handler
        self._instances = Instances(
            ingest,
            options,
            counters,
            consumer=self,
            is_open_ended=source is not None,
            takeover=getattr(handler, "takeover", None),
        )
        for client in clients:
            self._instances.add(client)
        self._source = source
        self._ingest = ingest
        self.inbox = ingest.inbox
        self._shared = ingest.inbox if isinstance(ingest.inbox, SharedInbox) else None
        records: RecordStore | None = getattr(ingest.inbox, "records", None)
        self._records = records if getattr(ingest.inbox, "outbox", None) is not None else None
        self._membership = AsyncExitStack()
        self._options = options
        self._lanes = Lanes(options.concurrency)
        self._unfinished = Unfinished(counters)
        self._running: dict[int, Item] = {}
        self._suspects = CrashSuspects(ingest.inbox, self._persist, lambda: self._stopped)
        self._failed_attempts = FailedAttempts(ingest.inbox, self._persist, options, counters)
        self._services = services
        self._open = False
        self._started = False
        self._stopped = False
        self.ended = False
        self._health = HealthChecks(self._instances, ingest, counters, self._status)
        self._stopping: anyio.CancelScope | None = None
        self._ending: anyio.Event
        self._tasks: TaskGroup
        self._handlers: HandlerTasks
        self._calls: HandlerCalls
        self._intake: Intake
        self._suspensions: Suspensions
        self._finished: Finished
        self._fatal: BaseException | None = None

    def __await__(self) -> Generator[Any, Any, None]:
        return self.run().__await__()

    @property
    def stopped(self) -> bool:
        """True if no new handlers are started."""
        return self._stopped

    @property
    def clients(self) -> list[ProcessClient]:
        """The clients that are served at the moment."""
        return [instance.client for instance in self._instances.by_id.values()]

    def waiting_chats(self, limit: int = 20) -> list[WaitingChat]:
        """Return the chats in which most notifications wait."""
        return waiting_chats(self._lanes, self._unfinished, limit, by_chat=self._options.key is by_chat)

    @property
    def failures(self) -> dict[int, GreenAPIError]:
        """Errors of the clients that have failed, by instance; they are not polled any more."""
        return self._instances.failures

    def add(self, client: ProcessClient) -> None:
        """Serve another instance, before the run or while it runs.

        Polling begins as soon as the inbox has loaded what it knows about the instance, usually at once. What waits in
        the inbox for the instance is handled, too. The client stays yours: keep it open until ``remove`` has ended.

        Args:
            client: The client of an instance that this run does not serve.

        Raises:
            InvalidArgumentError: This run serves the instance already; also if it has failed and was not removed.
            RuntimeError: The run was stopped, or another run consumes the instance from the same inbox.
        """
        if self._stopped:
            raise RuntimeError("this run was stopped; it takes no more clients")
        self._instances.add(client)

    def remove(self, id_instance: int) -> Removal:
        """Serve an instance no longer.

        Its poll ends at once. Running handlers finish; whatever else waits stays in the inbox until the instance is
        added again, here or in another run. The run continues, even without any instance. An instance that has failed
        can be removed and added again.

        Args:
            id_instance: Id of the instance.

        Returns:
            An object that can be awaited until the running handlers have finished and the client can be closed. A
            handler of the instance itself must not await it.

        Raises:
            InvalidArgumentError: This run does not serve the instance.

        Example:
            >>> await processing.remove(client.id_instance)
            >>> await client.aclose()
        """
        return self._instances.remove(id_instance)

    async def health(self, *, max_age: float = 0.0, timeout: float = 3.0) -> ProcessingHealth:
        """Check whether the bot works now: ask each instance for its state, and write a small record to the inbox.

        Args:
            max_age: Seconds for which the last result is returned again; longer with more than 20 instances for each.
            timeout: Seconds after which an instance or the inbox counts as unreachable.

        Example:
            >>> health = await processing.health(max_age=5)
            >>> health.ok, health.problems
            (True, ())
        """
        return await self._health.check(max_age, timeout)

    def metrics(self) -> list[Metric]:
        """Return the counters of the run, and of the calls of its clients, as metrics."""
        return self._instances.metrics()

    def _status(self) -> RunStatus:
        start_soon = self._tasks.start_soon if self._stopping is not None and not self._stopped else None
        error = self._fatal or next(iter(self.failures.values()), None)
        return RunStatus(ended=self.ended, start_soon=start_soon, error=error)

    def stop(self) -> None:
        """Shut down gracefully: end polls at once, let running handlers finish, leave the rest in the inbox."""
        self._stopped = True
        if self._stopping is not None:
            self._ending.set()
            self._stopping.cancel()
            self._suspensions.stop(self._running.values())

    async def run(self, *, signals: bool = True) -> None:
        """Run until stopped, or until every client has failed.

        Args:
            signals: Whether to stop on SIGTERM.

        Raises:
            GreenAPIError: Every client has failed.
            InboxError: The inbox is damaged.
            RuntimeError: It was run before, or another run consumes the same instance and inbox.
        """
        if self._started:
            raise RuntimeError("this run was started before; call process(...) again")
        self._started = True
        timeout, telemetry = self._options.handler_timeout, self._options.telemetry
        self._calls = HandlerCalls(
            self._handler,
            self.counters,
            timeout=timeout,
            telemetry=telemetry,
            on_ignored=lambda item: self._handlers.expect_no_response(str(item.id)),
        )
        self._intake = Intake(
            self._ingest,
            self._options,
            self.counters,
            lanes=self._lanes,
            unfinished=self._unfinished,
            suspects=self._suspects,
            failed_attempts=self._failed_attempts,
            start_handlers=self._start_handlers,
            ends_run=self._calls.ends_run,
            interrupts=getattr(self._handler, "interrupts", None),
        )
        self._suspensions = Suspensions(
            self._lanes, self._intake, self._suspects, timeout=timeout, start_handlers=self._start_handlers
        )
        self._finished = Finished(self.inbox, self._records, self._persist, is_awaited=self._suspensions.is_awaited)
        try:
            self._instances.begin(self._intake, self._running.values(), stop=self.stop)
            async with self._source if self._source is not None else nullcontext():
                try:
                    self._ending = anyio.Event()
                    self._handlers = HandlerTasks(self.stop)
                    async with self._handlers:
                        self._handlers.start_soon(self._limit_drain, name="drain")
                        await self._run_until_stopped(signals=signals)
                        self._ending.set()
                finally:
                    await self._end()
        finally:
            self.ended = True
            self._instances.close()
        if self._fatal is not None:
            raise self._fatal
        self._instances.raise_failures()

    async def _limit_drain(self) -> None:
        await self._ending.wait()
        self._handlers.cancel_at(anyio.current_time() + self._options.drain)
        await self._suspects.withdraw_all()

    async def _end(self) -> None:
        for item in self._running.values() if self._handlers.abandoned else ():
            logger.error(
                "The run ended without a handler that ignores its cancellation; the process may have to be killed "
                "(instance %d, entry %d)",
                item.id_instance,
                item.id,
                extra=item.log_fields,
            )
        with anyio.move_on_after(WITHDRAW_TIMEOUT, shield=True):
            if self._open and not self._handlers.torn_down:
                await self._suspects.withdraw_all()
                await self._instances.save_adopted()
        self._instances.close()
        with anyio.move_on_after(LEAVE_TIMEOUT, shield=True):
            await self._membership.aclose()
        if self._open:
            await self.inbox.__aexit__(None, None, None)

    async def _run_until_stopped(self, *, signals: bool) -> None:
        try:
            async with anyio.create_task_group() as self._tasks:
                self._stopping = self._tasks.cancel_scope
                if self._stopped:
                    self._stopping.cancel()
                if signals:
                    self._tasks.start_soon(handle_sigterm, self._terminate)
                if not await self._opened():
                    return
                self._instances.start(self._tasks, fail=self._fail)
                if self._source is not None:
                    follow = functools.partial(self._source.follow, self)
                    self._tasks.start_soon(self._guard, "clients are served", follow)
                self._tasks.start_soon(self._guard, "waiting notifications are handled", self._intake.run)
                self._tasks.start_soon(self._intake.run_timers)
                self._tasks.start_soon(report_long_handlers, self._running.values())
                for service in self._services:
                    serve = functools.partial(service.run, self._service_run())
                    self._tasks.start_soon(self._guard, f"{service!r} continues", serve)
        finally:
            self._stopped = True

    async def _opened(self) -> bool:
        try:
            await self._ingest.retry("open", self.inbox.__aenter__)
            self._open = True
            await self._instances.attach()
            if self._shared is not None:
                await self._ingest.retry("join", functools.partial(self._join, self._shared))
            await self._intake.prepare(self._instances.by_id)
        except InboxUnavailableError as error:  # only when stopped
            logger.warning("The inbox is unavailable; waiting notifications are handled at the next start: %s", error)
            return False
        except Exception as error:  # noqa: BLE001  raised by run
            self._fail(error)
            return False
        return True

    async def _join(self, shared: SharedInbox) -> None:
        await self._membership.enter_async_context(shared.joined(self._instances.by_id, self._free_places, self._lose))

    def _free_places(self) -> int:
        """Return how many more lanes of a shared inbox can be handled, or a few more, so that no slot has to wait."""
        return 0 if self._stopped else self._lanes.free + self._options.concurrency // 10

    def _lose(self, ids: Collection[int]) -> None:
        """Cancel and forget what another process may handle now."""
        for item in [self._running.get(each) or self._unfinished.items.get(each) for each in ids]:
            if item is not None:
                self._unfinished.lose(item)
        self._intake.drop_lost(ids)

    def _service_run(self) -> ServiceRun:
        started, stopped, retry = self._handlers.start_soon, lambda: self._stopped, self._ingest.retry
        return ServiceRun(
            self.inbox, self._options, lambda: self.clients, stopped, retry, started, self._calls.ends_run, self._fail
        )

    def _terminate(self) -> None:
        logger.info("Received SIGTERM, shutting down gracefully; handlers have %g s to finish", self._options.drain)
        self.stop()

    async def _guard(self, what: str, work: Callable[[], Awaitable[object]]) -> None:
        """Run a part of the run, whose failure ends the run."""
        try:
            await work()
        except InboxUnavailableError as error:  # only when stopped
            logger.warning("The inbox is unavailable; %s at the next start: %s", what, error)
        except Exception as error:  # noqa: BLE001  raised by run
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._fatal = self._fatal or error
        self.stop()

    def _start_handlers(self) -> None:
        """Resume and start as many handlers as there are free slots."""
        self._suspensions.wake()
        while (suspect := self._suspects.take()) is not None:
            self._lanes.make_ready(suspect)
        while not self._stopped and (lane := self._lanes.take()) is not None:
            self._handlers.start_soon(self._run, lane, name=str(lane.ids.first))
        self.counters.ready = self._lanes.ready
        self._intake.notice_room()
        if self._shared is not None:
            self._shared.notice_room()

    async def _run(self, lane: Lane) -> None:
        id = lane.ids.first  # noqa: A001  the name of the field
        self._suspensions.begin(id, lane)
        retry_in = await self._attempt(id)
        current = self._suspensions.end(id)
        if retry_in is None:
            self._unfinished.remove_all(id)
        if current is None or (retry_in is not None and self._stopped):  # a task that it left behind waits for a person
            return
        if retry_in is None:
            current.ids.popleft()
            self._intake.release(current)
        else:
            self._intake.retry(current, id, retry_in)

    async def _attempt(self, id: int) -> float | None:  # noqa: A002  the name of the field
        """Handle an entry; return the seconds until the next attempt, or None if there is none."""
        item = self._unfinished.items.get(id)
        try:
            if item is None or not self._intake.is_current(item):
                item = await self._intake.reload(id)
            if item is None:
                return None
            item.begin(anyio.current_time())
            item.journal = Journal(self._records, item.key, self._ingest.retry, lambda: not item.acknowledged)
            item.recall = functools.partial(self._suspensions.recall, item)
            item.adopt = functools.partial(self._suspensions.adopt, item)
            self._running[id] = item
            self.counters.running = len(self._running)
            enter(item)
            suspend_slot.set(functools.partial(self._suspensions.suspend, item))
            retry_in = await self._handle(item)
            if item.suspicion is not None:
                self._suspects.end(item)
        except InboxUnavailableError as error:  # only when stopped
            logger.warning("The inbox is unavailable; entry %d is handled again at the next start: %s", id, error)
        except Exception as error:  # noqa: BLE001  not from the handler; raised by run
            self._fail(error)
        except anyio.get_cancelled_exc_class():
            self._stopped = True  # everything is cancelled
            raise
        else:
            return retry_in
        finally:
            self._running.pop(id, None)
            self.counters.running = len(self._running)
            if item is not None:
                item.running = False
                self._instances.note_end()
            if item is None or not item.suspensions:
                self._lanes.free_slot()
            self._start_handlers()
        return None

    async def _handle(self, item: Item) -> float | None:
        """Run the handler; return the seconds until the next attempt, or None if there is none."""
        if item.acknowledged or (item.suspicion is not None and not await self._suspects.begin(item)):
            return None  # not begun if stopped; then it stays in the inbox
        failure: BaseException | None = None
        with anyio.CancelScope() as item.scope:
            if self._shared is None:
                self.counters.yielded += 1
                failure = await self._calls.call(item.notification, item)
            else:
                failure = await self._call_while_owned(self._shared, item)
        if self._handlers.abandoned:
            logger.error("A handler returned after its run had ended (entry %d)", item.id, exc_info=failure)
            return None
        await self._suspects.unmark(item)
        if item.lost or item.is_released:
            return 0.0 if item.is_released else None  # it continues at the next start
        retry_in: float | None = None
        if failure is not None:
            item.leave_list()
            await self._suspensions.return_to_lane(item)  # if a task that it left behind waits for a person
            retry_in = await self._failed_attempts.record(item, failure)
        elif item.gathered_by is None:
            self._suspensions.disband(item)
            await self._finished.remove(item)
        if retry_in is None:
            self._intake.finish(item.gathered)
        return retry_in

    async def _call_while_owned(self, shared: SharedInbox, item: Item) -> BaseException | None:
        """Run the handler if this process owns the entry, and cancel it when another process may handle that."""
        if not shared.begin(item.id):
            item.lost = True
            return None
        self.counters.yielded += 1
        task = asyncio.current_task()
        item.cancel = task.cancel if task is not None else None
        try:
            return await self._calls.call(item.notification, item)
        finally:
            item.cancel = None
            shared.end(item.id)

    async def _persist(self, operation: str, work: Callable[[], Awaitable[object]]) -> None:
        """Run an idempotent inbox operation, even if the handler's task was cancelled with ``task.cancel()``."""
        while True:
            try:
                await self._ingest.retry(operation, work)
            except anyio.get_cancelled_exc_class():
                await anyio.lowlevel.checkpoint_if_cancelled()  # raises if this task itself is cancelled
            else:
                return
