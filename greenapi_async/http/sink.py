"""The receiving end of a download: a file with a size limit and progress reports."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import BinaryIO, Self

import anyio.to_thread

from greenapi_async.errors import PayloadTooLargeError
from greenapi_async.http.progress import report
from greenapi_async.http.token import strip_traceback
from greenapi_async.models.files import Progress

__all__ = ["Sink"]


class Sink:
    """File that receives a download.

    It is an async context manager; entering it again for a retry starts an empty file.
    """

    def __init__(
        self,
        empty_file: Callable[[], AbstractContextManager[BinaryIO]],
        max_bytes: int | None,
        progress: Progress | None,
    ) -> None:
        """Create a sink.

        Args:
            empty_file: Returns the file, empty, in a context manager that may close it.
            max_bytes: Maximum size; None means unlimited.
            progress: Called with the bytes received and the total after each chunk.
        """
        self._empty_file = empty_file
        self._max_bytes = max_bytes
        self._progress = progress
        self._opened = ExitStack()
        self._file: BinaryIO | None = None
        self._done = 0
        self._failure: Exception | None = None
        self.content_type = ""
        """Content type of the response."""

    async def __aenter__(self) -> Self:
        self._done = 0
        self._file = self._opened.enter_context(self._empty_file())  # in a thread, cancellation would lose the file
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened.close()

    async def write(self, chunk: bytes, total: int | None) -> None:
        """Write the next chunk.

        Args:
            chunk: The bytes.
            total: Size of the whole file; None if unknown.

        Raises:
            PayloadTooLargeError: The file is larger than ``max_bytes``.
        """
        try:
            await self._write(chunk, total)
        except Exception as error:
            self._failure = error
            self._where = error.__traceback__  # up to here; the frames that follow hold the URL
            raise

    def own_error(self) -> Exception | None:
        """Return the error of writing the file or of the progress callback, if any: repeating would not help."""
        return None if self._failure is None else strip_traceback(self._failure).with_traceback(self._where)

    async def _write(self, chunk: bytes, total: int | None) -> None:
        self._done += len(chunk)
        size = max(self._done, total or 0)
        if self._max_bytes is not None and size > self._max_bytes:
            message = f"the file has at least {size:,} bytes; max_bytes allows {self._max_bytes:,}"
            error = PayloadTooLargeError(message, method="download")
            error.advice = "Allow more with max_bytes=, or leave the file where it is."
            raise error
        if not chunk:  # only the size was announced
            return
        if self._file is not None:
            await anyio.to_thread.run_sync(self._file.write, chunk)
        if self._progress is not None:
            await report(self._progress, self._done, total)
