"""Rows of the message and call journals. Source: manual 1.3.5."""

from datetime import datetime

import attrs

from greenapi_async.models.base import DERIVED, Model
from greenapi_async.models.messages import Message, UnknownMessage
from greenapi_async.models.states import CallStatus, ContactType, Direction, MessageStatus

__all__ = ["CallParticipant", "HistoryBlock", "HistoryCall", "HistoryMessage"]


@attrs.frozen(kw_only=True)
class HistoryMessage(Model):
    """A message in a journal.

    Attributes:
        timestamp: When the message was received; for recently sent messages, when its status last changed. In UTC.
        type_message: Message type as spelled by the server.
        sender_id: Chat id of the author; only for incoming messages.
        sender_name: Author's name in WhatsApp; only for incoming messages.
        sender_contact_name: Author's name in the account's contacts; only for incoming messages.
        status_message: Only for outgoing messages.
        send_by_api: Whether the message was sent through the API; only for outgoing messages.
        chat_type: Whether the chat is a person's, a group or a channel; only on MAX and Telegram instances.
        is_edited: Whether the message was edited. This and the next three are filled while the settings
            ``edited_message_webhook`` and ``deleted_message_webhook`` are on.
        is_deleted: Whether the message was deleted for everyone.
        edited_message_id: The other message of an edit; empty if there is none.
        deleted_message_id: The other message of a deletion; empty if there is none.
        message: The content, of the same classes as in notifications.
    """

    type: Direction | str | None = None
    id_message: str | None = None
    timestamp: datetime | None = None
    type_message: str | None = None
    chat_id: str | None = None
    sender_id: str | None = None
    sender_name: str | None = None
    sender_contact_name: str | None = None
    status_message: MessageStatus | str | None = None
    send_by_api: bool | None = None
    chat_type: ContactType | str | None = None
    is_edited: bool | None = None
    is_deleted: bool | None = None
    edited_message_id: str | None = None
    deleted_message_id: str | None = None
    message: "Message" = attrs.field(factory=UnknownMessage, metadata=DERIVED)

    @property
    def text(self) -> str | None:
        """Human-readable text of any message type."""
        return self.message.text


@attrs.frozen(kw_only=True)
class HistoryBlock(HistoryMessage):
    """A journal row that reports a blocked chat; it has no message id (quirk 19).

    Attributes:
        chat_state: ``blocked``.
    """

    chat_state: str | None = None


@attrs.frozen(kw_only=True)
class CallParticipant(Model):
    """Outcome of a call for one of the people called.

    Attributes:
        id: Chat id of the person.
    """

    id: str | None = None
    status: CallStatus | str | None = None


@attrs.frozen(kw_only=True)
class HistoryCall(Model):
    """A call in a journal.

    Attributes:
        timestamp: When the call ended, in UTC.
        is_group: Only for incoming calls.
        duration: Seconds.
        participants: Only for outgoing calls.

    Source: the vendor's documentation, beyond the manual.
    """

    type: Direction | str | None = None
    id_message: str | None = None
    timestamp: datetime | None = None
    type_message: str | None = None
    chat_id: str | None = None
    is_video: bool | None = None
    status: CallStatus | str | None = None
    is_group: bool | None = None
    duration: int | None = None
    participants: list[CallParticipant] | None = None
