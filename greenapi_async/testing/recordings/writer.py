"""Durable appending to a recording.

A line is synced to disk when ``append`` returns, so it survives a power failure. A line that cannot be written
completely is truncated again. An incomplete line that a killed process has left is removed when the file is opened: its
notification was not deleted on the server and is delivered again.
"""

import os
import stat
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from greenapi_async.errors import RecordingError, RecordingLockedError
from greenapi_async.testing.recordings.format import SIGNATURE, RecordedNotification, RecordingHeader
from greenapi_async.testing.recordings.lock import lock

__all__ = ["RecordingFile"]

BLOCK_SIZE = 65_536
_HEADER_START = f'{{"{SIGNATURE}": '.encode()


class RecordingFile:
    """File that a recording is appended to. Use it as a context manager, or call ``close``.

    Attributes:
        path: The file.
        header: Its first line; None in a new file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open and lock a file. It is created if it does not exist, readable by its owner only.

        Args:
            path: The file.

        Raises:
            RecordingError: The file cannot be written to or is not a recording.
            RecordingLockedError: Another process is recording into it.
        """
        self.path = Path(path)
        self.header: RecordingHeader | None = None
        self._last: RecordedNotification | None = None
        self._file = self._open()
        self._size = 0
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @property
    def mode(self) -> int:
        """Permissions of the file."""
        return stat.S_IMODE(os.fstat(self._file.fileno()).st_mode)

    @property
    def is_empty(self) -> bool:
        """True if the file contains no notifications."""
        return self._last is None

    def write_header(self, header: RecordingHeader) -> None:
        """Write the first line of a file that contains no notifications.

        Raises:
            RecordingError: The file cannot be written to.
        """
        try:
            self._truncate(0)
        except OSError as error:
            raise self._write_error(error) from None
        self._write(header.to_line())
        self.header = header
        if os.name == "posix":
            with suppress(OSError):  # some file systems do not support it
                folder = os.open(self.path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)

    def append(self, recorded: RecordedNotification) -> bool:
        """Append a notification and sync it to disk.

        Args:
            recorded: The notification.

        Returns:
            False if it is the last notification, delivered again; nothing was written.

        Raises:
            RecordingError: The file cannot be written to.
        """
        last = self._last
        if last is not None and last.receipt_id == recorded.receipt_id is not None and last.body == recorded.body:
            return False
        self._write(recorded.to_line())
        self._last = recorded
        return True

    def close(self) -> None:
        """Close and unlock the file."""
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
            raise self._write_error(error) from None

    def _prepare(self) -> None:
        if not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            raise RecordingError(f"{self.path} is not a regular file; a recording needs one")
        try:
            if not lock(self._file.fileno()):
                raise RecordingLockedError(f"another process is recording into {self.path}")
            self._size = self._file.seek(0, os.SEEK_END)
            if self._size:
                self._repair()
        except OSError as error:
            raise self._write_error(error) from None

    def _repair(self) -> None:
        self._file.seek(0)
        first = self._file.readline(BLOCK_SIZE)
        if not first.endswith(b"\n") and first.startswith(_HEADER_START[: len(first)]):
            self._truncate(0)  # the process was killed while writing the header
            return
        try:
            self.header = RecordingHeader.from_line(first)
        except ValueError as error:
            raise RecordingError(f"{self.path}, line 1: {error}") from None
        self._last = self._read_last()

    def _read_last(self) -> RecordedNotification | None:
        """Read the last notification; remove empty and incomplete lines behind it."""
        while start := self._start_of_last_line():
            self._file.seek(start)
            line = self._file.readall()
            try:
                last = RecordedNotification.from_line(line) if line.strip() else None
            except ValueError as error:
                if line.endswith(b"\n"):
                    raise RecordingError(f"{self.path}, the last line: {error}") from None
                last = None
            if last is not None:
                if not line.endswith(b"\n"):
                    self._write(b"\n")
                return last
            self._truncate(start)
        return None

    def _start_of_last_line(self) -> int:
        end = self._size - 1
        while end > 0:
            start = max(end - BLOCK_SIZE, 0)
            self._file.seek(start)
            found = self._file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0

    def _write(self, line: bytes) -> None:
        try:
            unwritten = memoryview(line)
            while unwritten:
                unwritten = unwritten[self._file.write(unwritten) or 0 :]
            os.fsync(self._file.fileno())
            if not os.fstat(self._file.fileno()).st_nlink:
                raise FileNotFoundError(2, "the file was removed")
        except OSError as error:
            with suppress(OSError):  # the write error is the one to raise
                self._truncate(self._size)
            raise self._write_error(error) from None
        self._size += len(line)

    def _truncate(self, size: int) -> None:
        os.truncate(self._file.fileno(), size)
        self._size = size

    def _write_error(self, error: OSError) -> RecordingError:
        return RecordingError(f"cannot write to {self.path}: {error.strerror or error}")


def _open(path: str, flags: int) -> int:
    # O_NONBLOCK: opening a pipe without a reader fails instead of blocking
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
