"""An inbox in a file.

What was just put is also kept in memory, so that reading it costs no second way to the worker thread: ``waiting`` is
answered from there where everything beyond ``after`` is in it, and from the file otherwise.
"""

# ruff: noqa: A002, D102  what the methods do and how parameters are called is told in base.py

import os
import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from sqlite3 import Connection
from types import TracebackType
from typing import Protocol, Self, TypeVar, cast

import anyio.lowlevel
import attrs

from greenapi_async.inbox import tables as rows
from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.inbox.cache import Tail
from greenapi_async.inbox.connection import SQLiteFile, Tables
from greenapi_async.inbox.notifier import News
from greenapi_async.inbox.outbox_sqlite import SQLiteOutbox
from greenapi_async.inbox.retention import Purge

__all__ = ["SQLiteInbox"]

T = TypeVar("T")

TAIL_ENTRIES = 1000
TAIL_CHARACTERS = 4_000_000


@attrs.frozen
class _Session:
    tail: Tail
    purge: Purge


class _CarryOut(Protocol):
    async def __call__(self, work: Callable[[Connection], T], then: Callable[[T], None]) -> T: ...


class SQLiteInbox(Inbox):
    """An inbox that outlasts the process, in one file; needs no server.

    What was put is on disk. What was done stays done when the process is killed; when the power fails, what was done
    after the last ``put`` may be handed out again.

    The file is opened by the first use, or by ``async with`` until all who entered have left. While it is open no other
    process can use it: ``InboxLockedError``. It must lie on a local disk, in a folder that can be written to. The marks
    take about 60 bytes each and stay for a day; the space of what is done is used again.
    """

    def __init__(self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.time) -> None:
        self.file = SQLiteFile(path)
        """For other tables in the same file."""
        self._tables = Tables(rows.CREATE, _begin)
        self.file.add(self._tables)
        self._clock = clock
        self._news = News()
        self.outbox = SQLiteOutbox(self.file, clock=clock)
        """Remembers what ``send_message(..., once=...)`` sent."""

    async def put(self, arrival: Entry) -> bool:
        now = self._clock()
        entry = await self._change(
            self.file.run, lambda connection, session: rows.store(connection, arrival, now, session.purge), self._added
        )
        return entry is not None

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        await anyio.lowlevel.checkpoint()
        session = self._tables.session
        if session is not None and session.tail.covers(after):
            return session.tail.read(instances, after, limit)
        return await self.file.run(
            lambda connection: rows.read_waiting(connection, instances, after, limit), synced=False
        )

    async def news(self, after: int) -> int:
        return await self._news.after(after)

    async def done(self, id: int) -> None:
        await self._change(
            self.file.complete, lambda connection, _: rows.forget(connection, id), lambda tail, _: tail.remove(id)
        )

    async def failed(self, id: int, attempts: int, due: datetime, failure: str) -> None:
        due = due.astimezone(UTC)
        await self._change(
            self.file.complete,
            lambda connection, _: rows.note_failure(connection, id, attempts, due, failure),
            lambda tail, stored: tail.change(
                id, lambda entry: attrs.evolve(entry, attempts=attempts, due=due, failure=stored)
            ),
        )

    async def quarantine(self, id: int, attempts: int, failure: str) -> None:
        await self._change(
            self.file.complete,
            lambda connection, _: rows.put_aside(connection, id, attempts, failure),
            lambda tail, _: tail.remove(id),
        )

    async def quarantined(self) -> Sequence[Entry]:
        return await self.file.run(rows.read_quarantine, synced=False)

    async def release(self, id: int) -> None:
        await self._change(self.file.run, lambda connection, _: rows.release(connection, id), self._added)

    async def drop(self, id: int) -> None:
        await self.file.run(lambda connection: rows.drop(connection, id))

    async def __aenter__(self) -> Self:
        await self.file.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.file.__aexit__(kind, error, traceback)

    async def _change(
        self, carry_out: _CarryOut, work: Callable[[Connection, _Session], T], then: Callable[[Tail, T], object]
    ) -> T:
        """Change the file, and after the commit the tail of the session in which it was changed."""

        def in_session(connection: Connection) -> tuple[Tail, T]:
            session = cast("_Session", self._tables.session)  # the file is open where this runs
            return session.tail, work(connection, session)

        def committed(result: tuple[Tail, T]) -> None:
            then(*result)

        return (await carry_out(in_session, committed))[1]

    def _added(self, tail: Tail, entry: Entry | None) -> None:
        if entry is not None:
            tail.add(entry)
            self._news.tell()


def _begin(connection: Connection) -> _Session:
    tail = Tail(rows.last_id(connection), entries=TAIL_ENTRIES, characters=TAIL_CHARACTERS)
    return _Session(tail, Purge(rows.previous_purge(connection)))
