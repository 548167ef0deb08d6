"""Rows of the journals of messages and calls. Manual: 1.3.5."""

from datetime import datetime

import attrs

from greenapi_async.models.base import LIFTED, Model
from greenapi_async.models.messages import Message, UnknownMessage
from greenapi_async.models.states import CallStatus, Direction, MessageStatus

__all__ = ["CallParticipant", "HistoryBlock", "HistoryCall", "HistoryMessage"]


@attrs.frozen(kw_only=True)
class HistoryMessage(Model):
    """A message as a journal lists it; ``message`` is of the same class as in a notification."""

    type: Direction | str | None = None
    id_message: str | None = None
    timestamp: datetime | None = None
    """When it was received, or, of those sent lately, when something last happened to it; in UTC."""
    type_message: str | None = None
    """As the server spelled it."""
    chat_id: str | None = None
    sender_id: str | None = None
    """Who wrote it; this and the next two of incoming ones only."""
    sender_name: str | None = None
    sender_contact_name: str | None = None
    """The sender's name in the account's contacts."""
    status_message: MessageStatus | str | None = None
    """This and the next of outgoing ones only."""
    send_by_api: bool | None = None
    message: Message = attrs.field(factory=UnknownMessage, metadata=LIFTED)

    @property
    def text(self) -> str | None:
        """The human text, whichever type carries it."""
        return self.message.text


@attrs.frozen(kw_only=True)
class HistoryBlock(HistoryMessage):
    """A row that tells of somebody who blocked the account; it has no id (quirk 19)."""

    chat_state: str | None = None
    """``blocked``."""


@attrs.frozen(kw_only=True)
class CallParticipant(Model):
    """What became of a call with one of those who were called."""

    id: str | None = None
    status: CallStatus | str | None = None


@attrs.frozen(kw_only=True)
class HistoryCall(Model):
    """A call as a journal lists it. Beyond the manual."""

    type: Direction | str | None = None
    id_message: str | None = None
    timestamp: datetime | None = None
    """When it ended, in UTC."""
    type_message: str | None = None
    chat_id: str | None = None
    is_video: bool | None = None
    status: CallStatus | str | None = None
    is_group: bool | None = None
    """Of incoming calls only."""
    duration: int | None = None
    """In seconds; this and the next of outgoing calls only."""
    participants: list[CallParticipant] | None = None
