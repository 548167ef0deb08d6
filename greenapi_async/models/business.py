"""What ``/v1/messages`` and ``/v1/media`` answer. Source: the vendor's pages on ``v1``."""

from collections.abc import Mapping
from typing import Any

import attrs

from greenapi_async.models.base import Model

__all__ = ["BusinessId", "SentBusinessMessage", "UploadedMedia"]


@attrs.frozen(kw_only=True)
class BusinessId(Model):
    """An entry of an answer's list."""

    id: str


@attrs.frozen(kw_only=True)
class SentBusinessMessage(Model):
    """A message that the server took."""

    messages: list[BusinessId]
    meta: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """The id of the message."""
        return self.messages[0].id


@attrs.frozen(kw_only=True)
class UploadedMedia(Model):
    """A file in the server's storage, for 24 hours."""

    media: list[BusinessId]
    meta: Mapping[str, Any] | None = None
