"""What is common to messages."""

from typing import TYPE_CHECKING, ClassVar

import attrs

from greenapi_async.models.base import LIFTED, Model

if TYPE_CHECKING:
    from greenapi_async.models.messages import Message

__all__ = ["BaseMessage", "WordlessMessage"]


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


@attrs.frozen(kw_only=True)
class WordlessMessage(BaseMessage):
    """A message whose text, if any, is not a field of its own."""

    @property
    def text(self) -> str | None:
        """The human text, or None."""
        return None
