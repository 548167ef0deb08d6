"""``SQLDatabase`` that only reads the file of an ``SQLiteInbox``, which another process may use.

The file is opened for the moment of each operation, so this keeps the owner neither from writing nor from shrinking its
log.
"""

import os
import sqlite3
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
"""Seconds that a reader waits while the owner opens the file."""


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
        try:
            if not self.path.is_file():
                missing = InboxError(f"{self.path} {'is not a file' if self.path.exists() else 'does not exist'}")
                missing.advice = "Check the path; a bot creates the file when it starts."
                raise missing
            uri = f"file:{quote(os.fspath(self.path))}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=READ_TIMEOUT, isolation_level=None)) as connection:
                self._check(connection)
                connection.execute("BEGIN")
                return work(connection)
        except sqlite3.Error as error:
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

    def _check(self, connection: sqlite3.Connection) -> None:
        [application] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
        if application == APPLICATION_ID and version == VERSION:
            return
        is_inbox = application == APPLICATION_ID
        what = "was written by another version of this package" if is_inbox else "is not an inbox"
        error = InboxError(f"{self.path} {what}")
        error.advice = "Use the version that the bot uses." if is_inbox else "Check the path."
        raise error
