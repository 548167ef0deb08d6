"""Append to a recording so that what was kept outlasts a power failure.

Each line is on disk when ``keep`` returns. One that could not be written whole is taken back, and what a killed process
left of one is removed when the file is opened again: its notification was not deleted at the server, and comes again.
"""

import os
import stat
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from greenapi_async.errors import RecordingError, RecordingLockedError
from greenapi_async.recordings.format import MARK, Header, Recorded
from greenapi_async.recordings.lock import lock

__all__ = ["RecordingFile"]

BLOCK = 65_536
_BEGINNING = f'{{"{MARK}": '.encode()


class RecordingFile:
    """A file that a recording is appended to, made if it is not there; a context manager.

    A new file can be read by its owner only. Everything raises ``RecordingError`` that names the file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.header: Header | None = None
        """None in a new file, until ``begin``."""
        self._last: Recorded | None = None
        self._file = self._open()
        self._size = 0
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @property
    def mode(self) -> int:
        """The file's permissions."""
        return stat.S_IMODE(os.fstat(self._file.fileno()).st_mode)

    @property
    def empty(self) -> bool:
        """Whether no notification stands in it."""
        return self._last is None

    def begin(self, header: Header) -> None:
        """Write the first line of a file without notifications."""
        try:
            self._cut(0)
        except OSError as error:
            raise self._failed(error) from None
        self._append(header.line())
        self.header = header
        if os.name == "posix":
            with suppress(OSError):  # not every file system can
                folder = os.open(self.path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)

    def keep(self, recorded: Recorded) -> bool:
        """Append a notification; False for the one that was kept last and is served again."""
        last = self._last
        if last is not None and last.receipt_id == recorded.receipt_id is not None and last.body == recorded.body:
            return False
        self._append(recorded.written())
        self._last = recorded
        return True

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> FileIO:
        try:
            return FileIO(self.path, "a+", opener=_open)
        except OSError as error:
            raise self._failed(error) from None

    def _prepare(self) -> None:
        if not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            raise RecordingError(f"{self.path} is not a file on a disk; a recording needs one")
        try:
            if not lock(self._file.fileno()):
                raise RecordingLockedError(f"{self.path} is being recorded into by another process")
            self._size = self._file.seek(0, os.SEEK_END)
            if self._size:
                self._repair()
        except OSError as error:
            raise self._failed(error) from None

    def _repair(self) -> None:
        self._file.seek(0)
        first = self._file.readline(BLOCK)
        if not first.endswith(b"\n") and first.startswith(_BEGINNING[: len(first)]):
            self._cut(0)  # killed while it wrote the header
            return
        try:
            self.header = Header.read(first)
        except ValueError as error:
            raise RecordingError(f"{self.path}, line 1: {error}") from None
        self._last = self._read_last()

    def _read_last(self) -> Recorded | None:
        """Read the last notification, once what is left of one behind it is removed."""
        while start := self._start_of_last_line():
            self._file.seek(start)
            line = self._file.readall()
            try:
                last = Recorded.read(line) if line.strip() else None
            except ValueError as error:
                if line.endswith(b"\n"):
                    raise RecordingError(f"{self.path}, the last line: {error}") from None
                last = None
            if last is not None:
                if not line.endswith(b"\n"):
                    self._append(b"\n")
                return last
            self._cut(start)
        return None

    def _start_of_last_line(self) -> int:
        end = self._size - 1
        while end > 0:
            start = max(end - BLOCK, 0)
            self._file.seek(start)
            found = self._file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0

    def _append(self, line: bytes) -> None:
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
            os.fsync(self._file.fileno())
            if not os.fstat(self._file.fileno()).st_nlink:
                raise FileNotFoundError(2, "it was removed")
        except OSError as error:
            with suppress(OSError):
                self._cut(self._size)
            raise self._failed(error) from None
        self._size += len(line)

    def _cut(self, size: int) -> None:
        os.truncate(self._file.fileno(), size)
        self._size = size

    def _failed(self, error: OSError) -> RecordingError:
        return RecordingError(f"{self.path} cannot be written to: {error.strerror or error}")


def _open(path: str, flags: int) -> int:
    # O_NONBLOCK: a pipe that nobody reads is refused, and not waited for
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
