"""Views of an inbox for other processes: read it while a bot uses it, release and drop what is in quarantine.

A view takes no part in the work: it holds no lock and no lane, and deletes nothing that waits. An SQLite file is opened
for reading only, for the moment of each call, so it does not keep the owner from writing; ``requests`` explains how
changes reach the owner. A PostgreSQL database is read, and changed, by any process.
"""

# ruff: noqa: A002  a parameter has the name of the field

import json
import logging
import os
import re
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import anyio
import attrs

from greenapi_async.errors import InboxLockedError, InvalidArgumentError
from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.records import RecordStore
from greenapi_async.inbox.records_sql import SQLRecords
from greenapi_async.inbox.requests import RequestFolder
from greenapi_async.inbox.rows import select_entries
from greenapi_async.inbox.sql_readonly import ReadOnlyDatabase
from greenapi_async.inbox.sqlite import SQLiteInbox

__all__ = ["InboxCounts", "InboxView", "PostgresInboxView", "SQLiteInboxView", "StoredEntry", "open_inbox_view"]

logger = logging.getLogger("greenapi_async")

T = TypeVar("T")

FOLLOW_INTERVAL = 0.2
"""Seconds between two looks for what has arrived."""
TOUCH_INTERVAL = 3.0
PAGE = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARANTINED = "(quarantined IS NOT 0 OR typeof(instance) <> 'integer')"


@attrs.frozen(kw_only=True)
class StoredEntry:
    """An entry as it is stored.

    Attributes:
        entry: The entry, under the id that ``release`` and ``drop`` expect.
        quarantined: Whether it is in quarantine; otherwise it waits for its handler or for a retry, or is in progress.
    """

    entry: Entry
    quarantined: bool


@attrs.frozen(kw_only=True)
class InboxCounts:
    """Numbers of stored entries.

    Attributes:
        waiting: Number of entries that are not in quarantine, those in progress included.
        failed: How many of these have failed and are retried.
        quarantined: Number of entries in quarantine.
        oldest: When the oldest waiting entry was stored, in UTC; None if none waits.
    """

    waiting: int
    failed: int
    quarantined: int
    oldest: datetime | None


class InboxView(Protocol):
    """View of an inbox; every method can raise ``InboxUnavailableError`` and ``InboxError``.

    Attributes:
        records: What features keep beside notifications.
    """

    records: RecordStore

    async def counts(self) -> InboxCounts:
        """Count the stored entries."""
        ...

    async def entries(
        self, *, quarantined: bool | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[StoredEntry]:
        """Return stored entries, ordered by id.

        Args:
            quarantined: Whether to return those in quarantine or those that wait; None for both.
            after: Only entries with a greater id.
            limit: Greatest number of entries.
        """
        ...

    async def find(self, id: int) -> StoredEntry:
        """Return one entry.

        Args:
            id: The entry's id.

        Raises:
            InvalidArgumentError: No entry has this id.
        """
        ...

    async def release(self, id: int) -> None:
        """Requeue a quarantined entry at the end of the queue, with its attempts reset.

        Args:
            id: The entry's id; it gets a new one.

        Raises:
            InvalidArgumentError: No quarantined entry has this id.
        """
        ...

    async def drop(self, id: int) -> None:
        """Delete a quarantined entry.

        Args:
            id: The entry's id.

        Raises:
            InvalidArgumentError: No quarantined entry has this id.
        """
        ...

    async def retry(self, id: int) -> None:
        """Retry an entry at once that has failed and waits, instead of when it is due.

        Args:
            id: The entry's id.

        Raises:
            InvalidArgumentError: No entry with this id waits for a retry.
        """
        ...

    def follow(self) -> AsyncGenerator[Entry]:
        """Yield what arrives from now on, without taking it out; close the generator with ``aclose``.

        A ``SQLiteInboxView`` yields everything that a running process stores, unless this one is suspended for more
        than ten seconds; a ``PostgresInboxView`` what is still there when it looks, five times a second.
        """
        ...


class SQLiteInboxView(InboxView):
    """View of the file of an ``SQLiteInbox``, for processes other than the one that uses it.

    If no process uses the file, ``release`` and ``drop`` open it themselves.

    Args:
        path: The file.
        timeout: Seconds in which the owner must answer.

    Attributes:
        path: Absolute path of the file.
        records: What features keep beside notifications, for reading.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 10.0) -> None:
        self.path = Path(path).absolute()
        self._timeout = timeout
        self._database = ReadOnlyDatabase(self.path)
        self.records = SQLRecords(self._database)

    def __repr__(self) -> str:
        return f"SQLiteInboxView({str(self.path)!r})"

    async def counts(self) -> InboxCounts:
        """Count the stored entries."""
        return await self._database.read(_count)

    async def entries(
        self, *, quarantined: bool | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[StoredEntry]:
        """Return stored entries, see ``InboxView.entries``."""
        return await self._database.read(partial(_select, quarantined=quarantined, after=after, limit=limit))

    async def find(self, id: int) -> StoredEntry:
        """Return one entry, see ``InboxView.find``."""
        return await self._database.read(partial(_find, id=id))

    async def release(self, id: int) -> None:
        """Requeue a quarantined entry, see ``InboxView.release``."""
        await self._change("release", id)

    async def drop(self, id: int) -> None:
        """Delete a quarantined entry, see ``InboxView.drop``."""
        await self._change("drop", id)

    async def retry(self, id: int) -> None:
        """Retry an entry at once, see ``InboxView.retry``."""
        await self._change("retry", id)

    async def follow(self) -> AsyncGenerator[Entry]:
        """Yield what arrives from now on, see ``InboxView.follow``."""
        await self._database.read(_nothing)
        requests = RequestFolder(self.path)
        while True:
            rest = b""
            async with requests.followed() as tail:
                with open(tail, "rb") as file:  # noqa: ASYNC230, PTH123  reads from memory, as it was just written
                    touched, is_followed = anyio.current_time(), True
                    while is_followed:
                        *lines, rest = (rest + file.read()).split(b"\n")
                        for entry in filter(None, map(_followed, filter(None, lines))):
                            yield entry
                        if anyio.current_time() - touched > TOUCH_INTERVAL:
                            touched, is_followed = anyio.current_time(), requests.touch(tail)
                        await anyio.sleep(FOLLOW_INTERVAL)
            logger.warning(
                "Notifications may be missing: this process was suspended, or did not read, for some seconds"
            )

    async def _change(self, action: str, id: int) -> None:
        await self._database.read(_nothing)
        inbox = SQLiteInbox(self.path)
        try:
            async with inbox:
                await {"release": inbox.release, "drop": inbox.drop, "retry": inbox.retry}[action](id)
        except InboxLockedError:
            await RequestFolder(self.path).ask(action, id, timeout=self._timeout)


class PostgresInboxView(InboxView):
    """View of the database of a ``PostgresInbox``; needs the extra ``postgres`` and asyncio.

    Args:
        dsn: Connection string.
        schema: PostgreSQL schema of the tables.

    Attributes:
        records: What features keep beside notifications.
    """

    def __init__(self, dsn: str, *, schema: str = "greenapi") -> None:
        from greenapi_async.inbox.postgres.connection import PostgresConnection  # noqa: PLC0415  it requires the extra
        from greenapi_async.inbox.postgres.lane_statements import LaneStatements  # noqa: PLC0415

        self._connection = PostgresConnection(dsn, schema=schema, connections=1)
        self._statements = LaneStatements(self._connection)
        self.records = SQLRecords(self._connection)

    def __repr__(self) -> str:
        return f"PostgresInboxView({self._connection.name}, schema={self._connection.schema!r})"

    async def counts(self) -> InboxCounts:
        """Count the stored entries."""
        async with self._connection:
            waiting, failed, quarantined, oldest = await self._statements.count_all()
        since = None if oldest is None else datetime.fromtimestamp(oldest, UTC)
        return InboxCounts(waiting=waiting, failed=failed, quarantined=quarantined, oldest=since)

    async def entries(
        self, *, quarantined: bool | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[StoredEntry]:
        """Return stored entries, see ``InboxView.entries``."""
        async with self._connection:
            rows = await self._statements.list_entries(quarantined=quarantined, after=after, limit=limit)
        return [StoredEntry(entry=entry, quarantined=flag) for entry, flag in rows]

    async def find(self, id: int) -> StoredEntry:
        """Return one entry, see ``InboxView.find``."""
        found = await self.entries(after=id - 1, limit=1)
        if not found or found[0].entry.id != id:
            raise InvalidArgumentError(f"no entry has the id {id}")
        return found[0]

    async def follow(self) -> AsyncGenerator[Entry]:
        """Yield what arrives from now on, see ``InboxView.follow``."""
        async with self._connection:
            newest = await self._statements.newest_id()
            while True:
                for entry, _ in await self._statements.list_entries(quarantined=None, after=newest, limit=PAGE):
                    newest = entry.id
                    yield entry
                await anyio.sleep(FOLLOW_INTERVAL)

    async def release(self, id: int) -> None:
        """Requeue a quarantined entry, see ``InboxView.release``."""
        async with self._connection:
            if not await self._statements.requeue(id):
                raise InvalidArgumentError(f"entry {id} is not in quarantine")

    async def retry(self, id: int) -> None:
        """Retry an entry at once, see ``InboxView.retry``."""
        async with self._connection:
            if not await self._statements.retry(id):
                raise InvalidArgumentError(f"entry {id} does not wait for a retry")

    async def drop(self, id: int) -> None:
        """Delete a quarantined entry, see ``InboxView.drop``."""
        async with self._connection:
            if not await self._statements.drop(id):
                raise InvalidArgumentError(f"entry {id} is not in quarantine")


def open_inbox_view(location: str | os.PathLike[str]) -> InboxView:
    """Return a view of an inbox.

    Args:
        location: The file of an ``SQLiteInbox``, or the connection string of a ``PostgresInbox``
            (``postgresql://...``).
    """
    if isinstance(location, str) and re.match("postgres(ql)?://", location):
        return PostgresInboxView(location)
    return SQLiteInboxView(location)


def _nothing(_: object) -> None:
    """Only open the file."""


def _followed(line: bytes) -> Entry | None:
    """Return a copy of an entry; None if a full disk has cut it."""
    try:
        fields = json.loads(line)
    except ValueError:
        logger.warning("A notification cannot be shown, because the disk was full when it was copied")
        return None
    return Entry(
        id=fields["id"],
        id_instance=fields["instance"],
        body=fields["body"],
        error=fields["error"],
        recovered=fields["recovered"],
        stored=datetime.fromtimestamp(fields["stored"], UTC),
    )


def _count(connection: sqlite3.Connection) -> InboxCounts:
    [row] = connection.execute(
        f"SELECT coalesce(sum(NOT {_QUARANTINED}), 0), coalesce(sum(NOT {_QUARANTINED} AND attempts > 0), 0),"  # noqa: S608
        f" coalesce(sum({_QUARANTINED}), 0), min(iif({_QUARANTINED}, NULL, stored)) FROM entries"
    ).fetchall()
    oldest = row[3] if isinstance(row[3], int) else None
    return InboxCounts(
        waiting=row[0],
        failed=row[1],
        quarantined=row[2],
        oldest=None if oldest is None else _EPOCH + timedelta(microseconds=oldest),
    )


def _select(
    connection: sqlite3.Connection, *, quarantined: bool | None, after: int, limit: int
) -> Sequence[StoredEntry]:
    found: list[StoredEntry] = []
    for flag, condition in ((False, f"NOT {_QUARANTINED}"), (True, _QUARANTINED)):
        if quarantined in {None, flag}:
            entries = select_entries(connection, f"id > ? AND {condition} ORDER BY id LIMIT ?", (after, max(limit, 0)))
            found += [StoredEntry(entry=entry, quarantined=flag) for entry in entries]
    return sorted(found, key=lambda stored: stored.entry.id)[: max(limit, 0)]


def _find(connection: sqlite3.Connection, *, id: int) -> StoredEntry:
    for stored in _select(connection, quarantined=None, after=id - 1, limit=1):
        if stored.entry.id == id:
            return stored
    raise InvalidArgumentError(f"no entry has the id {id}")
