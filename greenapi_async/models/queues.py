"""The queue of messages that wait to be sent. Manual: 1.3.6."""

from collections.abc import Mapping
from typing import Any

import attrs

from greenapi_async.models.base import Model, wire

__all__ = ["ClearedQueue", "QueuedMessage"]


@attrs.frozen(kw_only=True)
class QueuedMessage(Model):
    """One message in the outgoing queue."""

    message_id: str | None = attrs.field(default=None, metadata=wire("messageID", "messageId", "idMessage"))
    messages_ids: list[str] | None = attrs.field(default=None, metadata=wire("messagesIDs", "messagesIds"))
    """Only of forwarded messages."""
    type: str | None = None
    """The method that queued it, as in ``sendMessage``."""
    body: Mapping[str, Any] | None = None
    """The parameters it was queued with."""

    @property
    def chat_id(self) -> str | None:
        """The chat it will go to."""
        chat_id = (self.body or {}).get("chatId")
        return chat_id if isinstance(chat_id, str) else None


@attrs.frozen(kw_only=True)
class ClearedQueue(Model):
    """The answer of clearMessagesQueue."""

    is_cleared: bool | None = None
