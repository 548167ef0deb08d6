"""Uploads: a file with its size known before sending, read in chunks while it is sent.

The size is needed for ``Content-Length`` and for the limit of 100 MB: empty and oversized files are rejected before
anything is sent. A payload can be read more than once, because a request is retried if the connection failed before
anything was sent. Sources that can be read only once (async iterators, pipes) are therefore spooled into a temporary
file first; all others are streamed from where they are. A file is never read into memory as a whole.

A file whose size changes meanwhile is an error. The last chunk is sent only when the end of the file was found where it
was expected, so the server never gets a complete body of such a file and does not execute the request.
"""

import io
import os
import re
import secrets
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

import anyio
import anyio.to_thread
import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.token import strip_traceback
from greenapi_async.models.files import File, Progress

__all__ = [
    "UNKNOWN_CONTENT_TYPE",
    "Payload",
    "UploadBody",
    "as_form",
    "extension_of",
    "jpeg_error",
    "open_payload",
    "with_beginning",
]

Chunks: TypeAlias = Callable[[], AsyncGenerator[bytes]]
"""Reads the content from its beginning, as often as it is called."""

MAX_FILE_BYTES = 100 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
SPOOL_BYTES = 1024 * 1024
"""Size up to which a spooled file stays in memory."""
UNKNOWN_CONTENT_TYPE = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_CONTENT_TYPES = {
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
"""Content types by extension, the same on every machine.

Files with other extensions are sent by name, as manual 1.3.3 requires for ``.py`` and ``.go``.
"""


_PICTURES = (
    (re.compile(rb"\x89PNG"), "a PNG"),
    (re.compile(rb"GIF8"), "a GIF"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "a WebP"),
    (re.compile(rb"....ftyp(?:hei|mif|avi)", re.DOTALL), "a HEIC or AVIF"),
)
_PREFERRED = {"audio/ogg": ".ogg", "image/jpeg": ".jpg"}
_EXTENSIONS = {content_type: extension for extension, content_type in _CONTENT_TYPES.items()} | _PREFERRED


def extension_of(content_type: str) -> str:
    """Return the extension of a content type, with a dot; empty if there is none."""
    return _EXTENSIONS.get(content_type.partition(";")[0].strip().lower(), "")


@attrs.frozen
class Payload:
    """Body of an upload."""

    name: str | None
    """File name; None if the source has none."""
    content_type: str
    size: int
    """Bytes."""
    chunks: Chunks = attrs.field(repr=False)
    beginning: bytes = attrs.field(default=b"", repr=False)
    """The first bytes, if ``with_beginning`` has read them."""


async def with_beginning(payload: Payload) -> Payload:
    """Return a payload with its first bytes, which tell the format of a picture."""
    async with aclosing(payload.chunks()) as chunks:
        return attrs.evolve(payload, beginning=(await anext(chunks))[:16])


def jpeg_error(value: Any) -> str | None:
    """Return why the payload is not a JPEG, by its first bytes; None if it is one."""
    beginning = cast("Payload", value).beginning
    if beginning.startswith(b"\xff\xd8\xff"):
        return None
    found = next((name for signature, name in _PICTURES if signature.match(beginning)), "not a JPEG")
    return f"is {found}; the server expects a picture in JPEG format, whatever its name: convert it"


@asynccontextmanager
async def open_payload(
    file: File, *, name: str | None = None, content_type: str | None = None, progress: Progress | None = None
) -> AsyncGenerator[Payload]:
    """Open a file for upload; it is closed at the end of the block.

    Args:
        file: A path, bytes, an open binary file or an async iterator of bytes. A file passed open stays open.
        name: File name; None means the file's own name, if it has one.
        content_type: Content type; None means the one of the file name's extension.
        progress: Called with the bytes sent and the total after each chunk.

    Raises:
        InvalidArgumentError: The file is empty, larger than 100 MB, unreadable, not a file at all, or its size changes
            while it is read.
    """
    for argument, value in (("file_name", name), ("content_type", content_type)):
        if not isinstance(cast("object", value), str | None):
            raise InvalidArgumentError(f"{argument} is of type {type(value).__name__}; expected a string")
    async with AsyncExitStack() as stack:
        own_name, size, chunks = await _open(file, stack)
        name = name or own_name
        if not 0 < size <= MAX_FILE_BYTES:
            problem = "is empty" if size == 0 else f"has {size:,} bytes"
            raise InvalidArgumentError(f"the file {name or ''} {problem}; 1 to {MAX_FILE_BYTES:,} bytes are allowed")
        if progress is not None:
            chunks = _with_progress(chunks, size, progress)
        guessed = content_type or _CONTENT_TYPES.get(Path(name or "").suffix.lower(), UNKNOWN_CONTENT_TYPE)
        yield Payload(name, guessed, size, chunks)


async def _open(file: File, stack: AsyncExitStack) -> tuple[str | None, int, Chunks]:
    """Return name, size and content of a source."""
    if isinstance(file, bytes | bytearray | memoryview):
        content = bytes(file)
        return None, len(content), lambda: _read_bytes(content)
    if isinstance(file, AsyncIterable):
        return None, *await _spool(file, stack)
    if isinstance(file, str | os.PathLike):
        return await _open_binary(await _open_path(Path(file), stack), stack)
    read: object = getattr(file, "read", None)
    if not callable(read) or isinstance(file, io.TextIOBase):
        raise InvalidArgumentError(
            f"file is of type {type(file).__name__}; expected a path, bytes, a file opened with 'rb', or an async "
            "iterator of bytes"
        )
    return await _open_binary(file, stack)


async def _open_path(path: Path, stack: AsyncExitStack) -> BinaryIO:
    try:
        file = cast("BinaryIO", await anyio.to_thread.run_sync(path.open, "rb"))
    except OSError as error:
        raise InvalidArgumentError(f"the file {path.name} cannot be read: {error.strerror}") from None
    stack.callback(file.close)
    return file


async def _open_binary(file: BinaryIO, stack: AsyncExitStack) -> tuple[str | None, int, Chunks]:
    path = getattr(file, "name", None)
    name = Path(path).name if isinstance(path, str) else None
    if not file.seekable():
        return name, *await _spool(_read_chunks(file), stack)
    start = await anyio.to_thread.run_sync(file.tell)
    end = await anyio.to_thread.run_sync(file.seek, 0, os.SEEK_END)
    return name, end - start, lambda: _read_unchanged(file, start, end, name)


async def _read_bytes(content: bytes) -> AsyncGenerator[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


async def _read_from(file: BinaryIO, start: int) -> AsyncGenerator[bytes]:
    await anyio.to_thread.run_sync(file.seek, start)
    async with aclosing(_read_chunks(file)) as chunks:
        async for chunk in chunks:
            yield chunk


async def _read_unchanged(file: BinaryIO, start: int, end: int, name: str | None) -> AsyncGenerator[bytes]:
    """Read a file; raise before its last chunk if it no longer has the size from which the upload started."""
    position, held = start, b""
    async with aclosing(_read_from(file, start)) as chunks:
        async for chunk in chunks:
            position += len(chunk)
            if position > end:
                break
            if held:
                yield held
            held = chunk
    if position != end:
        now = await anyio.to_thread.run_sync(file.seek, 0, os.SEEK_END) - start
        shown = f"the file {name}" if name else "the file"
        raise InvalidArgumentError(
            f"{shown} had {end - start:,} bytes when the upload began and has {now:,} bytes now. The "
            "body was cut short, so the request was not executed; upload a copy that does not change"
        )
    yield held


async def _read_chunks(file: BinaryIO) -> AsyncGenerator[bytes]:
    while chunk := await anyio.to_thread.run_sync(file.read, CHUNK_BYTES):
        yield chunk


async def _spool(source: AsyncIterable[bytes], stack: AsyncExitStack) -> tuple[int, Chunks]:
    """Copy a source into a temporary file and return its size and content."""
    temporary = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES))  # noqa: SIM115  the stack does
    spooled = cast("BinaryIO", temporary)
    size = 0
    try:
        async for chunk in source:
            size += len(chunk)
            if size > MAX_FILE_BYTES:
                raise InvalidArgumentError(f"the stream has over {MAX_FILE_BYTES:,} bytes; no more are allowed")
            await anyio.to_thread.run_sync(spooled.write, chunk)
    finally:
        if isinstance(source, AsyncGenerator):
            await cast("AsyncGenerator[bytes]", source).aclose()
    return size, lambda: _read_from(spooled, 0)


def _with_progress(chunks: Chunks, size: int, progress: Progress) -> Chunks:
    async def read() -> AsyncGenerator[bytes]:
        done = 0
        async with aclosing(chunks()) as parts:
            async for part in parts:
                yield part
                done += len(part)
                progress(done, size)

    return read


def as_form(fields: Mapping[str, str], file: Payload) -> Payload:
    """Return a file and form fields encoded as multipart/form-data.

    Args:
        fields: The other fields of the form.
        file: The file, sent as the field ``file``.
    """
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


class UploadBody:
    """Body of an upload that remembers errors of the file itself."""

    def __init__(self, payload: Payload) -> None:
        self._chunks = payload.chunks()
        self._watched = self._watch()
        self.failure: Exception | None = None

    def __aiter__(self) -> AsyncGenerator[bytes]:
        return self._watched

    async def _watch(self) -> AsyncGenerator[bytes]:
        try:
            async for chunk in self._chunks:
                yield chunk
        except Exception as error:
            self.failure = error
            self._where = error.__traceback__  # up to here; the frames that follow hold the token
            raise

    def own_error(self) -> Exception | None:
        """Return the error of reading the file, if any: the truncated request was not executed."""
        return None if self.failure is None else strip_traceback(self.failure).with_traceback(self._where)

    async def aclose(self) -> None:
        """Close the file's iterators."""
        await self._watched.aclose()
        await self._chunks.aclose()
