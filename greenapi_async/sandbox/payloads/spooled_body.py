"""Bytes of a request, in memory while they are few and in a temporary file beyond that."""

import io
import mmap
import tempfile
import weakref
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import IO, Final

import attrs

__all__ = ["Slice", "SpooledBody"]

IN_MEMORY: Final = 1024 * 1024
CHUNK: Final = 256 * 1024


class SpooledBody:
    """An append-only byte buffer with random access; its file is deleted together with the object."""

    def __init__(self, content: bytes = b"") -> None:
        self.size = 0
        self._file: IO[bytes] = io.BytesIO()
        self.write(content)

    def __getstate__(self) -> bytes:
        """Return the bytes."""
        return self.read(0, self.size)

    def __setstate__(self, content: bytes) -> None:
        SpooledBody.__init__(self, content)

    def write(self, chunk: bytes) -> None:
        """Append bytes."""
        if self.size + len(chunk) > IN_MEMORY and isinstance(self._file, io.BytesIO):
            small = self._file.getvalue()
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open as long as this object lives
            weakref.finalize(self, self._file.close)
            self._file.write(small)
        self._file.seek(self.size)
        self._file.write(chunk)
        self.size += len(chunk)

    def read(self, start: int, size: int) -> bytes:
        """Return a range of the bytes.

        Args:
            start: The offset of the first byte.
            size: The number of bytes.
        """
        self._file.seek(start)
        return self._file.read(size)

    def whole(self) -> "Slice":
        """Return a slice of all bytes."""
        return Slice(self, 0, self.size)

    @contextmanager
    def view(self) -> Generator[bytes | mmap.mmap]:
        """Provide the bytes for searching without reading a file into memory."""
        if isinstance(self._file, io.BytesIO):
            yield self._file.getvalue()
            return
        self._file.flush()
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield mapped


@attrs.frozen
class Slice:
    """A range of a spooled body, such as one file of a form."""

    body: SpooledBody = attrs.field(repr=False)
    start: int
    size: int

    def read(self) -> bytes:
        """Return the bytes."""
        return self.body.read(self.start, self.size)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes in chunks."""
        for offset in range(0, self.size, CHUNK):
            yield self.body.read(self.start + offset, min(CHUNK, self.size - offset))
