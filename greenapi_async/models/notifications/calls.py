"""Notifications of calls. Manual: 1.3.4, "Входящий звонок"."""

from typing import ClassVar

import attrs

from greenapi_async.models.base import wire
from greenapi_async.models.journals import CallParticipant
from greenapi_async.models.notifications.base import BaseNotification
from greenapi_async.models.states import CallStatus

__all__ = ["IncomingCall", "OutgoingCall"]


@attrs.frozen(kw_only=True)
class IncomingCall(BaseNotification):
    """Somebody calls the account, or the call ended."""

    type: ClassVar[str] = "incomingCall"

    chat_id: str | None = attrs.field(default=None, metadata=wire("from", "chatId"))
    """Who calls; ``from`` on the wire."""
    status: CallStatus | str | None = None


@attrs.frozen(kw_only=True)
class OutgoingCall(BaseNotification):
    """The account called somebody. Beyond the manual."""

    type: ClassVar[str] = "outgoingCall"

    chat_id: str | None = attrs.field(default=None, metadata=wire("from", "chatId"))
    """Who was called; ``from`` on the wire."""
    status: CallStatus | str | None = None
    is_video: bool | None = None
    duration: int | None = None
    """Seconds."""
    participants: list[CallParticipant] | None = None
