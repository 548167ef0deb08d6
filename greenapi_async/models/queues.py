"""The two queues: messages that wait to be sent, and notifications that wait to be received. Manual: 1.3.6."""

import attrs

from greenapi_async.models.base import Model, wire
from greenapi_async.models.messages import PollOption
from greenapi_async.models.sending import ContactCard
from greenapi_async.models.states import StatusFont

__all__ = ["ClearedQueue", "ClearedWebhooksQueue", "QueueCount", "QueuedBody", "QueuedMessage"]


@attrs.frozen(kw_only=True)
class QueuedBody(Model):
    """The parameters of the method that queued a message; those of other methods are None."""

    chat_id: str | None = None
    message: str | None = None
    quoted_message_id: str | None = None
    link_preview: bool | None = None
    options: list[PollOption] | None = None
    url_file: str | None = None
    file_name: str | None = None
    caption: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    name_location: str | None = None
    address: str | None = None
    contact: ContactCard | None = None
    chat_id_from: str | None = None
    messages: list[str] | None = None
    background_color: str | None = None
    font: StatusFont | str | None = None
    participants: list[str] | None = None
    url_link: str | None = None


@attrs.frozen(kw_only=True)
class QueuedMessage(Model):
    """One message in the outgoing queue."""

    message_id: str | None = attrs.field(default=None, metadata=wire("messageID", "messageId", "idMessage"))
    messages_ids: list[str] | None = attrs.field(default=None, metadata=wire("messagesIDs", "messagesIds"))
    """Only of forwarded messages."""
    type: str | None = None
    """The method that queued it, as in ``sendMessage``; an uploaded file stands as ``sendFileByUrl``."""
    body: QueuedBody | None = None
    """The parameters it was queued with."""

    @property
    def chat_id(self) -> str | None:
        """The chat it will go to; None for a status."""
        return self.body.chat_id if self.body else None


@attrs.frozen(kw_only=True)
class ClearedQueue(Model):
    """The answer of clearMessagesQueue."""

    is_cleared: bool | None = None


@attrs.frozen(kw_only=True)
class ClearedWebhooksQueue(Model):
    """The answer of clearWebhooksQueue. Beyond the manual."""

    is_cleared: bool | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class QueueCount(Model):
    """How many wait in a queue, as of at most ten seconds ago. Beyond the manual."""

    count: int | None = attrs.field(default=None, metadata=wire("count", "\u0441ount"))
    """The vendor's pages spell it with a Cyrillic letter at the front, so both are read."""
