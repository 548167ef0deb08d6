"""asyncio client for GREEN-API, the HTTP gateway to WhatsApp.

The names used most are here; the other public classes are in ``greenapi_async.types``. Names are imported on first
use, so that importing the package is cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from greenapi_async.business import BusinessClient
    from greenapi_async.client import Client
    from greenapi_async.errors import (
        BadRequestError,
        BroadcastStoppedError,
        BusinessError,
        CallAudioError,
        CallEndedError,
        ChatTakenOverError,
        ConnectionFailedError,
        ConversationCancelledError,
        ConversationEndedError,
        ConversationTimeoutError,
        DecodeError,
        DeliveryFailedError,
        DeliveryUnknownError,
        ForbiddenError,
        GreenAPIError,
        InboxError,
        InboxLockedError,
        InboxUnavailableError,
        InstanceDeletedError,
        InstanceExpiredError,
        InstanceStartingError,
        InvalidArgumentError,
        MessengerLimitError,
        MissingExtraError,
        NotAuthorizedError,
        NotFoundError,
        PayloadTooLargeError,
        QuotaExceededError,
        RateLimitedError,
        RecordingError,
        RecordingLockedError,
        RefusedError,
        ResponseError,
        ServerError,
        TimeoutExpiredError,
        TransportError,
        UnauthorizedError,
        ValidationFailedError,
        WebhookUrlSetError,
    )
    from greenapi_async.fleet import Fleet
    from greenapi_async.http.retry import Retry
    from greenapi_async.inbox import MemoryInbox, PostgresInbox, SQLiteInbox
    from greenapi_async.instance.partner import PartnerClient
    from greenapi_async.models.bound import Conversation
    from greenapi_async.models.chat_ids import chat_id, chat_kind, is_group
    from greenapi_async.models.messages import (
        AudioMessage,
        BaseMessage,
        ButtonsMessage,
        ButtonsResponseMessage,
        ContactMessage,
        ContactsArrayMessage,
        DeletedMessage,
        DocumentMessage,
        EditedMessage,
        ExtendedTextMessage,
        FileMessage,
        GroupInviteMessage,
        ImageMessage,
        InteractiveButtons,
        InteractiveButtonsReply,
        InteractiveButtonsResponse,
        ListMessage,
        ListResponseMessage,
        LocationMessage,
        Message,
        OrderMessage,
        PollMessage,
        PollUpdateMessage,
        ProductMessage,
        QuotedMessage,
        ReactionMessage,
        StickerMessage,
        TemplateButtonsReplyMessage,
        TemplateMessage,
        TextMessage,
        UnknownMessage,
        VideoMessage,
    )
    from greenapi_async.models.notifications import (
        BaseNotification,
        DeviceInfo,
        IncomingBlock,
        IncomingCall,
        IncomingMessageReceived,
        MalformedNotification,
        MessageNotification,
        Notification,
        OutgoingAPIMessageReceived,
        OutgoingCall,
        OutgoingMessageReceived,
        OutgoingMessageStatus,
        QuotaExceeded,
        StateInstanceChanged,
        StatusInstanceChanged,
        UnknownNotification,
    )
    from greenapi_async.models.sending import SentMessage
    from greenapi_async.models.states import CallStatus, InstanceState, MessageStatus
    from greenapi_async.outgoing.jobs import Jobs
    from greenapi_async.outgoing.opt_outs import OptOuts
    from greenapi_async.outgoing.process import process
    from greenapi_async.polling.merge import merge
    from greenapi_async.polling.notifications import Notifications
    from greenapi_async.processing.options import ProcessOptions
    from greenapi_async.processing.processor import Processing
    from greenapi_async.serialization.notifications import parse_notification
    from greenapi_async.serialization.unknown_fields import unknown_fields

__all__ = [
    "AudioMessage",
    "BadRequestError",
    "BaseMessage",
    "BaseNotification",
    "BroadcastStoppedError",
    "BusinessClient",
    "BusinessError",
    "ButtonsMessage",
    "ButtonsResponseMessage",
    "CallAudioError",
    "CallEndedError",
    "CallStatus",
    "ChatTakenOverError",
    "Client",
    "ConnectionFailedError",
    "ContactMessage",
    "ContactsArrayMessage",
    "Conversation",
    "ConversationCancelledError",
    "ConversationEndedError",
    "ConversationTimeoutError",
    "DecodeError",
    "DeletedMessage",
    "DeliveryFailedError",
    "DeliveryUnknownError",
    "DeviceInfo",
    "DocumentMessage",
    "EditedMessage",
    "ExtendedTextMessage",
    "FileMessage",
    "Fleet",
    "ForbiddenError",
    "GreenAPIError",
    "GroupInviteMessage",
    "ImageMessage",
    "InboxError",
    "InboxLockedError",
    "InboxUnavailableError",
    "IncomingBlock",
    "IncomingCall",
    "IncomingMessageReceived",
    "InstanceDeletedError",
    "InstanceExpiredError",
    "InstanceStartingError",
    "InstanceState",
    "InteractiveButtons",
    "InteractiveButtonsReply",
    "InteractiveButtonsResponse",
    "InvalidArgumentError",
    "Jobs",
    "ListMessage",
    "ListResponseMessage",
    "LocationMessage",
    "MalformedNotification",
    "MemoryInbox",
    "Message",
    "MessageNotification",
    "MessageStatus",
    "MessengerLimitError",
    "MissingExtraError",
    "NotAuthorizedError",
    "NotFoundError",
    "Notification",
    "Notifications",
    "OptOuts",
    "OrderMessage",
    "OutgoingAPIMessageReceived",
    "OutgoingCall",
    "OutgoingMessageReceived",
    "OutgoingMessageStatus",
    "PartnerClient",
    "PayloadTooLargeError",
    "PollMessage",
    "PollUpdateMessage",
    "PostgresInbox",
    "ProcessOptions",
    "Processing",
    "ProductMessage",
    "QuotaExceeded",
    "QuotaExceededError",
    "QuotedMessage",
    "RateLimitedError",
    "ReactionMessage",
    "RecordingError",
    "RecordingLockedError",
    "RefusedError",
    "ResponseError",
    "Retry",
    "SQLiteInbox",
    "SentMessage",
    "ServerError",
    "StateInstanceChanged",
    "StatusInstanceChanged",
    "StickerMessage",
    "TemplateButtonsReplyMessage",
    "TemplateMessage",
    "TextMessage",
    "TimeoutExpiredError",
    "TransportError",
    "UnauthorizedError",
    "UnknownMessage",
    "UnknownNotification",
    "ValidationFailedError",
    "VideoMessage",
    "WebhookUrlSetError",
    "__version__",
    "chat_id",
    "chat_kind",
    "is_group",
    "merge",
    "parse_notification",
    "process",
    "unknown_fields",
]  # fmt: skip

_HOMES = {
    "business": "BusinessClient",
    "client": "Client",
    "errors": """
        BadRequestError BusinessError CallAudioError CallEndedError ChatTakenOverError ConnectionFailedError
        ConversationCancelledError ConversationEndedError ConversationTimeoutError DecodeError DeliveryFailedError
        DeliveryUnknownError
        ForbiddenError GreenAPIError InboxError InboxLockedError InboxUnavailableError InstanceDeletedError
        InstanceExpiredError InstanceStartingError InvalidArgumentError MessengerLimitError MissingExtraError
        NotAuthorizedError NotFoundError PayloadTooLargeError QuotaExceededError RateLimitedError RecordingError
        RecordingLockedError RefusedError ResponseError ServerError TimeoutExpiredError TransportError
        BadRequestError BroadcastStoppedError BusinessError CallAudioError CallEndedError ConnectionFailedError
        DeliveryUnknownError ForbiddenError GreenAPIError InboxError InboxLockedError InboxUnavailableError
        InstanceDeletedError InstanceExpiredError InstanceStartingError InvalidArgumentError MessengerLimitError
        MissingExtraError NotAuthorizedError NotFoundError PayloadTooLargeError QuotaExceededError RateLimitedError
        RecordingError RecordingLockedError RefusedError ResponseError ServerError TimeoutExpiredError TransportError
        UnauthorizedError ValidationFailedError WebhookUrlSetError
    """,
    "fleet": "Fleet",
    "http.retry": "Retry",
    "inbox": "MemoryInbox PostgresInbox SQLiteInbox",
    "models.bound": "Conversation",
    "models.chat_ids": "chat_id chat_kind is_group",
    "models.messages": """
        AudioMessage BaseMessage ButtonsMessage ButtonsResponseMessage ContactMessage ContactsArrayMessage
        DeletedMessage DocumentMessage EditedMessage ExtendedTextMessage FileMessage GroupInviteMessage
        ImageMessage InteractiveButtons InteractiveButtonsReply InteractiveButtonsResponse ListMessage
        ListResponseMessage LocationMessage Message OrderMessage PollMessage PollUpdateMessage ProductMessage
        QuotedMessage ReactionMessage StickerMessage TemplateButtonsReplyMessage TemplateMessage TextMessage
        UnknownMessage VideoMessage
    """,
    "models.notifications": """
        BaseNotification DeviceInfo IncomingBlock IncomingCall IncomingMessageReceived MalformedNotification
        MessageNotification Notification OutgoingAPIMessageReceived OutgoingCall OutgoingMessageReceived
        OutgoingMessageStatus QuotaExceeded StateInstanceChanged StatusInstanceChanged UnknownNotification
    """,
    "models.sending": "SentMessage",
    "models.states": "CallStatus InstanceState MessageStatus",
    "instance.partner": "PartnerClient",
    "outgoing.jobs": "Jobs",
    "outgoing.opt_outs": "OptOuts",
    "outgoing.process": "process",
    "polling.merge": "merge",
    "polling.notifications": "Notifications",
    "processing.options": "ProcessOptions",
    "processing.processor": "Processing",
    "serialization.notifications": "parse_notification",
    "serialization.unknown_fields": "unknown_fields",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"greenapi_async.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
