"""The queues of outgoing messages and of notifications. Source: manual 1.3.6."""

import attrs

from greenapi_async.models.base import Model, json_names
from greenapi_async.models.messages import PollOption
from greenapi_async.models.sending import ContactCard, CustomPreview
from greenapi_async.models.states import StatusFont

__all__ = ["ClearedQueue", "ClearedWebhooksQueue", "QueueCount", "QueuedBody", "QueuedMessage"]


@attrs.frozen(kw_only=True)
class QueuedBody(Model):
    """Parameters of the method that queued a message. Parameters that the method does not have are None.

    Attributes:
        archive: Whether the chat is archived when the message is sent; ``archive_chat`` of the sending methods.
        typing_time: Milliseconds for which "typing" is shown before.
    """

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
    archive: bool | None = attrs.field(default=None, metadata=json_names("archive", "archiveChat"))
    typing_time: int | None = None
    typing_type: str | None = None
    custom_preview: CustomPreview | None = None
    multiple_answers: bool | None = None


@attrs.frozen(kw_only=True)
class QueuedMessage(Model):
    """A message in the outgoing queue.

    Attributes:
        messages_ids: Only for forwarded messages, instead of ``message_id``.
        type: Method that queued the message, for example ``sendMessage``; uploaded files have ``sendFileByUrl``.
        body: Parameters of that method.
    """

    message_id: str | None = attrs.field(default=None, metadata=json_names("messageID", "messageId", "idMessage"))
    messages_ids: list[str] | None = attrs.field(default=None, metadata=json_names("messagesIDs", "messagesIds"))
    type: str | None = None
    body: QueuedBody | None = None

    @property
    def chat_id(self) -> str | None:
        """Recipient of the message; None for a status."""
        return self.body.chat_id if self.body else None


@attrs.frozen(kw_only=True)
class ClearedQueue(Model):
    """Answer of clearMessagesQueue."""

    is_cleared: bool | None = None


@attrs.frozen(kw_only=True)
class ClearedWebhooksQueue(Model):
    """Answer of clearWebhooksQueue. Source: the vendor's documentation, beyond the manual."""

    is_cleared: bool | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class QueueCount(Model):
    """Length of a queue, at most ten seconds old. Source: the vendor's documentation, beyond the manual."""

    # The vendor's pages spell the name with a Cyrillic first letter, so both spellings are read.
    count: int | None = attrs.field(default=None, metadata=json_names("count", "\u0441ount"))
