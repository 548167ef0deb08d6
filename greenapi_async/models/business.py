"""Answers of ``/v1/messages`` and ``/v1/media``. Source: the vendor's pages on ``v1``."""

from collections.abc import Mapping
from typing import Any

import attrs

from greenapi_async.models.base import Model

__all__ = ["BusinessId", "SentBusinessMessage", "UploadedMedia"]


@attrs.frozen(kw_only=True)
class BusinessId(Model):
    """Id of a message or of a file."""

    id: str


@attrs.frozen(kw_only=True)
class SentBusinessMessage(Model):
    """A message that the server accepted."""

    messages: list[BusinessId]
    meta: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """Id of the message."""
        return self.messages[0].id


@attrs.frozen(kw_only=True)
class UploadedMedia(Model):
    """A file in the server's storage, kept for 24 hours."""

    media: list[BusinessId]
    meta: Mapping[str, Any] | None = None
