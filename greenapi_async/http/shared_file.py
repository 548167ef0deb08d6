"""Open files of the user, blocking or asynchronous, read at positions.

Several uploads may read one file at once: they share a lock, which keeps each seek and its read together, and the
position from which the first of them started. The last one restores that position, so a file can be sent again and
again. A file that is read by one upload only is read in one go, because rewinding an archive's member is expensive.
"""

import inspect
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
import attrs
from anyio.lowlevel import RunVar

__all__ = ["SharedFile", "call", "shared_file"]


async def call(method: Callable[..., Any], *arguments: Any) -> Any:
    """Call a method of a file: in a thread if it blocks, awaited if it is asynchronous."""
    if inspect.iscoroutinefunction(method):
        return await method(*arguments)
    result = await anyio.to_thread.run_sync(method, *arguments)
    return await result if inspect.isawaitable(result) else result


@attrs.define(eq=False)
class SharedFile:
    """A seekable file, and the number of uploads that read it."""

    _file: Any
    start: int = 0
    """Position before the first of the uploads."""
    uploads: int = 0
    _begun: bool = False
    _lock: anyio.Lock = attrs.field(factory=anyio.Lock)

    async def begin(self) -> None:
        """Remember the position, unless another upload has moved it."""
        async with self._lock:
            if not self._begun:
                self.start = await call(self._file.tell)
                self._begun = True

    async def restore(self) -> None:
        """Restore the position, unless another upload has begun, or the file has been closed."""
        async with self._lock:
            if self._begun and not self.uploads:
                if getattr(self._file, "closed", False) is not True:
                    await call(self._file.seek, self.start)
                self._begun = False

    async def end(self) -> int:
        """Return the position of the file's end."""
        async with self._lock:
            end: int = await call(self._file.seek, 0, os.SEEK_END)
            return end

    async def read_at(self, position: int, size: int) -> object:
        """Return at most ``size`` bytes from a position."""
        async with self._lock:
            if not inspect.iscoroutinefunction(self._file.read):
                return await anyio.to_thread.run_sync(self._read_blocking, position, size)
            if await self._file.tell() != position:
                await self._file.seek(position)
            chunk: object = await self._file.read(size)
            return chunk

    def _read_blocking(self, position: int, size: int) -> object:
        if self._file.tell() != position:
            self._file.seek(position)
        return self._file.read(size)


_OPEN: RunVar[dict[int, SharedFile]] = RunVar("greenapi_async.shared_files")
"""The files that are being read in an event loop, by their identity."""


@asynccontextmanager
async def shared_file(file: Any) -> AsyncGenerator[SharedFile]:
    """Open a file for an upload, together with other uploads of the same file.

    Args:
        file: A file with ``read``, ``seek`` and ``tell``, open for reading.
    """
    files = _OPEN.get(None)
    if files is None:
        files = dict[int, SharedFile]()
        _OPEN.set(files)
    shared = files.setdefault(id(file), SharedFile(file))
    shared.uploads += 1
    try:
        await shared.begin()
        yield shared
    finally:
        shared.uploads -= 1
        with anyio.CancelScope(shield=True):
            try:
                await shared.restore()
            finally:
                if not shared.uploads:
                    files.pop(id(file), None)
