"""An asyncio client for GREEN-API, the HTTP gateway to WhatsApp.

Names are imported when they are first used, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async._version import __version__
    from greenapi_async.client import Client
    from greenapi_async.errors import (
        BadRequestError,
        ConnectionFailedError,
        DecodeError,
        DeliveryUnknownError,
        ForbiddenError,
        GreenAPIError,
        InstanceDeletedError,
        InstanceExpiredError,
        InstanceStartingError,
        InvalidArgumentError,
        NotAuthorizedError,
        NotFoundError,
        PayloadTooLargeError,
        QuotaExceededError,
        QuotaStatus,
        RateLimitedError,
        RefusedError,
        ResponseError,
        ServerError,
        TimeoutExpiredError,
        TransportError,
        UnauthorizedError,
        ValidationFailedError,
        WebhookUrlSetError,
    )
    from greenapi_async.models.account import Reboot, SavedSettings, Settings, StateInstance
    from greenapi_async.models.messages import ExtendedTextMessage, Message, QuotedMessage, TextMessage, UnknownMessage
    from greenapi_async.models.notifications import (
        IncomingMessageReceived,
        MalformedNotification,
        Notification,
        OutgoingAPIMessageReceived,
        OutgoingMessageReceived,
        OutgoingMessageStatus,
        StateInstanceChanged,
        UnknownNotification,
    )
    from greenapi_async.models.queues import ClearedQueue, QueuedMessage
    from greenapi_async.models.receiving import DeletedNotification, ReceivedNotification
    from greenapi_async.models.sending import SentMessage
    from greenapi_async.models.states import InstanceState, MessageStatus
    from greenapi_async.notifications import Notifications
    from greenapi_async.parsing import parse_notification
    from greenapi_async.wire.pace import MethodPace, Pace
    from greenapi_async.wire.retry import Retry

__all__ = [
    "BadRequestError",
    "ClearedQueue",
    "Client",
    "ConnectionFailedError",
    "DecodeError",
    "DeletedNotification",
    "DeliveryUnknownError",
    "ExtendedTextMessage",
    "ForbiddenError",
    "GreenAPIError",
    "IncomingMessageReceived",
    "InstanceDeletedError",
    "InstanceExpiredError",
    "InstanceStartingError",
    "InstanceState",
    "InvalidArgumentError",
    "MalformedNotification",
    "Message",
    "MessageStatus",
    "MethodPace",
    "NotAuthorizedError",
    "NotFoundError",
    "Notification",
    "Notifications",
    "OutgoingAPIMessageReceived",
    "OutgoingMessageReceived",
    "OutgoingMessageStatus",
    "Pace",
    "PayloadTooLargeError",
    "QueuedMessage",
    "QuotaExceededError",
    "QuotaStatus",
    "QuotedMessage",
    "RateLimitedError",
    "Reboot",
    "ReceivedNotification",
    "RefusedError",
    "ResponseError",
    "Retry",
    "SavedSettings",
    "SentMessage",
    "ServerError",
    "Settings",
    "StateInstance",
    "StateInstanceChanged",
    "TextMessage",
    "TimeoutExpiredError",
    "TransportError",
    "UnauthorizedError",
    "UnknownMessage",
    "UnknownNotification",
    "ValidationFailedError",
    "WebhookUrlSetError",
    "__version__",
    "parse_notification",
]

_HOMES = {
    "_version": ("__version__",),
    "client": ("Client",),
    "errors": (
        "BadRequestError",
        "ConnectionFailedError",
        "DecodeError",
        "DeliveryUnknownError",
        "ForbiddenError",
        "GreenAPIError",
        "InstanceDeletedError",
        "InstanceExpiredError",
        "InstanceStartingError",
        "InvalidArgumentError",
        "NotAuthorizedError",
        "NotFoundError",
        "PayloadTooLargeError",
        "QuotaExceededError",
        "QuotaStatus",
        "RateLimitedError",
        "RefusedError",
        "ResponseError",
        "ServerError",
        "TimeoutExpiredError",
        "TransportError",
        "UnauthorizedError",
        "ValidationFailedError",
        "WebhookUrlSetError",
    ),
    "models.account": (
        "Reboot",
        "SavedSettings",
        "Settings",
        "StateInstance",
    ),
    "models.messages": (
        "ExtendedTextMessage",
        "Message",
        "QuotedMessage",
        "TextMessage",
        "UnknownMessage",
    ),
    "models.notifications": (
        "IncomingMessageReceived",
        "MalformedNotification",
        "Notification",
        "OutgoingAPIMessageReceived",
        "OutgoingMessageReceived",
        "OutgoingMessageStatus",
        "StateInstanceChanged",
        "UnknownNotification",
    ),
    "models.queues": (
        "ClearedQueue",
        "QueuedMessage",
    ),
    "models.receiving": (
        "DeletedNotification",
        "ReceivedNotification",
    ),
    "models.sending": ("SentMessage",),
    "models.states": (
        "InstanceState",
        "MessageStatus",
    ),
    "notifications": ("Notifications",),
    "parsing": ("parse_notification",),
    "wire.pace": (
        "MethodPace",
        "Pace",
    ),
    "wire.retry": ("Retry",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
