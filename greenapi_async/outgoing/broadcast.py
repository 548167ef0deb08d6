"""Broadcasts: a message to many recipients, one after the other, across restarts.

``async with client.broadcast(...)`` stores the recipients with the inbox and sends in the background; the end of the
block waits until everybody has been served. A process that dies is no loss: the same call continues, and nobody gets
the message twice. Several processes may run the same broadcast: one of them has its lease and sends, the others store
statuses and take over when it dies.

``broadcast_work`` is the work of a process, ``broadcast_run`` sends, ``broadcast_pace`` says when, ``broadcast_queue``
keeps the server's queue short, ``broadcast_statuses`` follows the messages, and ``broadcast_store`` is what all of it
rests on.
"""

# ProcessClient's private members are for this library.
# pyright: reportPrivateUsage=false

import functools
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import anyio
import attrs

from greenapi_async._internal.concurrency import Background
from greenapi_async._internal.metrics import Metric
from greenapi_async.errors import BroadcastStoppedError, InvalidArgumentError
from greenapi_async.inbox.base import Inbox
from greenapi_async.outgoing.broadcast_client import BroadcastClient
from greenapi_async.outgoing.broadcast_content import content_digest
from greenapi_async.outgoing.broadcast_monitor import BroadcastMonitor
from greenapi_async.outgoing.broadcast_options import BroadcastOptions, check_options
from greenapi_async.outgoing.broadcast_progress import BroadcastProgress, BroadcastState
from greenapi_async.outgoing.broadcast_recipients import RecipientStatus, iterate
from greenapi_async.outgoing.broadcast_records import PatientRecords
from greenapi_async.outgoing.broadcast_store import BroadcastRecipient, BroadcastStore, Header, ListDigest
from greenapi_async.outgoing.broadcast_terminal import ProgressBar
from greenapi_async.outgoing.broadcast_work import ENDED, BroadcastWork
from greenapi_async.outgoing.job_run import current_run
from greenapi_async.outgoing.opt_outs import OptOuts
from greenapi_async.processing.item import Item, current_item
from greenapi_async.processing.signals import shutdown_noticed
from greenapi_async.processing.slot import suspended

if TYPE_CHECKING:
    from greenapi_async.inbox.outbox import Outbox
    from greenapi_async.inbox.records import RecordStore

__all__ = ["Broadcast"]

logger = logging.getLogger("greenapi_async")

REPORT_PART: Final = 4000
"""Characters of a part of a report; a message can have 20,000, but nobody reads them."""


class Broadcast:
    """A broadcast, as returned by ``Client.broadcast``; use it with ``async with``.

    It sends while the block runs, and the end of the block waits for it. If the block raises or is cancelled, sending
    stops, and the next start with the same name continues.
    """

    def __init__(self, client: BroadcastClient, inbox: Inbox | None, options: BroadcastOptions) -> None:
        check_options(client, options)
        self.name = options.name
        self._client = client
        self._inbox = inbox
        self._options = options
        self._monitor = BroadcastMonitor(self.name)
        self._was_entered = False
        self._finished = anyio.Event()
        self._error: BaseException | None = None
        self._stack = AsyncExitStack()
        self._opened: BroadcastStore | None = None

    @property
    def progress(self) -> BroadcastProgress:
        """The numbers at this moment."""
        return self._monitor.progress

    async def wait(self) -> BroadcastProgress:
        """Wait until the broadcast has ended.

        A handler that waits is like one that waits for a person: other notifications of its chat are handled meanwhile,
        a shutdown does not wait for it, and at the next start the handler begins again and continues the broadcast.

        Returns:
            The numbers at the end.

        Raises:
            BroadcastStoppedError: It was stopped, because a human must act.
            InboxError: The inbox cannot be used.
            RuntimeError: It was not started with ``async with``.
        """
        _ = self._store
        if not self._finished.is_set():
            async with suspended(for_person=True):
                await self._finished.wait()
        if self._error is not None:
            raise self._error
        return self.progress

    def stop(self) -> None:
        """Send no more messages in this run; the next start continues."""
        self._monitor.stop()

    async def cancel(self) -> None:
        """End the broadcast for good, in all processes. Nobody else gets the message."""
        is_stored = False
        while not is_stored:  # again if it was changed between reading and writing
            header = await self._store.header()
            if header is None:
                created, content = await self._store.records.now(), content_digest(self._options.content)
                header = Header(state=BroadcastState.LOADING, created=created, content=content)
            cancelled = attrs.evolve(header, state=BroadcastState.CANCELLED)
            is_stored = header.state in ENDED or await self._store.put_header(cancelled) is not None
        self._monitor.show(BroadcastState.CANCELLED)
        self.stop()

    async def recipients(self, *statuses: RecipientStatus | str) -> AsyncIterator[BroadcastRecipient]:
        """Iterate over the recipients with the status of their messages, in the order of the list.

        Args:
            statuses: Only recipients with one of them; none is all.

        Raises:
            InvalidArgumentError: There is no such status.
        """
        if unknown := set(statuses) - set(RecipientStatus):
            expected = ", ".join(RecipientStatus)
            raise InvalidArgumentError(f"there is no status {', '.join(sorted(unknown))!r}; expected {expected}")
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

    def metrics(self) -> list[Metric]:
        """Return the number of recipients by status, for ``HealthApp(sources=[broadcast])``."""
        return self.progress.metrics()

    async def __aenter__(self) -> Self:
        if self._was_entered:
            raise RuntimeError("this broadcast was started before; call client.broadcast(...) again")
        self._was_entered = True
        async with AsyncExitStack() as stack:
            on_progress = self._options.on_progress
            bar = stack.enter_context(ProgressBar()) if isinstance(on_progress, str) else None
            self._monitor.on_progress = bar if isinstance(on_progress, str) else on_progress
            inbox = self._inbox if self._inbox is not None else self._client._waiters.inbox
            records: RecordStore | None = getattr(inbox, "records", None)
            outbox: Outbox | None = getattr(inbox, "outbox", None)
            if inbox is None or records is None or outbox is None:
                raise InvalidArgumentError(
                    "a broadcast is stored with an inbox: pass inbox=SQLiteInbox(...), or run a bot over the client"
                )
            await stack.enter_async_context(inbox)
            client = self._client = self._client._with_outbox(outbox)
            store = self._opened = BroadcastStore(PatientRecords(records), client.id_instance, self.name)
            await self._check_header(await store.header())
            if not client._waiters.is_active:
                await client._identities.attach(inbox)
                stack.callback(self._detach)
            opt_outs = self._options.opt_outs
            opt_out_list = OptOuts(inbox, client) if opt_outs == "inbox" else opt_outs
            work = BroadcastWork(client, store, self._options, opt_out_list, self._monitor)
            stack.enter_context(client._waiters.listening(work.notice))
            if current_run.get() is None:  # a shutdown cancels jobs, which begin again at the next start
                stack.enter_context(shutdown_noticed(functools.partial(self._stop_at_shutdown, current_item.get())))
            await stack.enter_async_context(Background(lambda: self._run(work)))
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

    def _stop_at_shutdown(self, item: Item | None, signal: str) -> None:
        if item is not None and item.running:
            return  # the shutdown cancels the handler, which begins again at the next start
        logger.info("%s received: the broadcast %r sends no more; its next start continues", signal, self.name)
        self._monitor.stop(f"{signal} was received")

    def _detach(self) -> None:
        if not self._client._waiters.is_active:
            self._client._identities.detach()

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
        if self._options.recipients is None or not header.recipients:  # cancelled before its list was stored
            return
        digest = ListDigest()
        async with aclosing(iterate(self._options.recipients)) as recipients:
            async for given in recipients:
                digest.add(given, self._client.messenger)
        if digest.value == header.recipients:
            return
        if header.state in ENDED:
            raise InvalidArgumentError(
                f"the broadcast {self.name!r} has ended and had other recipients; start another one under another name"
            )
        logger.warning(
            "The broadcast %r continues with the recipients it was started with; others were given", self.name
        )

    async def _run(self, work: BroadcastWork) -> None:
        try:
            await work.work()
            await self._monitor.tell()
        except BroadcastStoppedError as error:
            logger.error("%s", error)  # noqa: TRY400  the traceback says nothing
            await self._fail(error, error.reason.removeprefix(f"the broadcast {self.name!r} was stopped: "))
        except Exception as error:  # noqa: BLE001  raised by wait()
            await self._fail(error, str(error))
        finally:
            self._finished.set()

    async def _fail(self, error: Exception, reason: str) -> None:
        self._error = error
        self._monitor.show(BroadcastState.STOPPED, reason)
        await self._monitor.tell()
