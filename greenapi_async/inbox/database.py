"""SQLite file shared by several schemas: opening, transactions and error translation.

``Database`` is synchronous and belongs to one worker thread. While the file is open, it holds a lock on a file of its
own, ``<path>.lock``, in addition to SQLite's. After an error of SQLite, or when another program deleted, replaced or
overwrote the file, it closes the file and the next transaction opens it again. So work continues once the disk has room
or the file is back.

The file runs in WAL mode. A durable transaction (``synchronous=FULL``) survives a power failure when it returns. Any
other (``synchronous=NORMAL``) survives the death of the process, and a power failure once a later durable transaction
has returned.
"""

import logging
import os
import sqlite3
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Generic, TypeVar

import attrs

from greenapi_async.errors import InboxError, InboxLockedError, InboxUnavailableError
from greenapi_async.inbox.completion import Completion
from greenapi_async.inbox.file_guard import FileChange, FileGuard
from greenapi_async.inbox.file_lock import FileLock

__all__ = ["CLOSE", "Database", "Operation", "Schema"]

S = TypeVar("S")
T = TypeVar("T")

logger = logging.getLogger("greenapi_async")

APPLICATION_ID = 0x67724150
VERSION = 3
"""Version of the file format, including the tables of every schema."""
WAL_BYTES = 4 * 1024 * 1024
BUSY_TIMEOUT = 0.5
"""Seconds to wait for another program: a reader recovers the log of a process that was killed."""

_MARKS = struct.pack(">I", VERSION) + struct.pack(">I", APPLICATION_ID)
"""``user_version`` and ``application_id`` in the header of a file."""

_IS_LOSS = {FileChange.GONE, FileChange.REPLACED, FileChange.OVERWRITTEN}
_LOG_IS_FOREIGN = {FileChange.REPLACED, FileChange.OVERWRITTEN, FileChange.CHECKPOINTED}
_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_TRANSIENT = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


class _FileChangedError(Exception):
    """Another program changed the open file, so nothing of the batch is known to be stored."""

    def __init__(self, change: FileChange) -> None:
        super().__init__(f"the file {change.value}")
        self.change = change


class Schema(Generic[S]):
    """Tables of one user of the file, and a session that lives as long as the file is open.

    Attributes:
        create: Statements that create the tables if they do not exist.
        begin: Creates the session from the open connection.
        rolled_back: Called with the session after a transaction of any schema was rolled back.
        session: What the operations receive as their first argument; None while the file is closed.
    """

    def __init__(
        self,
        create: Sequence[str],
        begin: Callable[[Connection], S],
        rolled_back: Callable[[S], object] = lambda _: None,
    ) -> None:
        self.create = create
        self.begin = begin
        self.rolled_back = rolled_back
        self.session: S | None = None


CLOSE: Schema[None] = Schema((), lambda _: None)
"""Pseudo-schema: its operations do nothing, and then the file is closed if nobody uses it."""


@attrs.define(eq=False, kw_only=True)
class Operation(Generic[S, T]):
    """Work for the worker thread, and its outcome."""

    schema: Schema[S]
    work: Callable[..., T]
    arguments: tuple[Any, ...]
    then: Callable[[S, T], object] | None
    """Called in the event loop after the commit."""
    durable: bool
    call_soon: Callable[[Callable[[], object]], object]
    """Schedules a function in the caller's event loop."""
    completed: deque["Operation[Any, Any]"]
    """Committed operations whose ``then`` was not called yet."""
    done: Completion = attrs.field(factory=Completion, init=False)
    session: S = attrs.field(init=False)
    value: T = attrs.field(init=False)
    error: BaseException | None = attrs.field(default=None, init=False)
    _claim: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def claim(self) -> bool:
        """Claim the operation, to execute or to withdraw it; only the first claim succeeds."""
        return self._claim.acquire(blocking=False)


class Database:
    """SQLite file with one connection; all methods but ``add`` are called in the worker thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._schemas: list[Schema[Any]] = []
        self._ready = 0
        self._connection: Connection | None = None
        self._guard: FileGuard | None = None
        self._lock = FileLock(f"{os.path.realpath(path)}.lock")
        self._lost: FileGuard | None = None
        """The file that is no longer at the path; kept open, so that no other file gets its inode."""
        self._unreported: FileChange | None = None
        self._was_open = False
        self._durable = True
        self._data_version: int | None = None
        self.users = 0
        """Number of contexts that keep the file open."""

    @property
    def is_open(self) -> bool:
        """True if the file is open, and so locked."""
        return self._connection is not None

    def add(self, schema: Schema[Any]) -> None:
        """Create this schema's tables with the next transaction, and whenever the file is opened."""
        self._schemas.append(schema)

    def execute(self, batch: Sequence[Operation[Any, Any]]) -> None:
        """Execute a batch in one transaction; if it fails, roll back and execute each operation alone."""
        changes = [operation for operation in batch if operation.schema is not CLOSE]
        try:
            if changes:
                self._execute_or_reopen(changes, durable=any(operation.durable for operation in changes))
        except BaseException as error:  # noqa: BLE001  raised to the caller of the operation
            self._roll_back(error)
            if len(changes) == 1 or isinstance(error, _FileChangedError):
                for operation in changes:
                    operation.error = self._translate(error)
            else:
                for operation in changes:
                    self.execute([operation])
        for operation in batch:
            if operation.schema is CLOSE:
                operation.value = operation.session = None
                if not self.users:
                    self.close()

    def close(self) -> None:
        """Close the file and release its locks."""
        self._close(self._find_change())
        self._forget_lost()
        self._unreported = None

    def _execute_or_reopen(self, operations: Sequence[Operation[Any, Any]], *, durable: bool) -> None:
        try:
            self._execute(operations, durable=durable)
        except _FileChangedError as error:
            if not error.change.is_harmless:
                raise
            logger.warning("The file %s %s. Reopening it; nothing is lost.", self._path, error.change.value)
            self._roll_back(error)
            self._execute(operations, durable=durable)

    def _execute(self, operations: Sequence[Operation[Any, Any]], *, durable: bool) -> None:
        connection = self._open()
        self._set_durable(connection, durable=durable)
        connection.execute("BEGIN IMMEDIATE")
        self._check_data_version(connection)
        for operation in operations:
            operation.session = operation.schema.session
            operation.value = operation.work(operation.session, *operation.arguments)
        if self._guard is None:
            connection.execute("COMMIT")
        else:
            self._commit_guarded(connection, self._guard, durable=durable)

    def _check_data_version(self, connection: Connection) -> None:
        """Notice what another program has written, which is in no cache."""
        [version] = connection.execute("PRAGMA data_version").fetchone()
        known, self._data_version = self._data_version, version
        if known not in {None, version}:
            raise _FileChangedError(FileChange.WRITTEN)

    def _commit_guarded(self, connection: Connection, guard: FileGuard, *, durable: bool) -> None:
        if (change := guard.find_change(durable=durable)) is not None:
            raise _FileChangedError(change)
        if durable and not self._lock.is_in_place():  # another process may have become the owner
            raise _FileChangedError(FileChange.LOCK_GONE)
        guard.mark_checkpoints(connection)
        connection.execute("COMMIT")
        if durable and (change := guard.find_move()) is not None:
            raise _FileChangedError(change)

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
            self._was_open = True
            self._report_change()
        while self._ready < len(self._schemas):
            schema = self._schemas[self._ready]
            self._connection.execute("BEGIN IMMEDIATE")
            for statement in schema.create:
                self._connection.execute(statement)
            schema.session = schema.begin(self._connection)
            self._connection.execute("COMMIT")
            self._ready += 1
        if self._guard is None and sys.platform != "win32":
            self._guard = FileGuard(os.fspath(self._path))
        return self._connection

    def _connect(self) -> Connection:
        is_foreign = self._is_foreign()
        if not is_foreign:
            self._acquire_lock()
        if self._lost is not None and self._lost.find_move() is None:  # it is back
            self._unreported = None
        self._forget_lost()
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(connection)
            if is_foreign:
                self._acquire_lock()
        except BaseException:
            with suppress(sqlite3.Error):
                connection.close()
            raise
        return connection

    def _acquire_lock(self) -> None:
        if not self._lock.acquire():
            raise InboxLockedError(self._in_use())

    def _is_foreign(self) -> bool:
        """Return whether the file will be rejected, so that no lock file is created for it."""
        if self._lock.exists():  # it may be open in this process; reading it would release SQLite's locks
            return False
        try:
            header = _read_start(self._path)
        except OSError:
            return True
        return bool(header) and header[60:64] + header[68:72] != _MARKS

    def _prepare(self, connection: Connection) -> None:
        connection.execute("BEGIN EXCLUSIVE")
        [application] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
        [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application == APPLICATION_ID:
            if version != VERSION:
                age = "a newer" if version > VERSION else "an older, incompatible"
                raise InboxError(f"{self._path} was written by {age} version of this package")
        elif application or version or tables:
            raise InboxError(f"{self._path} is a database of another application")
        else:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA synchronous=FULL")
        self._durable = True
        connection.execute(f"PRAGMA journal_size_limit={WAL_BYTES}").fetchone()

    def _set_durable(self, connection: Connection, *, durable: bool) -> None:
        if durable != self._durable:
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._durable = durable

    def _roll_back(self, error: BaseException) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.rollback()
            for schema in self._schemas[: self._ready]:
                schema.rolled_back(schema.session)
        if not isinstance(error, sqlite3.Error | InboxError | OSError | _FileChangedError):
            return
        change = error.change if isinstance(error, _FileChangedError) else self._find_change()
        if change in {FileChange.GONE, FileChange.REPLACED}:
            self._lost, self._guard = self._guard, None
        if change in _IS_LOSS:
            self._unreported = change
        self._close(change)

    def _close(self, change: FileChange | None) -> None:
        connection, self._connection = self._connection, None
        guard, self._guard = self._guard or self._lost, None
        self._ready = 0
        self._data_version = None
        for schema in self._schemas:
            schema.session = None
        if connection is not None:
            with suppress(sqlite3.Error):
                if change in {FileChange.GONE, FileChange.REPLACED}:  # its log must not be applied to another file
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if guard is not None and change in _LOG_IS_FOREIGN:
                with suppress(OSError):
                    guard.discard_log()
            with suppress(sqlite3.Error):
                connection.close()
        if guard is not None and guard is not self._lost:
            guard.close()
        self._lock.release()

    def _find_change(self) -> FileChange | None:
        return self._guard.find_change(durable=True) if self._guard is not None else None

    def _forget_lost(self) -> None:
        lost, self._lost = self._lost, None
        if lost is not None:
            lost.close()

    def _report_change(self) -> None:
        change, self._unreported = self._unreported, None
        if change is not None:
            logger.error(
                "The file %s %s. Continuing with the file that is there now; what was stored only in the old one is "
                "lost.",
                self._path,
                change.value,
            )

    def _translate(self, error: BaseException) -> BaseException:
        """Return the package's error for an error of SQLite, and any other error unchanged."""
        translated = error
        if isinstance(error, sqlite3.Error):
            translated = self._inbox_error(error)
        elif isinstance(error, _FileChangedError):
            translated = InboxUnavailableError(
                f"{self._path}: {error}; the next attempt uses the file that is there then"
            )
        elif isinstance(error, OSError):
            translated = self._file_error(error)
        elif isinstance(error, OverflowError | UnicodeEncodeError):  # beyond 64 bits; a lone surrogate
            translated = InboxError(f"{self._path} cannot store this value: {error}")
        if translated is not error:
            translated.__cause__ = error
        return translated

    def _inbox_error(self, error: sqlite3.Error) -> InboxError:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        name = getattr(error, "sqlite_errorname", "")
        if code in _IN_USE:
            if self._was_open:  # not by an inbox, whose lock this one held
                return InboxUnavailableError(f"{self._path}: the file {FileChange.LOCKED.value}")
            return InboxLockedError(self._in_use())
        message = f"{self._path}: {error} ({name})" if name else f"{self._path}: {error}"
        if code in _TRANSIENT or (code == sqlite3.SQLITE_CANTOPEN and (self._was_open or self._exists())):
            return InboxUnavailableError(message)
        return InboxError(message)

    def _file_error(self, error: OSError) -> InboxError:
        message = f"{self._path}: {error}"
        return InboxUnavailableError(message) if self._was_open or self._exists() else InboxError(message)

    def _in_use(self) -> str:
        return f"{self._path} is in use by another process or another inbox of this process"

    def _exists(self) -> bool:
        try:
            return self._path.is_file()
        except OSError:
            return False


def _read_start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(100)
    except FileNotFoundError:
        return b""
