"""Files, and what uploads answer. Manual: 1.3.2, 1.3.3, 1.3.7."""

import os
from collections.abc import AsyncIterable, Callable
from typing import BinaryIO, TypeAlias

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.sent import Sent

__all__ = ["File", "GroupPicture", "ProfilePicture", "Progress", "SentFile", "UploadedFile"]

File: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | AsyncIterable[bytes]
"""A path, bytes, an open binary file, or an async iterator of bytes."""
Progress: TypeAlias = Callable[[int, int | None], object]
"""Called with the bytes done and the bytes in all, None where that is not known."""


@attrs.frozen(kw_only=True)
class UploadedFile(Model):
    """A file in the server's storage."""

    url_file: str | None = None
    """Where it can be fetched, and sent from, for 15 days."""


@attrs.frozen(kw_only=True)
class SentFile(Sent):
    """A file that was uploaded, and its message that the server took into the outgoing queue."""

    url_file: str | None = None
    """Where it can be fetched, and sent from, for 15 days."""


@attrs.frozen(kw_only=True)
class ProfilePicture(Model):
    """The answer of setProfilePicture."""

    set_profile_picture: bool | None = None
    url_avatar: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class GroupPicture(Model):
    """The answer of setGroupPicture."""

    set_group_picture: bool | None = None
    url_avatar: str | None = None
    reason: str | None = None
