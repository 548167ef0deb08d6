"""A file of SQLite's for what must outlast the process: one connection, one worker thread, one commit for many.

An operation is a function of the connection. Its caller queues it and waits for a turn; whoever has the turn carries
out all that is queued, in one transaction, and who comes after finds its own done. So under load many share the wait
for the disk. When one of them fails all are rolled back, and carried out each on its own.

A caller that is cancelled before its operation began takes it back. Once begun, it is waited for. What it changes in
memory it changes in ``then``, which runs in the event loop after the commit, before any caller of the batch goes on,
and also for a caller that has left.

While the file is open nobody else can use it. After an error the connection is closed; the next operation opens the
file again, so that all goes on when the disk has room.
"""

import os
import sqlite3
import threading
import weakref
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import anyio
import anyio.lowlevel
import attrs

from greenapi_async._concurrency import run_to_completion
from greenapi_async.errors import InboxError, InboxUnavailableError
from greenapi_async.inbox.sqlite_errors import explain
from greenapi_async.inbox.worker import Thread

__all__ = ["SQLiteFile", "Tables"]

T = TypeVar("T")
S = TypeVar("S")

FINISH_SECONDS = 15.0
"""How long a cancelled caller waits for what has begun."""
APPLICATION_ID = 0x67724150
VERSION = 1
"""Of the tables of all who use the file."""
WAL_BYTES = 4 * 1024 * 1024


class Tables(Generic[S]):
    """The tables of one user of a file, and what it keeps in memory for as long as the file stays open."""

    def __init__(self, create: Sequence[str], begin: Callable[[Connection], S]) -> None:
        self.create = create
        self.begin = begin
        self.session: S | None = None
        """What ``begin`` made of the tables when the file was opened; None while it is closed."""


@attrs.define(eq=False)
class _Operation(Generic[T]):
    work: Callable[[Connection], T]
    then: Callable[[T], None] | None
    synced: bool = True
    withdrawn: bool = False
    finished: bool = False
    value: T = attrs.field(init=False)
    error: BaseException | None = None


class SQLiteFile:
    """A file with tables of several users; opened by the first operation, or by ``async with`` until all have left."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()
        self._tables: list[Tables[Any]] = []
        self._ready = 0
        self._queue: deque[_Operation[Any]] = deque()
        self._carried_out: deque[_Operation[Any]] = deque()
        self._turn = anyio.lowlevel.RunVar[anyio.Lock]("the turn at an SQLiteFile")
        self._thread = Thread()
        self._in_thread = threading.Lock()
        self._connection: Connection | None = None
        self._disconnect: Callable[[], object] | None = None
        self._was_open = False
        self._synced = True
        self._users = 0

    def add(self, tables: Tables[Any]) -> None:
        """Create these tables when the file is opened, or with the next operation."""
        self._tables.append(tables)

    async def run(
        self, work: Callable[[Connection], T], then: Callable[[T], None] | None = None, *, synced: bool = True
    ) -> T:
        """Carry out an operation in a transaction, on disk when this returns; ``then`` is given its value."""
        return await self._run(_Operation(work, then, synced), lambda: self._finish(self._carry_out_queue))

    async def complete(self, work: Callable[[Connection], T], then: Callable[[T], None] | None = None) -> T:
        """Carry out an operation that may be repeated, through any cancellation.

        It outlasts the process when this returns, and a power failure when the next ``run`` that writes has returned.
        """
        return await self._finish(lambda: self._run(_Operation(work, then, synced=False), self._carry_out_queue))

    async def _run(self, operation: _Operation[T], carry_out: Callable[[], Coroutine[Any, Any, None]]) -> T:
        self._queue.append(operation)
        try:
            async with self._here():
                if not operation.finished:
                    await carry_out()
        finally:
            operation.withdrawn = True
        if operation.error is not None:
            raise operation.error
        return operation.value

    async def __aenter__(self) -> Self:
        self._users += 1
        try:
            await self.run(lambda _: None, synced=False)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._users -= 1
        if not self._users:
            await self._finish(self._close)

    async def _close(self) -> None:
        async with self._here():
            if not self._users:
                await self._carry_out_queue()
                await self._thread.run(self._close_in_thread)
                self._thread.end()

    async def _finish(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        try:
            return await run_to_completion(work, FINISH_SECONDS)
        except TimeoutError:
            raise InboxUnavailableError(f"{self.path}: no answer for {FINISH_SECONDS:g} seconds") from None

    def _here(self) -> anyio.Lock:
        """Give the lock of this event loop."""
        turn = self._turn.get(None)
        if turn is None:
            turn = anyio.Lock(fast_acquire=True)
            self._turn.set(turn)
        return turn

    async def _carry_out_queue(self) -> None:
        try:
            await self._thread.run(self._carry_out_in_thread)
        finally:
            while self._carried_out:
                operation = self._carried_out.popleft()
                operation.finished = True
                if operation.then is not None and operation.error is None:
                    operation.then(operation.value)

    def _carry_out_in_thread(self) -> None:
        with self._in_thread:  # a caller that was cancelled by asyncio may have left its thread behind
            batch: list[_Operation[Any]] = []
            while self._queue:
                operation = self._queue.popleft()
                if not operation.withdrawn:
                    batch.append(operation)
            if batch:
                self._transact(batch)
                self._carried_out.extend(batch)

    def _close_in_thread(self) -> None:
        with self._in_thread:
            self._forget_connection()

    def _transact(self, batch: Sequence[_Operation[Any]]) -> None:
        try:
            connection = self._opened()
            self._sync(connection, any(operation.synced for operation in batch))
            connection.execute("BEGIN IMMEDIATE")
            for operation in batch:
                operation.value = operation.work(connection)
            connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001  it is raised where the operation was asked for
            self._roll_back(error)
            if len(batch) > 1:
                for operation in batch:
                    self._transact([operation])
            else:
                explained = explain(error, self.path, was_open=self._was_open)
                if explained is not error:
                    explained.__cause__ = error
                batch[0].error = explained

    def _sync(self, connection: Connection, synced: bool) -> None:  # noqa: FBT001
        if synced != self._synced:
            connection.execute("PRAGMA synchronous=FULL" if synced else "PRAGMA synchronous=NORMAL")
            self._synced = synced

    def _roll_back(self, error: BaseException) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.rollback()
        if isinstance(error, sqlite3.Error | InboxError):
            self._forget_connection()

    def _opened(self) -> Connection:
        if self._connection is None:
            connection = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)
            self._connection = connection
            self._disconnect = weakref.finalize(self, connection.close)
            self._prepare(connection)
            self._was_open = True
        while self._ready < len(self._tables):
            tables = self._tables[self._ready]
            self._connection.execute("BEGIN IMMEDIATE")
            for statement in tables.create:
                self._connection.execute(statement)
            tables.session = tables.begin(self._connection)
            self._connection.execute("COMMIT")
            self._ready += 1
        return self._connection

    def _prepare(self, connection: Connection) -> None:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        [application] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
        [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != APPLICATION_ID and (application or version or tables):
            raise InboxError(f"{self.path} is a database of another application")
        if version > VERSION:
            raise InboxError(f"{self.path} was written by a newer version of this package")
        if application != APPLICATION_ID:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA synchronous=FULL")
        self._synced = True
        connection.execute(f"PRAGMA journal_size_limit={WAL_BYTES}").fetchone()

    def _forget_connection(self) -> None:
        self._connection = None
        self._ready = 0
        for tables in self._tables:
            tables.session = None
        if self._disconnect is not None:
            with suppress(sqlite3.Error):
                self._disconnect()
