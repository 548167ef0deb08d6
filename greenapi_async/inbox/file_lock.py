"""Exclusive lock between processes, on a file of its own.

SQLite's own locks are POSIX locks: a process loses them when it closes any descriptor of the database, for example
after it has copied the file. ``flock`` has no such trap. The lock file is never removed: a process that had just opened
a removed one would hold a lock that nobody else sees. Where somebody else removes it, ``is_in_place`` tells.

The lock ends with its process, even a killed one. A forked child closes its copy of the descriptor, which would
otherwise keep the lock of a parent that has ended.
"""

import os
import sys
from weakref import WeakSet

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["FileLock", "is_locked"]


class FileLock:
    """Lock that at most one object in all processes holds.

    Args:
        path: The lock file; created if it does not exist.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor: int | None = None

    def exists(self) -> bool:
        """Return whether there is a lock file, held or not."""
        return os.path.exists(self._path)  # noqa: PTH110

    def acquire(self) -> bool:
        """Acquire the lock without waiting.

        Returns:
            False if it is held elsewhere.

        Raises:
            OSError: The file cannot be created or locked.
        """
        descriptor = _open(self._path)
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError | PermissionError):
                return False
            raise
        self._descriptor = descriptor
        _HELD.add(self)
        return True

    def is_in_place(self) -> bool:
        """Return whether the lock that is held is on the file at the path: on a removed one nobody else sees it."""
        if self._descriptor is None:
            return False
        held = os.fstat(self._descriptor)
        try:
            found = os.stat(self._path)  # noqa: PTH116  on the way of every notification
        except OSError:
            return False
        return (held.st_dev, held.st_ino) == (found.st_dev, found.st_ino)

    def release(self) -> None:
        """Release the lock, if it is held."""
        descriptor, self._descriptor = self._descriptor, None
        _HELD.discard(self)
        if descriptor is not None:
            _unlock(descriptor)
            os.close(descriptor)

    def close_inherited(self) -> None:
        """Close the descriptor of a forked child; the parent keeps the lock."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def is_locked(path: str) -> bool:
    """Return whether a process holds a lock.

    Args:
        path: The lock file; it is not created.
    """
    if not os.path.exists(path):  # noqa: PTH110
        return False
    lock = FileLock(path)
    if not lock.acquire():
        return True
    lock.release()
    return False


_HELD: WeakSet[FileLock] = WeakSet()


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:  # it belongs to another user; a lock needs no write permission
        return os.open(path, os.O_RDONLY)


def _close_inherited() -> None:
    for lock in list(_HELD):
        lock.close_inherited()
    _HELD.clear()


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    os.register_at_fork(after_in_child=_close_inherited)
