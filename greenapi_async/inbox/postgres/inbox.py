"""Inbox in PostgreSQL, shared by any number of processes.

Each process holds some lanes, the chats whose entries it handles, for as long as they have entries and a moment longer.
A process claims lanes when it has free places. It holds the lane of an entry that it stores itself at once, if nobody
else does; so most chats stay where their instance is polled, and the surplus goes to processes that have room.

``lanes_sql`` explains the tables, ``lane_feed`` what a process knows of them, ``holdings`` how lanes come and go, and
``membership`` the tasks behind it.
"""

# ruff: noqa: A002, D102  documented in base.py and shared.py

import logging
import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import attrs

from greenapi_async.errors import InboxError, InboxUnavailableError, InvalidArgumentError
from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.inbox.identities_sql import SQLIdentities
from greenapi_async.inbox.lane_feed import FIRST_STORED_ID, FedEntry, LaneKey
from greenapi_async.inbox.outbox_sql import SQLOutbox
from greenapi_async.inbox.postgres.batches import Batches
from greenapi_async.inbox.postgres.connection import PostgresConnection
from greenapi_async.inbox.postgres.entry_rows import chat_of, seconds_until
from greenapi_async.inbox.postgres.holdings import Holdings, Run
from greenapi_async.inbox.postgres.lane_statements import Failure, LaneStatements, NewEntry
from greenapi_async.inbox.postgres.lease_store import PostgresLeaseStore
from greenapi_async.inbox.postgres.membership import Membership
from greenapi_async.inbox.postgres.pollers import PostgresPollers
from greenapi_async.inbox.process_lease import ProcessLease
from greenapi_async.inbox.records_sql import SQLRecords
from greenapi_async.inbox.shared import SharedInbox
from greenapi_async.inbox.sql import Statement, Work
from greenapi_async.inbox.storage_check import check_write

__all__ = ["PostgresInbox"]

logger = logging.getLogger("greenapi_async")


class PostgresInbox(Inbox, SharedInbox):
    """Inbox in a PostgreSQL database that several processes share; needs the extra ``postgres`` and asyncio.

    ``run(router, clients=..., inbox=PostgresInbox("postgresql://..."))`` can be started any number of times, on any
    number of machines. Notifications of one chat are handled in order and by one process at a time. A process that
    dies, or is cut off from the database, loses its chats when its lease expires; others take over. A process that was
    suspended notices before it starts another handler, and what it writes about lost chats changes nothing.

    ``put`` and every other change survive a crash of the database server, with its default ``synchronous_commit``.
    While the server is down, operations raise ``InboxUnavailableError``, and a run repeats them.

    Ids: entries that a process was given are numbered in that process, from 1. ``quarantined`` returns the ids of the
    database, from 1,000,000,000,001, which are the same in all processes; ``release``, ``drop`` and ``retry`` expect
    these.

    The first operation connects, and applies missing migrations, or ``async with`` does. The first ``waiting`` makes
    the process take part in the work, until all contexts have been left.

    Args:
        dsn: Connection string, see ``PostgresConnection``.
        schema: PostgreSQL schema of the tables; created if it does not exist.
        lease: Seconds, at least 1, after which other processes take over from one that has died or lost contact.
        connections: Greatest number of connections in the pool; one more listens for news.
        clock: Returns the seconds by a clock that is never set, by which this process judges its lease.

    Attributes:
        connection: Connection to the database, for other tables in it.
        lease: The lease of this process, valid while it takes part.
        pollers: Which process polls which instance.
        outbox: Records the messages sent with ``send_message(..., once=...)``.
        identities: Which ids belong to the same person.
        records: What features keep beside notifications.
        retry_listeners: Called with the id of an entry of this process that ``retry`` was called for, by any process.
    """

    def __init__(
        self,
        dsn: str,
        *,
        schema: str = "greenapi",
        lease: float = 25.0,
        connections: int = 4,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.connection = PostgresConnection(dsn, schema=schema, connections=connections)
        self.lease = ProcessLease(PostgresLeaseStore(self.connection), lease, clock=clock)
        self.pollers = PostgresPollers(self.connection, self.lease)
        self._statements = LaneStatements(self.connection)
        self._holdings = Holdings(self._statements, self.lease, clock)
        self._feed = self._holdings.feed
        self.retry_listeners = self._holdings.retry_listeners
        self._membership = Membership(self.connection, self.lease, self._holdings)
        self._puts = Batches(self._write_new, lambda new: (*new.entry.keys, *new.entry.unless))
        self._done = Batches(self._write_done)
        self._failures = Batches(self._write_failures, lambda failure: (failure.fed.stored_id,))
        self._users = 0
        self.outbox = SQLOutbox(self.connection)
        self.identities = SQLIdentities(self.connection)
        self.records = SQLRecords(self.connection, self._remove, self._removed)

    def __repr__(self) -> str:
        return f"PostgresInbox({self.connection.name}, schema={self.connection.schema!r})"

    async def put(self, entry: Entry) -> bool:
        self.connection.check_loop()
        return await self._puts.add(NewEntry(entry, chat_of(entry.body), may_claim=False))

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        self.connection.check_loop()
        await self._membership.start()
        if not instances or limit < 1:
            return []
        run = self._holdings.run_of(instances)
        run.read = max(run.read, min(after, self._feed.newest))
        found = self._feed.after(instances, after, limit)
        if len(found) < limit:
            await self._holdings.refresh(run, instances)
            found = self._feed.after(instances, after, limit)
        return await self._holdings.with_bodies(found)

    async def wait_for_change(self, after: int) -> int:
        await self._membership.start()
        return await self._holdings.notifier.wait(after)

    async def done(self, id: int) -> None:
        if id >= FIRST_STORED_ID:
            await self._statements.drop(id)
            return
        fed = self._feed.find(id)
        if fed is not None:
            await self.connection.run_to_completion(lambda: self._done.add(fed))

    async def failed(self, id: int, attempts: int, due: datetime, failure: str) -> None:
        due = due.astimezone(UTC)
        fed = self._feed.find(id)
        if fed is None:
            return
        change = Failure(fed, attempts, seconds_until(due), failure)
        await self.connection.run_to_completion(lambda: self._failures.add(change))
        if fed.entry is not None and self._feed.find(id) is fed:
            self._feed.keep(fed, attrs.evolve(fed.entry, attempts=attempts, due=due, failure=failure))

    async def quarantine(self, id: int, attempts: int, failure: str) -> None:
        fed = self._feed.find(id)
        if fed is not None:
            change = Failure(fed, attempts, None, failure)
            await self.connection.run_to_completion(lambda: self._failures.add(change))
            logger.info("Entry %d is entry %d of the database's quarantine", id, fed.stored_id)

    async def quarantined(self) -> Sequence[Entry]:
        return await self._statements.quarantined()

    async def count_quarantined(self) -> int:
        """Return the number of entries in quarantine."""
        return await self._statements.count_quarantined()

    async def check(self) -> None:
        """Check that notifications can be stored: a small write succeeds."""
        await check_write(self.records)

    async def count_others(self, instances: Collection[int]) -> Mapping[int, int]:
        """Return the number of waiting entries of each instance that is not among these, held by any process or none.

        Args:
            instances: Ids of instances.
        """
        return await self._statements.count_others(instances)

    async def release(self, id: int) -> None:
        if not await self._statements.requeue(id):
            raise InvalidArgumentError(f"entry {id} is not in quarantine")
        self._holdings.note_news(None)

    async def drop(self, id: int) -> None:
        if not await self._statements.drop(id):
            raise InvalidArgumentError(f"entry {id} is not in quarantine")

    async def retry(self, id: int) -> None:
        """Retry an entry at once that has failed and waits, in the process that holds it.

        Args:
            id: The entry's id in the database.

        Raises:
            InvalidArgumentError: No entry with this id waits for a retry.
        """
        if not await self._statements.retry(id):
            raise InvalidArgumentError(f"entry {id} does not wait for a retry")

    @asynccontextmanager
    async def joined(
        self, instances: Collection[int], free_places: Callable[[], int], lost: Callable[[Collection[int]], None]
    ) -> AsyncGenerator[None]:
        run = Run(instances, free_places, lost)
        self._holdings.join(run)
        try:
            await self._membership.start()
            yield
        finally:
            await self._holdings.leave(run)

    def begin(self, id: int) -> bool:
        return self.lease.check() and self._feed.pin(id)

    def end(self, id: int) -> None:
        self._feed.unpin(id)

    def notice_room(self) -> None:
        self._holdings.notice_room()

    async def __aenter__(self) -> Self:
        self._users += 1
        try:
            await self.connection.__aenter__()
        except BaseException:
            self._users -= 1
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._users -= 1
        if not self._users:
            await self._leave()
        await self.connection.__aexit__(kind, error, traceback)

    async def _leave(self) -> None:
        """Return everything, so that other processes take over at once."""
        await self._membership.stop()
        for batches in self._puts, self._done, self._failures, self._holdings.reads:
            await batches.settle()
        await self._holdings.give_back(list(self._feed.lanes.values()))
        try:
            await self.lease.release()
        except InboxUnavailableError as error:
            logger.warning("Could not give up the lease of this process, which expires: %s", error)
        self._holdings.reset()

    async def _write_new(self, batch: Sequence[NewEntry]) -> list[bool]:
        me = self.lease.id if self.lease.is_valid else ""
        marked = self._holdings.mark_claims(batch) if me else batch
        with self._feed.remembering_dropped() as dropped:
            stored = await self._statements.put(me or None, marked)
        entries: dict[LaneKey, list[Entry]] = {}
        moment = datetime.fromtimestamp(stored.stored, UTC)
        for new, stored_id, lane in zip(batch, stored.ids, stored.names, strict=True):
            if stored_id is not None:
                delivered = attrs.evolve(
                    new.entry, id=stored_id, stored=moment, unless=(), keys=(), attempts=0, due=None
                )
                entries.setdefault((new.entry.id_instance, lane), []).append(delivered)
        for row in stored.lanes:
            if row.key in entries:
                self._holdings.note_stored(row, entries[row.key], dropped)
        if entries:
            self._holdings.notifier.notify()
        return [stored_id is not None for stored_id in stored.ids]

    def _remove(self, ids: Sequence[int]) -> Work[None]:
        """Delete entries in the transaction of other changes, which fails if their lanes are lost."""
        mine = yield Statement("SELECT 1 FROM processes WHERE id = ? FOR KEY SHARE", (self.lease.id,))
        for id in ids:  # noqa: A001  the name of the field
            fed = self._feed.find(id)
            held = mine and fed is not None
            if fed is not None and held:
                held = yield Statement(
                    "SELECT 1 FROM lanes WHERE instance = ? AND lane = ? AND holder = ? AND fence = ?",
                    (*fed.lane.key, self.lease.id, fed.lane.fence),
                )
                yield Statement("DELETE FROM entries WHERE id = ?", (fed.stored_id,))
            if not held:
                raise InboxError(f"entry {id} is not held by this process any more")

    def _removed(self, ids: Sequence[int]) -> None:
        for id in ids:  # noqa: A001  the name of the field
            self._feed.finish(id)

    async def _write_done(self, batch: Sequence[FedEntry]) -> list[None]:
        if not await self._statements.done(self.lease.id, batch):
            await self._holdings.find_lost({fed.lane for fed in batch})
        for fed in batch:
            self._feed.finish(fed.id)
        return [None] * len(batch)

    async def _write_failures(self, batch: Sequence[Failure]) -> list[None]:
        if not await self._statements.fail(self.lease.id, batch):
            await self._holdings.find_lost({failure.fed.lane for failure in batch})
        for failure in batch:
            if failure.seconds is None:
                self._feed.finish(failure.fed.id)
        return [None] * len(batch)
