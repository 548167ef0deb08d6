"""Detection of what other programs do to an open SQLite file: delete, move, replace, overwrite or open it.

SQLite does not notice: it goes on writing to a file that has no name any more. So the file at the path is compared with
the open one around each commit, which costs one ``stat`` before it and one after it. A file that was overwritten in
place is recognised by its modification time, which otherwise changes only when this process checkpoints its log.

The header tells a file that was only touched from one that was overwritten, because ``mark_checkpoints`` lets every
checkpoint change it.

Before a commit that must be durable, the log is checked too, and SQLite's POSIX locks are acquired again: this process
loses them when it closes any descriptor of the file. On Windows an open file cannot be deleted, and locks are not lost.

Not recognised: a program that overwrites the file at the moment of a commit, or overwrites the log.
"""

import os
import random
import sys
from enum import Enum
from sqlite3 import Connection

import attrs

if sys.platform != "win32":
    import fcntl

__all__ = ["FileChange", "FileGuard"]

_LOCK_START, _LOCK_BYTES = 0x40000000, 512
"""The bytes that SQLite locks, see its "File Locking And Concurrency"."""
_HEADER_BYTES = 100


class FileChange(Enum):
    """What happened to an open file; the value completes "the file …"."""

    GONE = "was deleted or moved away while it was in use"
    REPLACED = "was replaced by another file while it was in use"
    OVERWRITTEN = "was overwritten while it was in use"
    LOCKED = "is being used by another program"
    CHECKPOINTED = "was opened and closed by another program while it was in use"
    LOG_GONE = "lost its write-ahead log (-wal) while it was in use"
    TOUCHED = "was modified while it was in use"

    @property
    def is_harmless(self) -> bool:
        """True if nothing is lost when the file is reopened."""
        return self in {FileChange.CHECKPOINTED, FileChange.LOG_GONE, FileChange.TOUCHED}


@attrs.frozen
class _State:
    """What ``stat`` says about a file."""

    identity: tuple[int, int]
    modified: int
    size: int


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
        self._state = _state(os.fstat(self._file))
        self._log_identity = _state(os.fstat(self._log)).identity
        self._header = self._read_header()
        self._is_marked = False

    def mark_checkpoints(self, connection: Connection) -> None:
        """Let the next checkpoint change the file's header; call it in every transaction."""
        if not self._is_marked:
            connection.execute(f"PRAGMA schema_version = {random.getrandbits(31)}")
            self._is_marked = True

    def is_at_path(self) -> bool:
        """Return whether the file at the path is the open one."""
        try:
            status = os.stat(self._path)  # noqa: PTH116
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._state.identity

    def find_change(self, *, durable: bool) -> FileChange | None:
        """Return what happened since the last commit, or None if a commit is safe.

        Args:
            durable: Whether to check the log and the locks too.
        """
        try:
            status = os.stat(self._path)  # noqa: PTH116  on the way of every notification
        except OSError:
            return FileChange.GONE
        state = self._state
        if (status.st_dev, status.st_ino) != state.identity:
            return FileChange.REPLACED
        if status.st_mtime_ns != state.modified or status.st_size != state.size:
            return self._classify_modification(status.st_size)
        if durable:
            return self._find_log_change()
        return None

    def committed(self) -> FileChange | None:
        """Record that this process committed; return what happened during the commit."""
        try:
            status = os.stat(self._path)  # noqa: PTH116
        except OSError:
            return FileChange.GONE
        state = self._state
        if (status.st_dev, status.st_ino) != state.identity:
            return FileChange.REPLACED
        if status.st_mtime_ns != state.modified or status.st_size != state.size:  # a checkpoint
            self._state = _state(status)
            self._header = self._read_header()
            self._is_marked = False
        return None

    def discard_log(self) -> None:
        """Truncate the log, so that it can no longer be written to a file that it does not belong to."""
        os.ftruncate(self._log, 0)

    def close(self) -> None:
        """Close the descriptors, after the connection: this releases its locks."""
        os.close(self._log)
        os.close(self._file)

    def _classify_modification(self, size: int) -> FileChange:
        if not self._has_log():  # SQLite deletes it after a checkpoint, if it seems to be the last that closes the file
            return FileChange.CHECKPOINTED
        is_same = size == self._state.size and self._read_header() == self._header
        return FileChange.TOUCHED if is_same else FileChange.OVERWRITTEN

    def _find_log_change(self) -> FileChange | None:
        if not self._has_log():
            return FileChange.LOG_GONE
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCK_BYTES, _LOCK_START)
        except OSError:
            return FileChange.LOCKED
        return None

    def _has_log(self) -> bool:
        try:
            status = os.stat(self._log_path)  # noqa: PTH116
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._log_identity

    def _read_header(self) -> bytes:
        return os.pread(self._file, _HEADER_BYTES, 0)


def _state(status: os.stat_result) -> _State:
    return _State((status.st_dev, status.st_ino), status.st_mtime_ns, status.st_size)
