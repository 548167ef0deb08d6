"""Writers of the user: files, blocking or asynchronous, and streams, recognised by what they can do."""

import inspect
from typing import Any, BinaryIO

import anyio.to_thread

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.file_sources import CHUNK_BYTES, is_text_file
from greenapi_async.http.shared_file import call
from greenapi_async.models.files import Writer

__all__ = ["check_writer", "copy_to_writer"]


async def check_writer(writer: Writer) -> None:
    """Check that bytes can be written, as far as this is known without writing any.

    Raises:
        InvalidArgumentError: It is not a binary file open for writing, nor a stream.
    """
    problem = None
    if not callable(getattr(writer, "write", None)) and not inspect.iscoroutinefunction(getattr(writer, "send", None)):
        problem = f"of type {type(writer).__name__}"
        if inspect.isawaitable(writer):
            problem += " (is an await missing?)"
    elif is_text_file(writer):
        problem = "a text file"
    elif getattr(writer, "closed", False) is True:
        problem = "a closed file"
    elif not await _is_writable(writer):
        problem = "a file that is open for reading only"
    if inspect.iscoroutine(writer):
        writer.close()  # it is reported here, so Python need not warn that it was never awaited
    if problem is not None:
        raise InvalidArgumentError(
            f"path is {problem}; expected a path, None for bytes, a file opened with 'wb' (also one of aiofiles or "
            "anyio), or a stream such as anyio's ByteSendStream",
            method="download",
        )


async def copy_to_writer(file: BinaryIO, writer: Any) -> int:
    """Copy a file to a writer, which stays open, and return the number of bytes.

    Args:
        file: The file, read from its beginning.
        writer: Where to copy it.
    """
    done = 0
    await anyio.to_thread.run_sync(file.seek, 0)
    while chunk := await anyio.to_thread.run_sync(file.read, CHUNK_BYTES):
        await _write_all(writer, chunk)
        done += len(chunk)
    if not hasattr(writer, "drain") and callable(getattr(writer, "flush", None)):
        await call(writer.flush)
    return done


async def _write_all(writer: Any, chunk: bytes) -> None:
    if not callable(getattr(writer, "write", None)):
        await writer.send(chunk)
    elif callable(getattr(writer, "drain", None)):  # asyncio.StreamWriter belongs to the event loop's thread
        writer.write(chunk)
        await writer.drain()
    else:
        while chunk:
            written = await call(writer.write, chunk)
            if not isinstance(written, int) or written == len(chunk):
                return
            if written <= 0:
                raise OSError(f"{type(writer).__name__}.write() wrote nothing")
            chunk = chunk[written:]  # an unbuffered file may write a part


async def _is_writable(writer: Any) -> bool:
    writable = getattr(writer, "writable", None)
    return not callable(writable) or bool(await call(writable))
