"""Files, and the answers of the methods that upload them. Source: manual 1.3.2, 1.3.3 and 1.3.7."""

import os
from collections.abc import AsyncIterable, Callable
from datetime import datetime
from typing import BinaryIO, TypeAlias

import attrs

from greenapi_async.models.base import DERIVED, Model
from greenapi_async.models.sent import Sent

__all__ = ["File", "GroupPicture", "ProfilePicture", "Progress", "SentFile", "UploadedFile"]

File: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | AsyncIterable[bytes]
"""A path, bytes, an open binary file, or an async iterator of bytes."""
Progress: TypeAlias = Callable[[int, int | None], object]
"""Callback with the number of bytes transferred and the total; None if the total is unknown."""


@attrs.frozen(kw_only=True)
class UploadedFile(Model):
    """A file in the server's storage.

    Attributes:
        url_file: URL for downloading the file and for ``send_file_by_url``, valid for 15 days.
        expires_at: End of the URL's validity according to the storage, in UTC; None if it was not asked.
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
