"""Notifications of calls. Source: manual 1.3.4, "Входящий звонок"."""

from typing import ClassVar

import attrs

from greenapi_async.models.base import json_names
from greenapi_async.models.journals import CallParticipant
from greenapi_async.models.notifications.base import BaseNotification
from greenapi_async.models.states import CallStatus

__all__ = ["IncomingCall", "OutgoingCall"]


@attrs.frozen(kw_only=True)
class IncomingCall(BaseNotification):
    """An incoming call started or changed its status.

    Attributes:
        chat_id: The caller, ``from`` in the JSON; an empty string if the server did not name it.
        is_video: Only in newer bodies.
    """

    type: ClassVar[str] = "incomingCall"

    chat_id: str = attrs.field(default="", metadata=json_names("from", "chatId"))
    status: CallStatus | str | None = None
    is_video: bool | None = None


@attrs.frozen(kw_only=True)
class OutgoingCall(BaseNotification):
    """An outgoing call started or changed its status.

    Attributes:
        chat_id: The person called, ``from`` in the JSON; an empty string if the server did not name it.
        duration: Seconds.

    Source: the vendor's documentation, beyond the manual.
    """

    type: ClassVar[str] = "outgoingCall"

    chat_id: str = attrs.field(default="", metadata=json_names("from", "chatId"))
    status: CallStatus | str | None = None
    is_video: bool | None = None
    duration: int | None = None
    participants: list[CallParticipant] | None = None
