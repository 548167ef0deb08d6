"""Files, and the answers of the methods that upload them. Source: manual 1.3.2, 1.3.3 and 1.3.7.

Files of other libraries are described by protocols, so that none of these libraries is needed.
"""

import os
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import IO, Protocol, TypeAlias

import attrs

from greenapi_async.models.base import DERIVED, Model
from greenapi_async.models.sent import Sent

__all__ = [
    "File",
    "GroupPicture",
    "ProfilePicture",
    "Progress",
    "ReadableFile",
    "ReadableResponse",
    "SentFile",
    "UploadedFile",
    "WritableFile",
    "WritableStream",
    "Writer",
]


class ReadableFile(Protocol):
    """A binary file open for reading, blocking or asynchronous.

    For example a file of aiofiles or anyio, the ``UploadFile`` of FastAPI and Starlette, or an uploaded file of Flask
    or Django. Its ``filename`` or ``name`` is used if it has one, and its ``content_type``.
    """

    def read(self, size: int, /) -> bytes | Awaitable[bytes]:
        """Return at most ``size`` bytes; none at the end of the file."""
        ...


class ReadableResponse(Protocol):
    """An HTTP response whose content is the file: ``httpx.Response`` or ``httpx2.Response``, read or streamed."""

    @property
    def status_code(self) -> int:
        """The HTTP status; only a success is sent."""
        ...

    def aiter_bytes(self) -> AsyncIterator[bytes]:
        """Yield the content."""
        ...


class WritableFile(Protocol):
    """A binary file open for writing, blocking or asynchronous, or anything else with such a method."""

    def write(self, data: bytes, /) -> object:
        """Write bytes; a result that is awaitable is awaited."""
        ...


class WritableStream(Protocol):
    """A stream for bytes, such as ``anyio.abc.ByteSendStream``."""

    def send(self, item: bytes, /) -> Awaitable[object]:
        """Send bytes."""
        ...


File: TypeAlias = str | os.PathLike[str] | bytes | IO[bytes] | ReadableFile | ReadableResponse | AsyncIterable[bytes]
"""A path, bytes, an open binary file (also an asynchronous one), an HTTP response, or an async iterator of bytes."""
Writer: TypeAlias = IO[bytes] | WritableFile | WritableStream
"""A binary file open for writing (also an asynchronous one), or a stream for bytes."""
Progress: TypeAlias = Callable[[int, int | None], object]
"""Function of the bytes transferred and the total, which is None if unknown. An ``async`` one is awaited."""


@attrs.frozen(kw_only=True)
class UploadedFile(Model):
    """A file in the server's storage.

    Attributes:
        url_file: URL for downloading the file and for ``send_file_by_url``, valid for 15 days.
        expires_at: Until when the storage keeps the file; None unless ``upload_file`` was called ``with_expiry``.
    """

    url_file: str | None = None
    expires_at: datetime | None = attrs.field(default=None, metadata=DERIVED)


@attrs.frozen(kw_only=True)
class SentFile(Sent):
    """An uploaded file, and its message in the outgoing queue.

    Attributes:
        url_file: URL for downloading the file and for ``send_file_by_url``, valid for 15 days.
    """

    url_file: str | None = None


@attrs.frozen(kw_only=True)
class ProfilePicture(Model):
    """Answer of setProfilePicture."""

    set_profile_picture: bool | None = None
    url_avatar: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class GroupPicture(Model):
    """Answer of setGroupPicture."""

    set_group_picture: bool | None = None
    url_avatar: str | None = None
    reason: str | None = None
