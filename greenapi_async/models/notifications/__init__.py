"""Notifications: events of the instance. Source: manual 1.3.4, "Формат входящих уведомлений".

To add a type, add a class whose ``type`` is the value of ``typeWebhook``, and list it in ``Notification``.
"""

from typing import TypeAlias

from greenapi_async.models.notifications.base import (
    BaseNotification,
    Delivery,
    MalformedNotification,
    UnknownNotification,
)
from greenapi_async.models.notifications.calls import IncomingCall, OutgoingCall
from greenapi_async.models.notifications.instance import (
    AvatarInfo,
    ContactAvatar,
    DeviceInfo,
    IncomingBlock,
    QuotaData,
    QuotaExceeded,
    StateInstanceChanged,
    StatusInstanceChanged,
)
from greenapi_async.models.notifications.messages import (
    IncomingMessageReceived,
    MessageNotification,
    OutgoingAPIMessageReceived,
    OutgoingMessageReceived,
    OutgoingMessageStatus,
)

__all__ = [
    "AvatarInfo",
    "BaseNotification",
    "ContactAvatar",
    "Delivery",
    "DeviceInfo",
    "IncomingBlock",
    "IncomingCall",
    "IncomingMessageReceived",
    "MalformedNotification",
    "MessageNotification",
    "Notification",
    "OutgoingAPIMessageReceived",
    "OutgoingCall",
    "OutgoingMessageReceived",
    "OutgoingMessageStatus",
    "QuotaData",
    "QuotaExceeded",
    "StateInstanceChanged",
    "StatusInstanceChanged",
    "UnknownNotification",
]

Notification: TypeAlias = (
    IncomingMessageReceived
    | OutgoingMessageReceived
    | OutgoingAPIMessageReceived
    | OutgoingMessageStatus
    | StateInstanceChanged
    | StatusInstanceChanged
    | DeviceInfo
    | IncomingCall
    | OutgoingCall
    | IncomingBlock
    | QuotaExceeded
    | AvatarInfo
    | UnknownNotification
    | MalformedNotification
)
