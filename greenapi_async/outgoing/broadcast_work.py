"""Work of one process for a broadcast, while its block runs.

It tries to get the lease. With the lease it stores the recipients, unless that was done, sends to everybody, and waits
a while for the last deliveries. Without it, another process does that: this one stores statuses, and tries again until
the broadcast has ended or the lease is free.

A broadcast that had ended before is not sent again, except to those for whom only its function had failed. The statuses
that have arrived since then are read from the journal, so a report that is made hours later has them.
"""

# ProcessClient's private members are for this library.
# pyright: reportPrivateUsage=false

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from datetime import timedelta
from typing import Final

import anyio
import attrs

from greenapi_async._internal.concurrency import Background, current_time
from greenapi_async.errors import BroadcastStoppedError, GreenAPIError
from greenapi_async.models.notifications import Notification
from greenapi_async.outgoing.broadcast_client import BroadcastClient
from greenapi_async.outgoing.broadcast_content import content_digest, content_risks
from greenapi_async.outgoing.broadcast_monitor import BroadcastMonitor
from greenapi_async.outgoing.broadcast_options import BroadcastOptions
from greenapi_async.outgoing.broadcast_preparation import OptOutList, Preparation
from greenapi_async.outgoing.broadcast_progress import BroadcastState
from greenapi_async.outgoing.broadcast_queue import ServerQueue
from greenapi_async.outgoing.broadcast_recipients import Recipients, RecipientStatus, iterate
from greenapi_async.outgoing.broadcast_run import BroadcastRun
from greenapi_async.outgoing.broadcast_sending import is_final, is_stopping
from greenapi_async.outgoing.broadcast_statuses import Statuses
from greenapi_async.outgoing.broadcast_store import BroadcastRecipient, BroadcastStore, Header
from greenapi_async.outgoing.broadcast_turns import BroadcastLease, Turns

__all__ = ["ENDED", "BroadcastWork"]

logger = logging.getLogger("greenapi_async")

ENDED: Final = {BroadcastState.FINISHED, BroadcastState.CANCELLED}
STANDBY_SECONDS: Final = 15.0
COUNT_SHARE: Final = 50
"""How many times longer than a count of all recipients the pause before the next one is."""
DEFAULT_DELAY: Final = 5.0
"""Seconds between two messages if the server does not report its setting."""
MAX_JOURNAL: Final = timedelta(days=3)


class BroadcastWork:
    """Work of this process for one broadcast.

    Args:
        client: The client, with the outbox of the inbox.
        store: The records of the broadcast.
        options: What is to be sent, and how.
        opt_outs: Who does not want broadcasts; None if there is no list.
        monitor: Shows what it does.
    """

    def __init__(
        self,
        client: BroadcastClient,
        store: BroadcastStore,
        options: BroadcastOptions,
        opt_outs: OptOutList | None,
        monitor: BroadcastMonitor,
    ) -> None:
        self._client = client
        self._store = store
        self._options = options
        self._opt_outs = opt_outs
        self._monitor = monitor
        self._lease = BroadcastLease(store.records, client.id_instance, options.name)
        self._statuses = Statuses(client, store, self._note_change)
        self._run: BroadcastRun | None = None
        self._was_read = False

    def notice(self, notification: Notification) -> None:
        """Take note of a notification: a status of a message, or a state of the instance."""
        self._statuses.notice(notification)
        if self._run is not None:
            self._run.notice(notification)

    async def work(self) -> None:
        """Work until the broadcast has ended, or is to end in this run.

        Raises:
            BroadcastStoppedError: A human must act.
            InboxError: The inbox cannot be used.
        """
        async with Background(self._monitor.run), Background(self._statuses.run):
            await self._work_until_ended()

    async def _work_until_ended(self) -> None:
        header = await self._store.header()
        if header is not None and header.state in ENDED and not await self._is_tried_again(header):
            await self._catch_up(header)
        else:
            await self._work_in_turns()
        self._monitor.counts = await self._store.count()
        header = await self._store.header()
        if header is not None:
            self._monitor.duplicates = header.duplicates
            if header.state in ENDED:
                self._monitor.show(header.state)
                return
        self._monitor.show(BroadcastState.STOPPED, self._monitor.stop_reason)

    async def _is_tried_again(self, header: Header) -> bool:
        return header.state is BroadcastState.FINISHED and await self._store.has_retried()

    async def _catch_up(self, header: Header) -> None:
        """Store the statuses that have arrived since the broadcast ended."""
        if not self._monitor.ending:  # it is if this run has cancelled the broadcast
            logger.warning(
                "The broadcast %r, started on %s UTC, has already ended (%s): nothing is sent; another message needs "
                "another name",
                self._options.name,
                f"{header.created:%Y-%m-%d %H:%M}",
                header.state,
            )
        self._monitor.counts = await self._store.count()
        if self._monitor.undelivered + self._monitor.counts[RecipientStatus.DELIVERED]:
            await self._read_journal(header)

    async def _work_in_turns(self) -> None:
        """Work whenever this process has the lease, until the broadcast has ended."""
        count_at = current_time()
        while not self._monitor.ending:
            if await self._lease.acquire():
                try:
                    with anyio.CancelScope() as scope:
                        async with Background(lambda: self._lease.keep(scope.cancel, self._note_renewal)):
                            if await self._work_with_lease():
                                return
                finally:
                    with anyio.move_on_after(5, shield=True):
                        await self._lease.release()
                logger.warning(
                    "This process has lost the lease of the broadcast %r; another one continues", self._options.name
                )
            if (began := current_time()) >= count_at:  # all recipients are read: of a long list, less often
                self._monitor.counts = await self._store.count()
                count_at = current_time() + COUNT_SHARE * (current_time() - began)
            self._monitor.show(BroadcastState.STANDBY, "another process sends this broadcast")
            await self._monitor.pause(STANDBY_SECONDS)
            header = await self._store.header()
            if header is not None and header.state in ENDED:
                return

    async def _note_renewal(self) -> None:
        if self._run is not None:
            await self._run.turns.renew()
        await self._check_cancelled()

    async def _check_cancelled(self) -> None:
        header = await self._store.header()
        if header is not None and header.state is BroadcastState.CANCELLED:
            self._monitor.show(BroadcastState.CANCELLED)
            self._monitor.stop()

    async def _work_with_lease(self) -> bool:
        """Send; return False if another process has taken over meanwhile."""
        header = await self._loaded()
        if header is None:
            return self._monitor.ending
        if header.state is BroadcastState.CANCELLED:
            return True
        self._monitor.counts = await self._store.count()
        self._monitor.duplicates = header.duplicates
        for risk in content_risks(self._options.content, self._monitor.progress.total):
            logger.warning("Broadcast %r: %s", self._options.name, risk)
        run = self._run = self._new_run(await self._delay())
        await run.send_all()
        await run.drain()
        if not self._monitor.ending:
            await self._settle(header)
            if not self._monitor.ending:
                stored = await self._put_header(attrs.evolve(header, state=BroadcastState.FINISHED))
                return stored is not None or self._monitor.ending
        return True

    async def _loaded(self) -> Header | None:
        """Return the header when all recipients are stored; None if another process has changed it meanwhile."""
        header = await self._store.header()
        if header is not None and header.state is not BroadcastState.LOADING:
            if header.state is BroadcastState.FINISHED:  # some are tried again
                return await self._put_header(attrs.evolve(header, state=BroadcastState.SENDING))
            return header
        if header is None:
            now = await self._store.records.now()
            header = Header(state=BroadcastState.LOADING, created=now, content=None)
        header = attrs.evolve(header, content=content_digest(self._options.content))
        async with aclosing(iterate(self._recipients())) as given:
            loaded = await self._store.load(header, given, self._client.messenger, self._client._identities)
        if loaded is None:
            await self._check_cancelled()
            return None
        return await self._put_header(attrs.evolve(loaded, state=BroadcastState.SENDING))

    def _recipients(self) -> Recipients:
        """Return the list; an iterator only once, because the second time it would lack its beginning."""
        recipients = self._options.recipients
        if isinstance(recipients, Iterator | AsyncIterator) and self._was_read:
            raise BroadcastStoppedError(
                f"the broadcast {self._options.name!r} was stopped: its list was interrupted while it was stored, and "
                "an iterator cannot be read again; nothing was sent"
            )
        self._was_read = True
        return () if recipients is None else recipients

    async def _put_header(self, header: Header) -> Header | None:
        """Store the header; return None if it was cancelled, or another process has changed it meanwhile."""
        stored = await self._store.put_header(header)
        if stored is None:
            await self._check_cancelled()
        return stored

    async def _delay(self) -> float:
        """Return the sending delay of the instance in seconds; the default if the run is to end."""
        name = self._options.name
        while not self._monitor.ending:
            try:
                milliseconds = (await self._client.get_settings()).delay_send_messages_milliseconds
            except GreenAPIError as error:
                if is_final(error) or is_stopping(error):
                    raise BroadcastStoppedError(f"the broadcast {name!r} was stopped: {error}") from error
                self._monitor.show(BroadcastState.HOLDING, error.reason or str(error))
                await self._monitor.pause(STANDBY_SECONDS)
            else:
                return DEFAULT_DELAY if milliseconds is None else milliseconds / 1000
        return DEFAULT_DELAY

    def _new_run(self, delay: float) -> BroadcastRun:
        options, client, store = self._options, self._client, self._store
        preparation = Preparation(
            client, store, name=options.name, content=options.content, check=options.check, opt_outs=self._opt_outs
        )
        return BroadcastRun(
            client=client,
            name=options.name,
            store=store,
            turns=Turns(store.records, client.id_instance),
            pace=options.pace,
            queue=ServerQueue(client, store, self._statuses, delay),
            statuses=self._statuses,
            preparation=preparation,
            monitor=self._monitor,
            note_change=self._note_change,
        )

    def _note_change(self, before: BroadcastRecipient, after: BroadcastRecipient) -> None:
        self._monitor.note_change(before, after)
        if self._run is not None:
            self._run.queue.note(after)

    async def _settle(self, header: Header) -> None:
        """Wait a while for the deliveries of the last messages, and look in the journal for what was missed."""
        if not self._monitor.undelivered:
            return
        self._monitor.show(BroadcastState.DRAINING, "the last messages are being delivered")
        if self._client._waiters.is_active:
            await self._monitor.settle(self._options.settle)
        if self._monitor.undelivered and not self._monitor.ending:
            await self._read_journal(header)

    async def _read_journal(self, header: Header) -> None:
        now = await self._store.records.now()
        age = now - header.created
        try:
            await self._statuses.read_journal(min(age, MAX_JOURNAL) if age >= timedelta(0) else MAX_JOURNAL)
        except GreenAPIError as error:
            logger.warning("Broadcast %r: the journal could not be read: %s", self._options.name, error)
