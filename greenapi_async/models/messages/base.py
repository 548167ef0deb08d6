"""What is common to messages."""

import base64
from typing import TYPE_CHECKING, ClassVar

import attrs

from greenapi_async.models.base import LIFTED, Model
from greenapi_async.models.service_errors import ServiceError, service_error

if TYPE_CHECKING:
    from greenapi_async.models.messages import FileMessage, Message

__all__ = ["BaseMessage", "UnknownMessage", "WordlessMessage"]


@attrs.frozen(kw_only=True)
class BaseMessage(Model):
    """What every message has; a field is None where its type has none."""

    types: ClassVar[tuple[str, ...]] = ()
    """The manual's words for it in ``typeMessage``, compared without case."""
    wrappers: ClassVar[tuple[str, ...]] = ()
    """The objects its fields may stand in, beside the message itself."""

    type_message: str | None = None
    """As the server spelled it."""
    stanza_id: str | None = None
    """The id of this message when it is a quote, or of the message it refers to."""
    participant: str | None = None
    """Who wrote the message that ``stanza_id`` names."""
    is_forwarded: bool | None = None
    forwarding_score: int | None = None
    """How often it was passed on."""
    quoted: "Message | None" = attrs.field(default=None, metadata=LIFTED)
    """The message this one answers."""

    @property
    def file(self) -> "FileMessage | None":
        """The message itself if it carries a file, which ``client.download`` fetches."""
        return None

    @property
    def thumbnail(self) -> bytes | None:
        """The preview as JPEG, if there is one that can be read."""
        encoded: object = getattr(self, "jpeg_thumbnail", None)
        if not isinstance(encoded, str) or not encoded:
            return None
        try:
            return base64.b64decode(encoded, validate=True)
        except ValueError:
            return None

    @property
    def service_error(self) -> ServiceError | None:
        """The marker that stands where the content could not be had; its ``advice`` says what to do."""
        for name in ("text", "download_url"):
            found = service_error(getattr(self, name, None))
            if found is not None:
                return found
        return None


@attrs.frozen(kw_only=True)
class WordlessMessage(BaseMessage):
    """A message whose text, if any, is not a field of its own."""

    @property
    def text(self) -> str | None:
        """The human text, or None."""
        return None


@attrs.frozen(kw_only=True)
class UnknownMessage(WordlessMessage):
    """A message of a type that this version does not know; ``raw`` holds it whole."""
