"""Uploads: a file with its size known before sending, read in chunks while it is sent.

The size is needed for ``Content-Length`` and for the limit of 100 MB: empty and oversized files are rejected before
anything is sent. A payload can be read more than once, because a request is retried if the connection failed before
anything was sent (see ``file_sources``).
"""

import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any, cast

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.file_sources import MAX_FILE_BYTES, Chunks, open_source
from greenapi_async.http.file_types import (
    UNKNOWN_CONTENT_TYPE,
    content_type_of,
    extension_of,
    image_type,
    with_extension,
)
from greenapi_async.http.progress import report
from greenapi_async.http.token import strip_traceback
from greenapi_async.models.files import File, Progress

__all__ = ["Payload", "UploadBody", "as_form", "jpeg_error", "open_payload"]

_BEGINNING = 16
"""Bytes in which the format of an image is recognised."""


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
    """The first bytes of the file."""


def jpeg_error(value: Any) -> str | None:
    """Return why the payload is not a JPEG, by its first bytes; None if it is one."""
    kind = image_type(None, cast("Payload", value).beginning)
    if kind == "image/jpeg":
        return None
    found = "not a JPEG" if kind is None else f"a {kind.removeprefix('image/').upper()}"
    return f"is {found}; the server expects a picture in JPEG format, whatever its name: convert it"


@asynccontextmanager
async def open_payload(
    file: File, *, name: str | None = None, content_type: str | None = None, progress: Progress | None = None
) -> AsyncGenerator[Payload]:
    """Open a file for upload; it is closed at the end of the block.

    Args:
        file: A file in any of its forms. One that is passed open stays open.
        name: File name; None means the file's own name, if it has one, or a made-up one if its type is known.
        content_type: Content type; None means that of an image by its first bytes, of the file name's extension, or the
            file's own.
        progress: Called with the bytes sent and the total after each chunk.

    Raises:
        InvalidArgumentError: The file is empty, larger than 100 MB, unreadable, not a file at all, or its size changes
            while it is read.
    """
    for argument, value in (("file_name", name), ("content_type", content_type)):
        if not isinstance(cast("object", value), str | None):
            raise InvalidArgumentError(f"{argument} is of type {type(value).__name__}; expected a string")
    async with AsyncExitStack() as stack:
        source = await open_source(file, stack)
        name = name or source.name
        if not 0 < source.size <= MAX_FILE_BYTES:
            problem = f"is empty{source.hint}" if source.size == 0 else f"has {source.size:,} bytes"
            raise InvalidArgumentError(f"the file {name or ''} {problem}; 1 to {MAX_FILE_BYTES:,} bytes are allowed")
        beginning = await _read_beginning(source.chunks)
        image = image_type(name, beginning)
        kind = content_type or image or _type_by_name(name, source.content_type)
        name = _complete_name(name, image or kind, "file" if image is None else "image")
        chunks = source.chunks if progress is None else _with_progress(source.chunks, source.size, progress)
        yield Payload(name, kind, source.size, chunks, beginning)


def _type_by_name(name: str | None, own: str | None) -> str:
    """Return the content type of a file name; the file's own one if the name has no extension."""
    kind = content_type_of(name)
    has_extension = "." in (name or "").strip(".")
    return kind if kind != UNKNOWN_CONTENT_TYPE or has_extension else own or UNKNOWN_CONTENT_TYPE


def _complete_name(name: str | None, content_type: str, made_up: str) -> str | None:
    """Return the name with the extension of the content; None if there is neither a name nor an extension."""
    if name is not None:
        return with_extension(name, content_type)
    extension = extension_of(content_type)
    return f"{made_up}{extension}" if extension else None


async def _read_beginning(chunks: Chunks) -> bytes:
    beginning = b""
    async with aclosing(chunks()) as parts:
        async for part in parts:
            beginning += part[:_BEGINNING]
            if len(beginning) >= _BEGINNING:
                break
    return beginning[:_BEGINNING]


def _with_progress(chunks: Chunks, size: int, progress: Progress) -> Chunks:
    async def read() -> AsyncGenerator[bytes]:
        done = 0
        async with aclosing(chunks()) as parts:
            async for part in parts:
                yield part
                done += len(part)
                await report(progress, done, size)

    return read


def as_form(fields: Mapping[str, str], file: Payload) -> Payload:
    """Return a file and form fields encoded as multipart/form-data.

    Args:
        fields: The other fields of the form.
        file: The file, sent as the field ``file``.
    """
    boundary = secrets.token_hex(16)
    head = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{_quoted(file.name or "file")}"\r\n'
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


def _quoted(name: str) -> str:
    return name.translate({ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"})


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
