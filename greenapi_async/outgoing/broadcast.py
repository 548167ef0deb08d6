"""Broadcasts: a message to many recipients, one after the other, across restarts.

``async with client.broadcast(...)`` stores the recipients with the inbox and sends in the background; the end of the
block waits until everybody has been served. A process that dies is no loss: the same call continues, and nobody gets
the message twice. Several processes may run the same broadcast: one of them has its lease and sends, the others store
statuses and take over when it dies.

``broadcast_run`` sends, ``broadcast_pace`` says when, ``broadcast_queue`` keeps the server's queue short,
``broadcast_statuses`` follows the messages, and ``broadcast_store`` is what all of it rests on.
"""

# ProcessClient's private members are for this library.
# pyright: reportPrivateUsage=false

import inspect
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias

import anyio
import attrs

from greenapi_async._internal.concurrency import Background, current_time
from greenapi_async._internal.metrics import Metric
from greenapi_async.errors import BroadcastStoppedError, GreenAPIError, InvalidArgumentError
from greenapi_async.inbox.base import Inbox
from greenapi_async.models.notifications import Notification
from greenapi_async.outgoing.broadcast_client import BroadcastClient
from greenapi_async.outgoing.broadcast_content import BroadcastContent, content_digest, content_risks
from greenapi_async.outgoing.broadcast_pace import Pace
from greenapi_async.outgoing.broadcast_preparation import OptOutList, Preparation
from greenapi_async.outgoing.broadcast_progress import BroadcastProgress, BroadcastState, counts_to_fields
from greenapi_async.outgoing.broadcast_queue import ServerQueue
from greenapi_async.outgoing.broadcast_recipients import Recipients, RecipientStatus, iterate
from greenapi_async.outgoing.broadcast_records import PatientRecords
from greenapi_async.outgoing.broadcast_run import BroadcastRun
from greenapi_async.outgoing.broadcast_sending import is_final, is_stopping
from greenapi_async.outgoing.broadcast_statuses import Statuses
from greenapi_async.outgoing.broadcast_store import BroadcastRecipient, BroadcastStore, Header, ListDigest
from greenapi_async.outgoing.broadcast_terminal import ProgressBar
from greenapi_async.outgoing.broadcast_turns import BroadcastLease, Turns
from greenapi_async.outgoing.opt_outs import OptOuts

if TYPE_CHECKING:
    from greenapi_async.inbox.outbox import Outbox
    from greenapi_async.inbox.records import RecordStore

__all__ = ["Broadcast", "BroadcastOptions", "OnProgress"]

logger = logging.getLogger("greenapi_async")

MAX_NAME: Final = 100
REPORT_PART: Final = 4000
"""Characters of a part of a report; a message can have 20,000, but nobody reads them."""
STANDBY_SECONDS: Final = 15.0
COUNT_SHARE: Final = 50
"""How many times longer than a count of all recipients the pause before the next one is."""
DEFAULT_DELAY: Final = 5.0
"""Seconds between two messages if the server does not report its setting."""
MAX_JOURNAL: Final = timedelta(days=3)
_ENDED = {BroadcastState.FINISHED, BroadcastState.CANCELLED}

OnProgress: TypeAlias = Callable[[BroadcastProgress], object | Awaitable[object]] | Literal["terminal"]


@attrs.frozen(kw_only=True)
class BroadcastOptions:
    """Arguments of ``Client.broadcast``."""

    name: str
    recipients: Recipients | None
    content: BroadcastContent
    pace: Pace
    check: bool
    opt_outs: OptOutList | Literal["inbox"] | None
    on_progress: OnProgress | None
    settle: float


class Broadcast:
    """A broadcast, as returned by ``Client.broadcast``; use it with ``async with``.

    It sends while the block runs, and the end of the block waits for it. If the block raises or is cancelled, sending
    stops, and the next start with the same name continues.
    """

    def __init__(self, client: BroadcastClient, inbox: Inbox | None, options: BroadcastOptions) -> None:
        name: Any = options.name
        if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME:
            raise InvalidArgumentError(f"name is {name!r}; expected a string of 1 to {MAX_NAME} characters")
        self.name = options.name
        self._client = client
        self._inbox = inbox
        self._options = options
        self._on_progress = options.on_progress
        self._counts: Counter[RecipientStatus] = Counter()
        self._state = BroadcastState.LOADING
        self._reason = ""
        self._next_at: datetime | None = None
        self._duplicates = 0
        self._was_entered = False
        self._ending = False
        self._end = anyio.Event()
        self._finished = anyio.Event()
        self._changed = anyio.Event()
        self._settled = anyio.Event()
        self._error: BaseException | None = None
        self._opt_outs: OptOutList | None = None
        self._stack = AsyncExitStack()
        self._opened: BroadcastStore | None = None
        self._lease: BroadcastLease
        self._statuses: Statuses
        self._run: BroadcastRun | None = None
        self._queue: ServerQueue | None = None

    @property
    def progress(self) -> BroadcastProgress:
        """The numbers at this moment."""
        return BroadcastProgress(
            name=self.name,
            state=self._state,
            reason=self._reason,
            next_at=self._next_at,
            duplicates=self._duplicates,
            **counts_to_fields(self._counts),
        )

    async def wait(self) -> BroadcastProgress:
        """Wait until the broadcast has ended.

        Returns:
            The numbers at the end.

        Raises:
            BroadcastStoppedError: It was stopped, because a human must act.
            InboxError: The inbox cannot be used.
            RuntimeError: It was not started with ``async with``.
        """
        _ = self._store
        await self._finished.wait()
        if self._error is not None:
            raise self._error
        return self.progress

    def stop(self) -> None:
        """Send no more messages in this run; the next start continues."""
        self._ending = True
        self._end.set()

    async def cancel(self) -> None:
        """End the broadcast for good, in all processes. Nobody else gets the message."""
        header = await self._store.header()
        if header is not None and header.state is not BroadcastState.FINISHED:
            await self._store.put_header(attrs.evolve(header, state=BroadcastState.CANCELLED))
        self._state = BroadcastState.CANCELLED
        self.stop()

    async def recipients(self, *statuses: RecipientStatus | str) -> AsyncIterator[BroadcastRecipient]:
        """Iterate over the recipients with the status of their messages, in the order of the list.

        Args:
            statuses: Only recipients with one of them; none is all.
        """
        after = -1
        while people := await self._store.people(after):
            after = people[-1].position
            for person in people:
                if not statuses or person.status in statuses:
                    yield person

    async def report(self, *statuses: RecipientStatus | str, limit: int = REPORT_PART) -> AsyncIterator[str]:
        """Iterate over the parts of a report, each short enough for a message: the numbers, then a line per recipient.

        Args:
            statuses: Only recipients with one of them; none is all.
            limit: Greatest length of a part in characters.

        Example:
            >>> async for part in broadcast.report("failed", "skipped"):
            ...     await notification.reply(part)
        """
        part = str(self.progress)
        async for each in self.recipients(*statuses):
            name = each.recipient.chat_id if each.recipient.name is None else each.recipient.name
            line = f"{name}: {each.status}" + (f", {each.reason}" if each.reason else "")
            if len(part) + 1 + len(line) > limit:
                yield part
                part = line[:limit]
            else:
                part += f"\n{line}"
        yield part

    async def __aenter__(self) -> Self:
        if self._was_entered:
            raise RuntimeError("this broadcast was started before; call client.broadcast(...) again")
        self._was_entered = True
        async with AsyncExitStack() as stack:
            if self._on_progress == "terminal":
                self._on_progress = stack.enter_context(ProgressBar())
            inbox = self._inbox if self._inbox is not None else self._client._waiters.inbox
            records: RecordStore | None = getattr(inbox, "records", None)
            outbox: Outbox | None = getattr(inbox, "outbox", None)
            if inbox is None or records is None or outbox is None:
                raise InvalidArgumentError(
                    "a broadcast is stored with an inbox: pass inbox=SQLiteInbox(...), or run a bot over the client"
                )
            await stack.enter_async_context(inbox)
            patient = PatientRecords(records)
            self._client = self._client._with_outbox(outbox)
            opt_outs = self._options.opt_outs
            self._opt_outs = OptOuts(inbox, self._client) if opt_outs == "inbox" else opt_outs
            self._opened = BroadcastStore(patient, self._client.id_instance, self.name)
            self._lease = BroadcastLease(patient, self._client.id_instance, self.name)
            await self._check_header(await self._store.header())
            if not self._client._waiters.is_active:
                await self._client._identities.attach(inbox)
                stack.callback(self._detach)
            self._statuses = Statuses(self._store, self._client._identities, self.note_change)
            stack.enter_context(self._client._waiters.listening(self._notice))
            await stack.enter_async_context(Background(self._work))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:
                await self.wait()
        finally:
            self.stop()
            await self._stack.__aexit__(None, None, None)

    @property
    def _store(self) -> BroadcastStore:
        if self._opened is None:
            raise RuntimeError(
                f"the broadcast {self.name!r} was not started; use it as in: async with client.broadcast(...)"
            )
        return self._opened

    # What follows is called by the run.

    def metrics(self) -> list[Metric]:
        """Return the number of recipients by status, for ``HealthApp(sources=[broadcast])``."""
        return self.progress.metrics()

    @property
    def ending(self) -> bool:
        """True if no more messages are sent in this run."""
        return self._ending

    def show(self, state: BroadcastState, reason: str = "", next_at: datetime | None = None) -> None:
        """Show what the run does.

        Args:
            state: What it does.
            reason: Why it does not send.
            next_at: When it may send again.
        """
        if self._state is BroadcastState.CANCELLED:
            return
        if (state, reason, next_at) != (self._state, self._reason, self._next_at):
            if state is not self._state and state in {BroadcastState.HOLDING, BroadcastState.PAUSED}:
                logger.info("The broadcast %r is %s: %s", self.name, state, reason)
            self._state, self._reason, self._next_at = state, reason, next_at
            self._changed.set()

    def note_change(self, before: BroadcastRecipient, after: BroadcastRecipient) -> None:
        """Count a recipient whose status has changed."""
        self._counts[before.status] -= 1
        self._counts[after.status] += 1
        if self._queue is not None:
            self._queue.note(after)
        if not self._counts[RecipientStatus.SENT] and not self._counts[RecipientStatus.QUEUED]:
            self._settled.set()
        self._changed.set()

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than until the run is to end."""
        with anyio.move_on_after(seconds):
            await self._end.wait()

    def _detach(self) -> None:
        if not self._client._waiters.is_active:
            self._client._identities.detach()

    def _notice(self, notification: Notification) -> None:
        self._statuses.notice(notification)
        if self._run is not None:
            self._run.notice(notification)

    async def _check_header(self, header: Header | None) -> None:
        if header is None or header.state is BroadcastState.LOADING:
            if self._options.recipients is None:
                raise InvalidArgumentError(f"there is no broadcast {self.name!r} to continue; pass its recipients")
            return
        digest = content_digest(self._options.content)
        if header.content is not None and digest is not None and digest != header.content:
            raise InvalidArgumentError(
                f"the broadcast {self.name!r} was started with another content; continue it with the same content, or "
                "start another broadcast under another name"
            )
        await self._compare_recipients(header)

    async def _compare_recipients(self, header: Header) -> None:
        if self._options.recipients is None:
            return
        digest = ListDigest()
        async with aclosing(iterate(self._options.recipients)) as recipients:
            async for given in recipients:
                digest.add(given, self._client.messenger)
        if digest.value == header.recipients:
            return
        if header.state in _ENDED:
            raise InvalidArgumentError(
                f"the broadcast {self.name!r} has ended and had other recipients; start another one under another name"
            )
        logger.warning(
            "The broadcast %r continues with the recipients it was started with; others were given", self.name
        )

    async def _work(self) -> None:
        try:
            async with Background(self._report), Background(self._statuses.run):
                await self._work_until_ended()
            await self._tell()
        except BroadcastStoppedError as error:
            logger.error("%s", error)  # noqa: TRY400  the traceback says nothing
            await self._fail(error, error.reason)
        except Exception as error:  # noqa: BLE001  raised by wait()
            await self._fail(error, str(error))
        finally:
            self._finished.set()

    async def _fail(self, error: Exception, reason: str) -> None:
        self._error = error
        self.show(BroadcastState.STOPPED, reason)
        await self._tell()

    async def _work_until_ended(self) -> None:
        count_at, is_start = current_time(), True
        while not self._ending:
            header = await self._store.header()
            if header is not None and header.state in _ENDED and not (is_start and await self._is_tried_again(header)):
                break
            is_start = False
            if await self._lease.acquire():
                try:
                    with anyio.CancelScope() as scope:
                        async with Background(lambda: self._lease.keep(scope.cancel, self._note_renewal)):
                            if await self._work_with_lease():
                                break
                finally:
                    with anyio.move_on_after(5, shield=True):
                        await self._lease.release()
                logger.warning("This process has lost the lease of the broadcast %r; another one continues", self.name)
            if (began := current_time()) >= count_at:  # all recipients are read: of a long list, less often
                self._counts = await self._store.count()
                count_at = current_time() + COUNT_SHARE * (current_time() - began)
            self.show(BroadcastState.STANDBY, "another process sends this broadcast")
            await self.pause(STANDBY_SECONDS)
        self._counts = await self._store.count()
        header = await self._store.header()
        if header is not None:
            self._duplicates = header.duplicates
            if header.state in _ENDED:
                self.show(header.state)
                return
        self.show(BroadcastState.STOPPED, "it was stopped by the program")

    async def _is_tried_again(self, header: Header) -> bool:
        return header.state is BroadcastState.FINISHED and await self._store.has_retried()

    async def _note_renewal(self) -> None:
        if self._run is not None:
            await self._run.turns.renew()
        await self._check_cancelled()

    async def _check_cancelled(self) -> None:
        header = await self._store.header()
        if header is not None and header.state is BroadcastState.CANCELLED:
            self.show(BroadcastState.CANCELLED)
            self.stop()

    async def _work_with_lease(self) -> bool:
        """Send; return False if another process has taken over meanwhile."""
        header = await self._loaded()
        if header is None:
            return False
        self._counts = await self._store.count()
        self._duplicates = header.duplicates
        for risk in content_risks(self._options.content, self.progress.total):
            logger.warning("Broadcast %r: %s", self.name, risk)
        run = self._run = self._new_run(await self._delay())
        await run.send_all()
        await run.drain()
        if not self._ending:
            await self._settle(header)
            if not self._ending:
                await self._put_header(attrs.evolve(header, state=BroadcastState.FINISHED))
        return True

    async def _loaded(self) -> Header | None:
        """Return the header when all recipients are stored; None if another process has changed it meanwhile."""
        header = await self._store.header()
        if header is not None and header.state is not BroadcastState.LOADING:
            if header.state is BroadcastState.FINISHED:  # some are tried again
                header = attrs.evolve(header, state=BroadcastState.SENDING)
                await self._put_header(header)
            return header
        if header is None:
            now = await self._store.records.now()
            header = Header(state=BroadcastState.LOADING, created=now, content=None)
        header = attrs.evolve(header, content=content_digest(self._options.content))
        async with aclosing(iterate(self._options.recipients or ())) as given:
            loaded = await self._store.load(header, given, self._client.messenger, self._client._identities)
        if loaded is None:
            return None
        digest, duplicates = loaded
        header = attrs.evolve(header, state=BroadcastState.SENDING, recipients=digest, duplicates=duplicates)
        await self._put_header(header)
        return header

    async def _put_header(self, header: Header) -> None:
        """Store the header, unless the broadcast was cancelled meanwhile."""
        await self._check_cancelled()
        if self._state is not BroadcastState.CANCELLED:
            await self._store.put_header(header)

    async def _delay(self) -> float:
        """Return the sending delay of the instance in seconds."""
        while True:
            try:
                milliseconds = (await self._client.get_settings()).delay_send_messages_milliseconds
            except GreenAPIError as error:
                if is_final(error) or is_stopping(error):
                    raise BroadcastStoppedError(f"the broadcast {self.name!r} was stopped: {error}") from error
                self.show(BroadcastState.HOLDING, error.reason or str(error))
                await self.pause(STANDBY_SECONDS)
            else:
                return DEFAULT_DELAY if milliseconds is None else milliseconds / 1000

    def _new_run(self, delay: float) -> BroadcastRun:
        options, client, store = self._options, self._client, self._store
        queue = self._queue = ServerQueue(client, store, self._statuses, delay)
        preparation = Preparation(
            client, store, name=self.name, content=options.content, check=options.check, opt_outs=self._opt_outs
        )
        return BroadcastRun(
            client=client,
            name=self.name,
            store=store,
            turns=Turns(store.records, client.id_instance),
            pace=options.pace,
            queue=queue,
            statuses=self._statuses,
            preparation=preparation,
            monitor=self,
        )

    async def _settle(self, header: Header) -> None:
        """Wait a while for the deliveries of the last messages, and look in the journal for what was missed."""
        self._settled = anyio.Event()
        if not self._has_undelivered():
            return
        self.show(BroadcastState.DRAINING, "the last messages are being delivered")
        if self._client._waiters.is_active:
            with anyio.move_on_after(self._options.settle):
                await self._settled.wait()
        if self._has_undelivered() and self._queue is not None:
            now = await self._store.records.now()
            try:
                await self._queue.read_journal(max(header.created, now - MAX_JOURNAL))
            except GreenAPIError as error:
                logger.warning("Broadcast %r: the journal could not be read: %s", self.name, error)

    def _has_undelivered(self) -> bool:
        return self._counts[RecipientStatus.SENT] + self._counts[RecipientStatus.QUEUED] > 0

    async def _report(self) -> None:
        while True:
            await self._changed.wait()
            self._changed = anyio.Event()
            await self._tell()

    async def _tell(self) -> None:
        on_progress = self._on_progress
        if on_progress is None or isinstance(on_progress, str):
            return
        try:
            result = on_progress(self.progress)
            if inspect.isawaitable(result):
                await result
        except Exception:
            logger.exception("on_progress of the broadcast %r failed", self.name)
