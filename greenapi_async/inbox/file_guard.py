"""Detection of what other programs do to an open SQLite file: delete, move, replace, overwrite or open it.

SQLite does not notice: it goes on writing to a file that has no name any more. So the file at the path is compared with
the open one before each commit, and again after a durable one, for which the file may have changed during the wait for
the disk.

A file that was overwritten in place is recognised by its modification time and its header. Every checkpoint of this
process writes another random number there, so a header with a known number belongs to a file with known contents.

Before a durable commit, the log must exist, and SQLite's shared POSIX lock is acquired again: this process loses it
when it closes any descriptor of the file. While it is held, no other program deletes the log. Other programs can read
the file. On Windows an open file cannot be deleted, and locks are not lost.

Not recognised: a program that overwrites the file at the moment of a commit, or overwrites the log.
"""

import os
import random
import sys
from enum import Enum
from sqlite3 import Connection

if sys.platform != "win32":
    import fcntl

__all__ = ["FileChange", "FileGuard"]

_LOCK_START, _LOCK_BYTES = 0x40000002, 510
"""The bytes that SQLite locks to share the file, see its "File Locking And Concurrency"."""
_COOKIE_START, _COOKIE_BYTES = 40, 4
"""The schema cookie in the header; SQLite only requires that it changes with the schema."""
_MAX_SCHEMA_CHANGES = 10_000
"""Each increments the cookie."""


class FileChange(Enum):
    """Fate of an open file; the value completes "the file …"."""

    GONE = "was deleted or moved away while it was in use"
    REPLACED = "was replaced by another file while it was in use"
    OVERWRITTEN = "was overwritten while it was in use"
    LOCKED = "is being used by another program"
    CHECKPOINTED = "was opened and closed by another program while it was in use"
    WRITTEN = "was changed by another program while it was in use"
    LOCK_GONE = "lost its lock file (.lock) while it was in use"
    LOG_GONE = "lost its write-ahead log (-wal) while it was in use"

    @property
    def is_harmless(self) -> bool:
        """True if nothing is lost when the file is reopened."""
        return self in {FileChange.CHECKPOINTED, FileChange.LOCK_GONE, FileChange.LOG_GONE, FileChange.WRITTEN}


class FileGuard:
    """Watches the file of one connection.

    Args:
        path: The open database, in WAL mode.

    Raises:
        OSError: The file or its log cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._log_path = os.path.realpath(path) + "-wal"
        self._file = os.open(path, os.O_RDWR)
        try:
            self._log = os.open(self._log_path, os.O_RDWR)
        except OSError:
            os.close(self._file)
            raise
        status = os.fstat(self._file)
        self._identity = status.st_dev, status.st_ino
        self._modified = status.st_mtime_ns, status.st_size
        status = os.fstat(self._log)
        self._log_identity = status.st_dev, status.st_ino
        self._index_path = os.path.realpath(path) + "-shm"
        self._index_identity = _identity(self._index_path)
        self._cookie = self._read_cookie()
        """In the file."""
        self._next_cookie: int | None = None
        """In the log, until the next checkpoint."""

    def find_change(self, *, durable: bool) -> FileChange | None:
        """Return what happened since the last commit, or None if a commit is safe.

        Args:
            durable: Whether to check the log and the locks too.
        """
        status = self._stat()
        if isinstance(status, FileChange):
            return status
        modified = status.st_mtime_ns, status.st_size
        if modified != self._modified:
            if not self._has_log():  # SQLite deletes it after a checkpoint, if nobody else seems to have the file open
                return FileChange.CHECKPOINTED
            if not self._is_known():
                return FileChange.OVERWRITTEN
            self._modified = modified
        if durable:
            return self._find_log_change()
        return None

    def mark_checkpoints(self, connection: Connection) -> None:
        """Make the next checkpoint change the file's header; call it in every transaction, after ``find_change``."""
        if self._next_cookie is None:
            self._next_cookie = random.randrange(1, 2**31 - _MAX_SCHEMA_CHANGES)  # noqa: S311  no secret
            connection.execute(f"PRAGMA schema_version = {self._next_cookie}")

    def find_move(self) -> FileChange | None:
        """Return whether the file was deleted, moved or replaced; the cheap part of ``find_change``."""
        status = self._stat()
        return status if isinstance(status, FileChange) else None

    def discard_log(self) -> None:
        """Truncate the log, so that it can no longer be written to a file that it does not belong to.

        Its index is deleted, because a reader that still has it open would keep SQLite from building it anew.
        """
        os.ftruncate(self._log, 0)
        if self._index_identity is not None and _identity(self._index_path) == self._index_identity:
            os.unlink(self._index_path)  # noqa: PTH108

    def close(self) -> None:
        """Close the descriptors, after the connection: this releases its locks."""
        os.close(self._log)
        os.close(self._file)

    def _stat(self) -> os.stat_result | FileChange:
        """Return the status of the file at the path, or why it is another file than the open one."""
        try:
            status = os.stat(self._path)  # noqa: PTH116  on the way of every notification
        except OSError:
            return FileChange.GONE
        return status if (status.st_dev, status.st_ino) == self._identity else FileChange.REPLACED

    def _is_known(self) -> bool:
        """Return whether the file was checkpointed by this process, or only touched."""
        cookie = self._read_cookie()
        if self._next_cookie is not None and 0 <= cookie - self._next_cookie < _MAX_SCHEMA_CHANGES:
            self._next_cookie = None
        elif not 0 <= cookie - self._cookie < _MAX_SCHEMA_CHANGES:
            return False
        self._cookie = cookie
        return True

    def _find_log_change(self) -> FileChange | None:
        # not stat: it would make the kernel record the time of the next write precisely, which takes 50 us
        if not os.access(self._log_path, os.F_OK):
            return FileChange.LOG_GONE
        try:
            fcntl.lockf(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB, _LOCK_BYTES, _LOCK_START)
        except OSError:
            return FileChange.LOCKED
        return None

    def _has_log(self) -> bool:
        try:
            status = os.stat(self._log_path)  # noqa: PTH116
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._log_identity

    def _read_cookie(self) -> int:
        return int.from_bytes(os.pread(self._file, _COOKIE_BYTES, _COOKIE_START))


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return status.st_dev, status.st_ino
