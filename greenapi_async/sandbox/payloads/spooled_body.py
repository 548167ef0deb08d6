"""The bytes of a request: in memory while they are few, in a temporary file when they are many."""

import io
import mmap
import tempfile
import weakref
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import IO, Final

import attrs

IN_MEMORY: Final = 1024 * 1024
CHUNK: Final = 256 * 1024


class Spool:
    """Take bytes in, and give any part of them back; its file goes when it does."""

    def __init__(self, content: bytes = b"") -> None:
        self.size = 0
        self._file: IO[bytes] = io.BytesIO()
        self.write(content)

    def write(self, chunk: bytes) -> None:
        """Put bytes at the end."""
        if self.size + len(chunk) > IN_MEMORY and isinstance(self._file, io.BytesIO):
            small = self._file.getvalue()
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open as long as this object lives
            weakref.finalize(self, self._file.close)
            self._file.write(small)
        self._file.seek(self.size)
        self._file.write(chunk)
        self.size += len(chunk)

    def read(self, start: int, size: int) -> bytes:
        """Give a part."""
        self._file.seek(start)
        return self._file.read(size)

    def whole(self) -> "Slice":
        """Give all of it as a slice."""
        return Slice(self, 0, self.size)

    @contextmanager
    def view(self) -> Generator[bytes | mmap.mmap]:
        """Let it be searched without being read into memory."""
        if isinstance(self._file, io.BytesIO):
            yield self._file.getvalue()
            return
        self._file.flush()
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield mapped


@attrs.frozen
class Slice:
    """A part of a spool, such as one file of a form."""

    spool: Spool = attrs.field(repr=False)
    start: int
    size: int

    def read(self) -> bytes:
        """Give the bytes."""
        return self.spool.read(self.start, self.size)

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes piece by piece."""
        for offset in range(0, self.size, CHUNK):
            yield self.spool.read(self.start + offset, min(CHUNK, self.size - offset))
