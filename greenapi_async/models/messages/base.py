"""Base classes of messages."""

import base64
from typing import TYPE_CHECKING, ClassVar

import attrs

from greenapi_async.models.base import DERIVED, Model
from greenapi_async.models.service_errors import ServiceError, service_error

if TYPE_CHECKING:
    from greenapi_async.models.messages import FileMessage, Message

__all__ = ["BaseMessage", "NonTextMessage"]


@attrs.frozen(kw_only=True)
class BaseMessage(Model):
    """Base class of messages. A field that the message type does not have is None.

    Attributes:
        types: Values of ``typeMessage`` for this class, compared case-insensitively.
        wrappers: Names of the JSON objects that can hold the message's fields.
        is_event: True for edits, deletions, reactions and votes: events about another message, not new messages.
        type_message: Message type as spelled by the server.
        stanza_id: For a quote, the id of the quoted message; otherwise the id of the message this one refers to.
        participant: Chat id of the author of the message ``stanza_id``.
        forwarding_score: How often the message was forwarded.
        quoted: The message that this one replies to.
    """

    types: ClassVar[tuple[str, ...]] = ()
    wrappers: ClassVar[tuple[str, ...]] = ()
    is_event: ClassVar[bool] = False

    type_message: str | None = None
    stanza_id: str | None = None
    participant: str | None = None
    is_forwarded: bool | None = None
    forwarding_score: int | None = None
    quoted: "Message | None" = attrs.field(default=None, metadata=DERIVED)

    @property
    def file(self) -> "FileMessage | None":
        """The message itself if it has a file, for ``Client.download``; otherwise None."""
        return None

    @property
    def thumbnail(self) -> bytes | None:
        """The preview as JPEG; None if there is no valid one."""
        encoded: object = getattr(self, "jpeg_thumbnail", None)
        if not isinstance(encoded, str) or not encoded:
            return None
        try:
            return base64.b64decode(encoded, validate=True)
        except ValueError:
            return None

    @property
    def service_error(self) -> ServiceError | None:
        """Marker that replaces content the server could not obtain; its ``advice`` says what to do."""
        for name in ("text", "download_url"):
            found = service_error(getattr(self, name, None))
            if found is not None:
                return found
        return None


@attrs.frozen(kw_only=True)
class NonTextMessage(BaseMessage):
    """Base class of messages without a ``text`` field of their own."""

    @property
    def text(self) -> str | None:
        """Human-readable text, or None."""
        return None
