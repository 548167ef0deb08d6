"""Sources of uploads: everything that is accepted as a file, opened for reading more than once.

Sources that can be read only once (async iterators, streamed responses, pipes) are spooled into a temporary file first;
all others are streamed from where they are. Thus a retry never sends the rest of a source that is already consumed. A
file is never read into memory as a whole.

A file whose size changes meanwhile is an error. The last chunk is sent only when the end of the file was found where it
was expected, so the server never gets a complete body of such a file and does not execute the request.

Files of other libraries are recognised by what they can do, so none of these libraries is imported.
"""

import inspect
import io
import os
import re
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import AsyncExitStack, suppress
from email.message import Message
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast
from urllib.parse import unquote, urlsplit

import anyio
import anyio.to_thread
import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.file_types import UNKNOWN_CONTENT_TYPE, content_type_of, extension_of
from greenapi_async.http.shared_file import SharedFile, call, shared_file
from greenapi_async.models.files import File

__all__ = ["CHUNK_BYTES", "MAX_FILE_BYTES", "SPOOL_BYTES", "Chunks", "Source", "is_text_file", "open_source"]

Chunks: TypeAlias = Callable[[], AsyncGenerator[bytes]]
"""Reads the content from its beginning, as often as it is called."""

MAX_FILE_BYTES = 100 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
SPOOL_BYTES = 1024 * 1024
"""Size up to which a spooled file stays in memory."""
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]+")
_EXPECTED = (
    "expected a path, bytes, a file opened with 'rb' (also one of aiofiles, anyio or FastAPI), an httpx.Response, or "
    "an async iterator of bytes"
)


@attrs.frozen
class Source:
    """A file opened for upload."""

    name: str | None
    """File name; None if the source has none."""
    content_type: str | None
    """Content type that the source states; None if it states none."""
    size: int
    """Bytes."""
    chunks: Chunks = attrs.field(repr=False)
    hint: str = ""
    """Possible reason for empty content."""


async def open_source(file: File, stack: AsyncExitStack) -> Source:
    """Open a file in any of its forms; what this function opens is closed with the stack.

    Args:
        file: The file.
        stack: Closes temporary files and files opened by path.

    Raises:
        InvalidArgumentError: It is not a file, or cannot be read.
    """
    if isinstance(file, bytes | bytearray | memoryview):
        content = bytes(file)
        return Source(None, None, len(content), lambda: _read_bytes(content))
    if isinstance(file, str | os.PathLike):
        return await _open_file(await _open_path(Path(file), stack), stack)
    if callable(getattr(file, "aiter_bytes", None)):
        return await _open_response(file, stack)
    if callable(getattr(file, "read", None)):
        return await _open_file(file, stack)
    if isinstance(file, AsyncIterable):
        size, chunks = await _spool(file, stack)
        return Source(None, None, size, chunks, "; an iterator can be read only once")
    raise _not_a_file(file)


def is_text_file(file: object) -> bool:
    """Return whether a file was opened in text mode."""
    return isinstance(file, io.TextIOBase) or isinstance(getattr(file, "encoding", None), str)


def _not_a_file(file: object) -> InvalidArgumentError:
    kind = "a text file" if is_text_file(file) else f"of type {type(file).__name__}"
    hint = " (is an await missing?)" if inspect.isawaitable(file) else ""
    if inspect.iscoroutine(file):
        file.close()  # it is reported here, so Python need not warn that it was never awaited
    return InvalidArgumentError(f"file is {kind}{hint}; {_EXPECTED}")


async def _open_path(path: Path, stack: AsyncExitStack) -> BinaryIO:
    try:
        file = cast("BinaryIO", await anyio.to_thread.run_sync(path.open, "rb"))
    except OSError as error:
        raise InvalidArgumentError(f"the file {path.name} cannot be read: {error.strerror}") from None
    stack.callback(file.close)
    return file


async def _open_file(file: Any, stack: AsyncExitStack) -> Source:
    """Open a file that has been opened before, blocking or asynchronous."""
    name, content_type = _name_of(file), _content_type_of(file)
    is_upload = inspect.iscoroutinefunction(file.read) and hasattr(file, "filename") and hasattr(file, "file")
    opened = file.file if is_upload else file  # an UploadFile cannot tell its position
    if is_text_file(opened) or not _reads_a_size(opened):
        raise _not_a_file(opened)
    if getattr(opened, "closed", False) is True:
        raise InvalidArgumentError(f"the file {name or ''} is closed; pass it while it is open")
    seekable = getattr(opened, "seekable", None)
    if seekable is None or not await call(seekable):
        size, chunks = await _spool(_read_chunks(opened), stack)
        return Source(name, content_type, size, chunks)
    shared = await stack.enter_async_context(shared_file(opened))
    start, end = 0 if is_upload else shared.start, await shared.end()
    hint = f" after its position {start:,}: rewind it with seek(0)" if start else ""
    return Source(name, content_type, end - start, lambda: _read_unchanged(shared, start, end, name), hint)


def _reads_a_size(file: Any) -> bool:
    """Return whether ``read`` takes a size."""
    try:
        inspect.signature(file.read).bind(1)
    except TypeError:
        return False
    except ValueError:  # some built-in functions have no signature
        pass
    return True


def _name_of(file: Any) -> str | None:
    """Return the last part of a file's name; ``name`` of an uploaded file may be that of the form's field."""
    if hasattr(file, "filename"):
        return _untrusted_name(file.filename)
    name = getattr(file, "name", None)
    return Path(name).name or None if isinstance(name, str) else None  # it may be a descriptor's number


def _untrusted_name(name: object) -> str | None:
    """Return the last part of a name from the network, without control characters."""
    last = re.split(r"[/\\]", name)[-1] if isinstance(name, str) else ""
    return _CONTROL_CHARACTERS.sub("_", last) if last.strip(". ") else None


def _content_type_of(file: Any) -> str | None:
    given = getattr(file, "content_type", None)
    kind = given.partition(";")[0].strip().lower() if isinstance(given, str) else ""
    return kind if kind not in {"", UNKNOWN_CONTENT_TYPE} else None


async def _open_response(response: Any, stack: AsyncExitStack) -> Source:
    """Open an HTTP response, by the interface of httpx."""
    status = response.status_code
    if not 200 <= status < 300:
        raise InvalidArgumentError(f"file is a response with status {status}; expected one that succeeded (2xx)")
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower() or None
    name = _response_name(response, content_type)
    try:
        content: bytes = response.content
    except RuntimeError:  # not read yet
        try:
            return Source(name, content_type, *await _spool(response.aiter_bytes(), stack))
        except RuntimeError as error:
            reason = type(error).__name__
        raise InvalidArgumentError(
            f"the response cannot be read ({reason}); pass it before its stream is consumed or closed, or after "
            "response.read() or response.aread()"
        ) from None
    return Source(name, content_type, len(content), lambda: _read_bytes(content))


def _response_name(response: Any, content_type: str | None) -> str | None:
    """Return the file name of a response: from Content-Disposition, or the last part of its URL."""
    disposition = Message()
    disposition["content-disposition"] = re.sub(r"[\r\n]", " ", response.headers.get("content-disposition", ""))
    with suppress(ValueError, LookupError, TypeError):  # a malformed header
        if given := disposition.get_filename():
            return _untrusted_name(given)
    with suppress(RuntimeError):  # a response without a request has no URL
        name = unquote(urlsplit(str(response.url)).path).rpartition("/")[2]
        extension = extension_of(content_type or "")
        if name and extension and content_type_of(name) == UNKNOWN_CONTENT_TYPE:
            name = Path(name).stem + extension  # download.php
        return _untrusted_name(name)
    return None


async def _read_bytes(content: bytes) -> AsyncGenerator[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


async def _read_unchanged(file: SharedFile, start: int, end: int, name: str | None) -> AsyncGenerator[bytes]:
    """Read a file; raise before its last chunk if it no longer has the size from which the upload started."""
    position, held = start, b""
    while position <= end and (chunk := _checked_chunk(await file.read_at(position, CHUNK_BYTES))):
        position += len(chunk)
        if position <= end:
            if held:
                yield held
            held = chunk
    if position != end:
        now = await file.end()
        shown = f"the file {name}" if name else "the file"
        raise InvalidArgumentError(
            f"{shown} had {end - start:,} bytes when the upload began and has {now - start:,} bytes now. The "
            "body was cut short, so the request was not executed; upload a copy that does not change"
        )
    yield held


async def _read_chunks(file: Any) -> AsyncGenerator[bytes]:
    while chunk := await call(file.read, CHUNK_BYTES):
        yield _checked_chunk(chunk)


def _checked_chunk(chunk: object) -> bytes:
    if isinstance(chunk, bytes):
        return chunk
    if isinstance(chunk, bytearray | memoryview):
        return bytes(cast("bytearray", chunk))
    raise InvalidArgumentError(f"the file yielded {type(chunk).__name__}; expected bytes: open it in binary mode")


async def _spool(source: AsyncIterable[bytes], stack: AsyncExitStack) -> tuple[int, Chunks]:
    """Copy a source into a temporary file and return its size and content."""
    temporary = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES))  # noqa: SIM115  the stack does
    spooled = cast("BinaryIO", temporary)
    size = 0
    try:
        async for chunk in source:
            size += len(_checked_chunk(chunk))
            if size > MAX_FILE_BYTES:
                raise InvalidArgumentError(f"the stream has over {MAX_FILE_BYTES:,} bytes; no more are allowed")
            await anyio.to_thread.run_sync(spooled.write, chunk)
    finally:
        if isinstance(source, AsyncGenerator):
            await cast("AsyncGenerator[bytes]", source).aclose()
    shared = await stack.enter_async_context(shared_file(spooled))
    return size, lambda: _read_unchanged(shared, 0, size, None)
