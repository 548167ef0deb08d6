"""``SQLDatabase`` that only reads the file of an ``SQLiteInbox``, which another process may use.

The file is opened for the moment of each operation, so this keeps the owner neither from writing nor from shrinking its
log.
"""

import os
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar, TypeVarTuple
from urllib.parse import quote

import anyio.to_thread

from greenapi_async.errors import InboxError, InboxUnavailableError
from greenapi_async.inbox.database import APPLICATION_ID, VERSION
from greenapi_async.inbox.requests import PERMISSION_ADVICE
from greenapi_async.inbox.sql import Clock, SQLDatabase, Work
from greenapi_async.inbox.sql_sqlite import drive

__all__ = ["ReadOnlyDatabase"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

READ_TIMEOUT = 5.0
"""Seconds that a reader waits while the owner opens or creates the file."""
RETRY_INTERVAL = 0.05


class _IncompleteError(Exception):
    """The owner is about to create the tables."""


class ReadOnlyDatabase(SQLDatabase):
    """Reads a file.

    Args:
        path: The file.

    Attributes:
        path: The file.
        owner: None, because nothing is written.
    """

    owner: str | None = None

    def __init__(self, path: Path) -> None:
        self.path = path

    async def execute(
        self,
        work: Callable[[*Ts], Work[T]],
        *arguments: *Ts,
        then: Callable[[T], object] | None = None,
        durable: bool = True,  # noqa: ARG002  nothing is written
        idempotent: bool = False,  # noqa: ARG002
    ) -> T:
        """Execute an operation, see ``SQLDatabase.execute``.

        Raises:
            InboxUnavailableError: It writes, or the file cannot be read at the moment.
            InboxError: The file is no inbox.
        """
        times = {Clock.NOW: time.time(), Clock.STEADY: time.monotonic()}
        result = await self.read(lambda connection: drive(connection, work, arguments, times))
        if then is not None:
            then(result)
        return result

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Call a function with an open connection, in a worker thread and one transaction.

        Args:
            work: The function.

        Raises:
            InboxUnavailableError: The file cannot be read at the moment.
            InboxError: The file is no inbox.
        """
        return await anyio.to_thread.run_sync(partial(self._read, work))

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        end = time.monotonic() + READ_TIMEOUT
        while True:
            try:
                return self._try_to_read(work)
            except _IncompleteError as incomplete:
                if time.monotonic() > end:
                    error = InboxUnavailableError(f"{self.path} has no tables yet")
                    error.advice = "Start the bot: it creates them when it starts."
                    raise error from incomplete
            time.sleep(RETRY_INTERVAL)

    def _try_to_read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            self._check_path()
            uri = f"file:{quote(os.fspath(self.path))}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=READ_TIMEOUT, isolation_level=None)) as connection:
                connection.execute("BEGIN")
                self._check(connection)
                return work(connection)
        except sqlite3.Error as error:
            if "no such table" in str(error):
                raise _IncompleteError from error
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            kind = InboxError if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT} else InboxUnavailableError
            unreadable = kind(f"{self.path}: {error}")
            if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
                unreadable.advice = PERMISSION_ADVICE
            elif kind is InboxError:
                unreadable.advice = "Check the path."
            raise unreadable from error
        except OSError as error:
            unreadable = InboxUnavailableError(f"{self.path}: {error.strerror}")
            unreadable.advice = PERMISSION_ADVICE
            raise unreadable from error

    def _check_path(self) -> None:
        try:
            problem = "" if stat.S_ISREG(self.path.stat().st_mode) else "is not a file"
        except (FileNotFoundError, NotADirectoryError):
            problem = "does not exist"
        if problem:
            error = InboxError(f"{self.path} {problem}")
            error.advice = "Check the path; a bot creates the file when it starts."
            raise error

    def _check(self, connection: sqlite3.Connection) -> None:
        [application] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
        if application == APPLICATION_ID and version == VERSION:
            return
        if not application and not version and not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise _IncompleteError
        is_inbox = application == APPLICATION_ID
        what = "was written by another version of this package" if is_inbox else "is not an inbox"
        error = InboxError(f"{self.path} {what}")
        error.advice = "Use the version that the bot uses." if is_inbox else "Check the path."
        raise error
