"""Events about other messages: reactions, edits and deletions. Source: manual 1.3.4, "Входящее сообщение-реакция"."""

import attrs

from greenapi_async.models.base import json_names
from greenapi_async.models.messages.base import BaseMessage, NonTextMessage

__all__ = ["DeletedMessage", "EditedMessage", "ReactionMessage"]


@attrs.frozen(kw_only=True)
class ReactionMessage(BaseMessage):
    """A reaction to the message ``stanza_id``, whose author is ``participant``.

    Attributes:
        text: The emoji; empty if the reaction was removed.
    """

    types = ("reactionMessage",)
    is_event = True
    wrappers = ("extendedTextMessageData", "extendedTextMessage", "reactionMessage")

    text: str | None = None


@attrs.frozen(kw_only=True)
class EditedMessage(BaseMessage):
    """An edit of the message ``stanza_id``.

    Attributes:
        text: The new text or caption.

    Source: the vendor's documentation, beyond the manual.
    """

    types = ("editedMessage",)
    is_event = True
    wrappers = ("editedMessageData", "editedMessage")

    text: str | None = attrs.field(default=None, metadata=json_names("textMessage", "caption", "text"))


@attrs.frozen(kw_only=True)
class DeletedMessage(NonTextMessage):
    """A deletion of the message ``stanza_id`` for everyone. Source: the vendor's documentation, beyond the manual."""

    types = ("deletedMessage",)
    is_event = True
    wrappers = ("deletedMessageData", "deletedMessage")
