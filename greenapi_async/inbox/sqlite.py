"""Inbox in an SQLite file.

The newest entries are also cached in memory, so that reading an entry that was just stored needs no second trip to the
worker thread. ``waiting`` is answered from the cache if it holds everything after the given id, and from the file
otherwise.
"""

# ruff: noqa: A002, D102  documented in base.py

import os
import time
import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Self

import anyio.lowlevel
import attrs

from greenapi_async.inbox import tables
from greenapi_async.inbox.base import Entry, Inbox, tail_line
from greenapi_async.inbox.connection import Action, DeferredOperation, SQLiteConnection
from greenapi_async.inbox.database import Schema
from greenapi_async.inbox.identities_sql import SQLIdentities
from greenapi_async.inbox.notifier import Notifier
from greenapi_async.inbox.outbox_sql import SQLOutbox
from greenapi_async.inbox.records_sql import SQLRecords
from greenapi_async.inbox.sql_sqlite import SQLiteDatabase
from greenapi_async.inbox.storage_check import check_space, check_write

__all__ = ["SQLiteInbox"]


class SQLiteInbox(Inbox):
    """Inbox in one file; entries survive a crash of the process and a power failure. Needs no database server.

    In ``client.notifications()`` a handled entry is removed in the transaction that stores the next one, at the latest
    20 ms after the next one was asked for, and in any case before it is returned. A handler of ``client.process()`` for
    which nothing waits also leaves its entry there for up to 20 ms; after a crash in this time it runs again.

    ``put`` is durable against power failure, every other change against the death of the process: after a power
    failure, entries completed since the last ``put`` may be delivered again.

    The first operation opens the file, or ``async with``, which closes it when all contexts have been left. While it is
    open, no other process can use it: ``InboxLockedError``. The lock is a file ``<path>.lock``, which is never removed.
    Other processes can read it, and ask this one to release and drop entries, see ``SQLiteInboxView``. The file must be
    on a local disk, in a writable folder. An inbox that was opened before ``os.fork()`` raises RuntimeError in the
    child.

    If the file is deleted, moved, replaced or overwritten while it is open, one operation raises
    ``InboxUnavailableError``, and the next opens the file that is there then, or creates it. What was stored only in
    the old file is lost and logged as an ERROR. Stop the process before you restore a backup, because a file that is
    overwritten at the moment of a commit is not recognised. A copy of the open file lacks what is in its ``-wal``.

    Deduplication keys take about 60 bytes each and are deleted after a day; the space of completed entries is reused.

    Args:
        path: The file; created if it does not exist.
        clock: Returns the current time in seconds since the epoch.
        monotonic: Returns the seconds by a clock that is never set, by which deduplication keys age; None for
            ``time.monotonic``, or for ``clock`` if that is given.

    Attributes:
        connection: Connection to the file, for other tables in it.
        outbox: Records the messages sent with ``send_message(..., once=...)``.
        identities: Which ids belong to the same person.
        records: What features keep beside notifications.
        retry_listeners: Called with the id of an entry that ``retry`` was called for.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self.connection = SQLiteConnection(path)
        self._clock = clock
        self._monotonic = monotonic or (time.monotonic if clock is time.time else clock)
        begin = partial(tables.begin, ids=tables.IssuedIds(), clock=clock, monotonic=self._monotonic)
        self._schema = Schema(tables.CREATE, begin, tables.rolled_back)
        self._latest_session: tables.Session | None = None
        self.connection.add(self._schema)
        stored, hurried = weakref.WeakMethod(self._stored), weakref.WeakMethod(self._hurried)
        self.connection.serve(
            self._schema,
            {
                "release": Action(
                    tables.release, lambda session, entry: call(session, entry) if (call := stored()) else None
                ),
                "drop": Action(tables.drop),
                "retry": Action(
                    tables.hurry, lambda session, entry: call(session, entry) if (call := hurried()) else None
                ),
            },
        )
        self._notifier = Notifier()
        self.retry_listeners: set[Callable[[int], object]] = set()
        database = SQLiteDatabase(self.connection, clock=clock, monotonic=self._monotonic)
        self.outbox = SQLOutbox(database)
        self.identities = SQLIdentities(database)
        self.records = SQLRecords(database, tables.remove, self._removed)

    async def put(self, entry: Entry) -> bool:
        now, monotonic = self._clock(), self._monotonic()
        stored = await self.connection.run(self._schema, tables.insert, entry, now, monotonic, then=self._stored)
        return stored is not None

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        await anyio.lowlevel.checkpoint()
        cached = self.read_cached(instances, after, limit)
        if cached is not None:
            return cached
        return await self.connection.run(self._schema, tables.select_waiting, instances, after, limit, durable=False)

    def read_cached(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry] | None:
        self.connection.check_process()
        session = self._schema.session
        if session is not None and session.cache.covers(after):
            return session.cache.read(instances, after, limit)
        return None

    async def wait_for_change(self, after: int) -> int:
        self.connection.check_process()
        return await self._notifier.wait(after)

    async def done(self, id: int) -> None:
        await self.connection.run(
            self._schema,
            tables.delete,
            id,
            then=lambda session, _: session.cache.remove(id),
            durable=False,
            idempotent=True,
        )

    def defer_done(self, id: int) -> DeferredOperation[None]:
        return self.connection.defer(self._schema, tables.delete, id, then=lambda session, _: session.cache.remove(id))

    async def failed(self, id: int, attempts: int, due: datetime, failure: str) -> None:
        due = due.astimezone(UTC)

        def update(session: tables.Session, stored: str) -> None:
            session.cache.update(id, lambda entry: attrs.evolve(entry, attempts=attempts, due=due, failure=stored))

        await self.connection.run(
            self._schema,
            tables.update_failure,
            id,
            attempts,
            due,
            failure,
            then=update,
            durable=False,
            idempotent=True,
        )

    async def quarantine(self, id: int, attempts: int, failure: str) -> None:
        await self.connection.run(
            self._schema,
            tables.quarantine,
            id,
            attempts,
            failure,
            then=lambda session, _: session.cache.remove(id),
            durable=False,
            idempotent=True,
        )

    async def quarantined(self) -> Sequence[Entry]:
        return await self.connection.run(self._schema, tables.select_quarantined, durable=False)

    async def count_others(self, instances: Collection[int]) -> Mapping[int, int]:
        """Return the number of waiting entries of each instance that is not among these.

        Args:
            instances: Ids of instances.
        """
        return await self.connection.run(self._schema, tables.count_others, instances, durable=False)

    async def count_quarantined(self) -> int:
        """Return the number of entries in quarantine."""
        return await self.connection.run(self._schema, tables.count_quarantined, durable=False)

    async def check(self) -> None:
        """Check that notifications can be stored: there is space on the disk, and a small write succeeds."""
        await check_space(self.connection.path)
        await check_write(self.records)

    async def release(self, id: int) -> None:
        await self.connection.run(self._schema, tables.release, id, then=self._stored)

    async def drop(self, id: int) -> None:
        await self.connection.run(self._schema, tables.drop, id)

    async def retry(self, id: int) -> None:
        """Retry an entry at once that has failed and waits, instead of when it is due.

        Args:
            id: The entry's id.

        Raises:
            InvalidArgumentError: No entry with this id waits for a retry.
        """
        await self.connection.run(self._schema, tables.hurry, id, then=self._hurried)

    async def __aenter__(self) -> Self:
        await self.connection.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.connection.__aexit__(kind, error, traceback)

    def _hurried(self, session: tables.Session, id: int) -> None:
        session.cache.update(id, lambda entry: attrs.evolve(entry, due=None))
        for listener in tuple(self.retry_listeners):
            listener(id)

    def _removed(self, ids: Sequence[int]) -> None:
        if (session := self._schema.session) is not None:
            for each in ids:
                session.cache.remove(each)

    def _stored(self, session: tables.Session, entry: Entry | None) -> None:
        if entry is not None:
            session.cache.add(entry)
            if self.connection.requests.tails:
                self.connection.requests.append(tail_line(entry))
        if entry is not None or session is not self._latest_session:  # a reopened file can hold entries not seen yet
            self._notifier.notify()
        self._latest_session = session
