"""Files on their way to the server: their size known before sending, their bytes read as they leave.

A payload can be read more than once, for a connection that failed before anything was sent is tried again. So a stream
of bytes is put into a temporary file first, which also tells its size: what is empty or too large is refused before a
byte has left.
"""

import io
import os
import secrets
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import BinaryIO, cast

import anyio
import anyio.to_thread
import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.files import File, Progress

__all__ = ["LARGEST_FILE", "UNKNOWN_TYPE", "Payload", "as_form", "opened"]

LARGEST_FILE = 100 * 1024 * 1024
CHUNK = 64 * 1024
UNKNOWN_TYPE = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TYPES = {
    ".3gp": "video/3gpp",
    ".7z": "application/x-7z-compressed",
    ".aac": "audio/aac",
    ".amr": "audio/amr",
    ".avi": "video/x-msvideo",
    ".csv": "text/csv",
    ".doc": "application/msword",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".gif": "image/gif",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".m4a": "audio/mp4",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".rar": "application/vnd.rar",
    ".txt": "text/plain",
    ".vcf": "text/vcard",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
"""Types by ending, the same on every machine; other files go by name, as 1.3.3 has it for ``.py`` and ``.go``."""


@attrs.frozen
class Payload:
    """What is sent as a file."""

    name: str | None
    content_type: str
    size: int
    chunks: Callable[[], AsyncGenerator[bytes]] = attrs.field(repr=False)


@asynccontextmanager
async def opened(
    file: File,
    *,
    name: str | None = None,
    content_type: str | None = None,
    largest: int = LARGEST_FILE,
    progress: Progress | None = None,
) -> AsyncGenerator[Payload]:
    """Look at a file, and keep what it needs while the scope lasts.

    Raises ``InvalidArgumentError`` if it is empty, too large, or no file.
    """
    async with AsyncExitStack() as stack:
        own_name, size, chunks = await _open(file, largest, stack)
        name = name or own_name
        if not 0 < size <= largest:
            given = "is empty" if size == 0 else f"has {size:,} bytes"
            raise InvalidArgumentError(f"the file {name or ''} {given}; 1 to {largest:,} bytes are allowed")
        if progress is not None:
            chunks = _reported(chunks, size, progress)
        guessed = content_type or _TYPES.get(Path(name or "").suffix.lower(), UNKNOWN_TYPE)
        yield Payload(name, guessed, size, chunks)


async def _open(
    file: File, largest: int, stack: AsyncExitStack
) -> tuple[str | None, int, Callable[[], AsyncGenerator[bytes]]]:
    if isinstance(file, bytes | bytearray | memoryview):
        content = bytes(file)
        return None, len(content), lambda: _from_bytes(content)
    if isinstance(file, AsyncIterable):
        return None, *await _spooled(file, largest, stack)
    if isinstance(file, str | os.PathLike):
        return await _open_binary(await _open_path(Path(file), stack), largest, stack)
    read: object = getattr(file, "read", None)
    if not callable(read) or isinstance(file, io.TextIOBase):
        raise InvalidArgumentError(
            f"{type(file).__name__} is no file; give a path, bytes, a file opened with 'rb', or an async iterator"
        )
    return await _open_binary(file, largest, stack)


async def _open_path(path: Path, stack: AsyncExitStack) -> BinaryIO:
    try:
        file = cast("BinaryIO", await anyio.to_thread.run_sync(path.open, "rb"))
    except OSError as error:
        raise InvalidArgumentError(f"the file {path.name} cannot be read: {error.strerror}") from None
    stack.callback(file.close)
    return file


async def _open_binary(
    file: BinaryIO, largest: int, stack: AsyncExitStack
) -> tuple[str | None, int, Callable[[], AsyncGenerator[bytes]]]:
    given = getattr(file, "name", None)
    name = Path(given).name if isinstance(given, str) else None
    if not file.seekable():
        return name, *await _spooled(_rest_of(file), largest, stack)
    start = await anyio.to_thread.run_sync(file.tell)
    end = await anyio.to_thread.run_sync(file.seek, 0, os.SEEK_END)
    return name, end - start, lambda: _from_file(file, start)


async def _from_bytes(content: bytes) -> AsyncGenerator[bytes]:
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


async def _from_file(file: BinaryIO, start: int) -> AsyncGenerator[bytes]:
    await anyio.to_thread.run_sync(file.seek, start)
    async with aclosing(_rest_of(file)) as parts:
        async for part in parts:
            yield part


async def _rest_of(file: BinaryIO) -> AsyncGenerator[bytes]:
    while chunk := await anyio.to_thread.run_sync(file.read, CHUNK):
        yield chunk


async def _spooled(
    parts: AsyncIterable[bytes], largest: int, stack: AsyncExitStack
) -> tuple[int, Callable[[], AsyncGenerator[bytes]]]:
    temporary = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=1024 * 1024))  # noqa: SIM115  the stack does
    spooled = cast("BinaryIO", temporary)
    return await _spool(parts, spooled, largest), lambda: _from_file(spooled, 0)


async def _spool(parts: AsyncIterable[bytes], spooled: BinaryIO, largest: int) -> int:
    size = 0
    try:
        async for part in parts:
            size += len(part)
            if size > largest:
                raise InvalidArgumentError(f"the stream has over {largest:,} bytes; no more are allowed")
            await anyio.to_thread.run_sync(spooled.write, part)
    finally:
        if isinstance(parts, AsyncGenerator):
            await cast("AsyncGenerator[bytes]", parts).aclose()
    return size


def _reported(
    chunks: Callable[[], AsyncGenerator[bytes]], size: int, progress: Progress
) -> Callable[[], AsyncGenerator[bytes]]:
    async def reported() -> AsyncGenerator[bytes]:
        done = 0
        async with aclosing(chunks()) as parts:
            async for part in parts:
                yield part
                done += len(part)
                progress(done, size)

    return reported


def as_form(fields: Mapping[str, str], file: Payload) -> Payload:
    """Wrap a file and its fields as multipart/form-data."""
    boundary = secrets.token_hex(16)
    head = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    file_name = (file.name or "file").translate({ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"})
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
        f"Content-Type: {file.content_type}\r\n\r\n"
    ).encode()
    tail = f"\r\n--{boundary}--\r\n".encode()

    async def chunks() -> AsyncGenerator[bytes]:
        yield head
        async with aclosing(file.chunks()) as parts:
            async for part in parts:
                yield part
        yield tail

    size = len(head) + file.size + len(tail)
    return Payload(file.name, f"multipart/form-data; boundary={boundary}", size, chunks)
