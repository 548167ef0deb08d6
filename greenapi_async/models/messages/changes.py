"""What was done to other messages: a reaction, an edit, a deletion. Manual: 1.3.4, "Входящее сообщение-реакция"."""

import attrs

from greenapi_async.models.base import wire
from greenapi_async.models.messages.base import BaseMessage, WordlessMessage

__all__ = ["DeletedMessage", "EditedMessage", "ReactionMessage"]


@attrs.frozen(kw_only=True)
class ReactionMessage(BaseMessage):
    """A reaction to ``quoted``, whose ``stanza_id`` is the message; an empty ``text`` takes it back."""

    types = ("reactionMessage",)
    wrappers = ("extendedTextMessageData", "extendedTextMessage")

    text: str | None = None
    """The emoji."""


@attrs.frozen(kw_only=True)
class EditedMessage(BaseMessage):
    """The new text or caption of the message ``stanza_id``. Beyond the manual."""

    types = ("editedMessage",)
    wrappers = ("editedMessageData",)

    text: str | None = attrs.field(default=None, metadata=wire("textMessage", "caption"))


@attrs.frozen(kw_only=True)
class DeletedMessage(WordlessMessage):
    """The message ``stanza_id`` was deleted for everyone. Beyond the manual."""

    types = ("deletedMessage",)
    wrappers = ("deletedMessageData",)
