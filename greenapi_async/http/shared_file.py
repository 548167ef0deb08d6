"""Open files of the user, blocking or asynchronous, read at positions.

Several uploads may read one file at once: a lock per file keeps its seeks and reads together. The position of the file
is restored after each read, so a file can be sent again and again.
"""

import inspect
import os
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

__all__ = ["SharedFile", "call"]

_LOCKS: RunVar[WeakKeyDictionary[object, anyio.Lock]] = RunVar("greenapi_async.file_locks")
"""The locks of one event loop."""


async def call(method: Callable[..., Any], *arguments: Any) -> Any:
    """Call a method of a file: in a thread if it blocks, awaited if it is asynchronous."""
    if inspect.iscoroutinefunction(method):
        return await method(*arguments)
    result = await anyio.to_thread.run_sync(method, *arguments)
    return await result if inspect.isawaitable(result) else result


class SharedFile:
    """A seekable file."""

    def __init__(self, file: Any) -> None:
        """Wrap a file.

        Args:
            file: A file with ``read``, ``seek`` and ``tell``.
        """
        self._file = file
        self._lock = _lock_of(file)

    async def bounds(self) -> tuple[int, int]:
        """Return the position of the file and its end."""
        async with self._lock:
            position: int = await call(self._file.tell)
            end: int = await call(self._file.seek, 0, os.SEEK_END)
            await call(self._file.seek, position)
            return position, end

    async def read_at(self, position: int, size: int) -> object:
        """Return at most ``size`` bytes from a position."""
        async with self._lock:
            if not inspect.iscoroutinefunction(self._file.read):
                return await anyio.to_thread.run_sync(self._read_blocking, position, size)
            before = await self._file.tell()
            await self._file.seek(position)
            chunk: object = await self._file.read(size)
            await self._file.seek(before)
            return chunk

    def _read_blocking(self, position: int, size: int) -> object:
        before = self._file.tell()
        self._file.seek(position)
        try:
            return self._file.read(size)
        finally:
            self._file.seek(before)


def _lock_of(file: object) -> anyio.Lock:
    """Return the lock of a file; a new one for a file that cannot be a key."""
    locks = _LOCKS.get(None)
    if locks is None:
        locks = WeakKeyDictionary[object, anyio.Lock]()
        _LOCKS.set(locks)
    try:
        return locks.setdefault(file, anyio.Lock())
    except TypeError:
        return anyio.Lock()
