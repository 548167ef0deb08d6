"""An asyncio client for GREEN-API, the HTTP gateway to WhatsApp.

Names are imported when they are first used, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async._version import __version__
    from greenapi_async.api.settings import SettingsChanges
    from greenapi_async.business import BusinessClient, RecipientType
    from greenapi_async.chats import ChatKind, chat_id, chat_kind, is_group
    from greenapi_async.client import Client
    from greenapi_async.drift import unknown_fields
    from greenapi_async.errors import (
        BadRequestError,
        BusinessError,
        BusinessErrorItem,
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
        NotAuthorizedError,
        NotFoundError,
        PayloadTooLargeError,
        QuotaExceededError,
        QuotaStatus,
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
    from greenapi_async.inbox import Arrival, Entry, Inbox, MemoryInbox, SQLiteInbox
    from greenapi_async.loop.conversation import Conversation
    from greenapi_async.loop.counters import Counters
    from greenapi_async.loop.listening import Listening
    from greenapi_async.loop.merging import Merged, Source, merge
    from greenapi_async.loop.notifications import Notifications
    from greenapi_async.loop.polling import Poll
    from greenapi_async.loop.processing import Processing
    from greenapi_async.loop.recovering import Journal, Recovered
    from greenapi_async.loop.rules import Handler, Key, ProcessOptions, Telemetry, by_chat
    from greenapi_async.loop.several import Polled, process
    from greenapi_async.models.access import ApiToken
    from greenapi_async.models.account import (
        QR,
        AuthorizationCode,
        Device,
        Logout,
        Reboot,
        SavedSettings,
        Settings,
        StateInstance,
        StateInstanceRecord,
        StatusInstance,
        WaSettings,
    )
    from greenapi_async.models.business import BusinessId, SentBusinessMessage, UploadedMedia
    from greenapi_async.models.buttons import CallButton, CopyButton, InteractiveButton, ReplyButton, UrlButton
    from greenapi_async.models.contacts import AddedContact, DeletedContact, EditedContact
    from greenapi_async.models.files import File, GroupPicture, ProfilePicture, Progress, SentFile, UploadedFile
    from greenapi_async.models.groups import (
        AddedParticipant,
        CreatedGroup,
        GroupAdmin,
        GroupData,
        GroupParticipant,
        LeftGroup,
        RemovedAdmin,
        RemovedParticipant,
        RenamedGroup,
        SavedGroupSettings,
    )
    from greenapi_async.models.journals import CallParticipant, HistoryBlock, HistoryCall, HistoryMessage
    from greenapi_async.models.marking import ReadMark
    from greenapi_async.models.messages import (
        AudioMessage,
        BaseMessage,
        ButtonsMessage,
        ButtonsResponseMessage,
        CallTemplateButton,
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
        ListRow,
        ListSection,
        LocationMessage,
        Message,
        MessageButton,
        PollMessage,
        PollOption,
        PollUpdateMessage,
        PollVote,
        QuickReplyTemplateButton,
        QuotedMessage,
        ReactionMessage,
        ReceivedButton,
        SharedContact,
        StickerMessage,
        TemplateButton,
        TemplateButtonsReplyMessage,
        TemplateMessage,
        TextMessage,
        UnknownMessage,
        UrlTemplateButton,
        VideoMessage,
    )
    from greenapi_async.models.notifications import (
        AvatarInfo,
        BaseNotification,
        ContactAvatar,
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
        QuotaData,
        QuotaExceeded,
        Replier,
        StateInstanceChanged,
        StatusInstanceChanged,
        UnknownNotification,
    )
    from greenapi_async.models.partner import CreatedInstance, DeletedInstanceAccount, PartnerInstance
    from greenapi_async.models.queues import ClearedQueue, ClearedWebhooksQueue, QueueCount, QueuedBody, QueuedMessage
    from greenapi_async.models.receiving import DeletedNotification, DownloadLink, ReceivedNotification
    from greenapi_async.models.sending import ContactCard, CustomPreview, ForwardedMessages, SentMessage
    from greenapi_async.models.sent import Sent
    from greenapi_async.models.service import (
        Avatar,
        Chat,
        Contact,
        ContactInfo,
        DisappearingChat,
        Product,
        ProductImages,
        ProductReview,
        WhatsappCheck,
    )
    from greenapi_async.models.service_errors import ServiceError
    from greenapi_async.models.states import (
        CallStatus,
        ContactType,
        Direction,
        InstanceState,
        MessageStatus,
        QRType,
        SocketState,
        StatusFont,
    )
    from greenapi_async.models.statuses import HistoryStatus, StatusStatistic
    from greenapi_async.outbox import Attempt, Outbox
    from greenapi_async.parsing import parse_notification
    from greenapi_async.partner import PartnerClient
    from greenapi_async.signing_in import QRCodes, Readiness
    from greenapi_async.vcard import VCard, parse_vcard
    from greenapi_async.wire.http import Transport
    from greenapi_async.wire.pace import MethodPace, Pace
    from greenapi_async.wire.retry import Failure, Retry

__all__ = [  # noqa: RUF022  in plain order, which a test checks
    "AddedContact", "AddedParticipant", "ApiToken", "Arrival", "Attempt", "AudioMessage", "AuthorizationCode",
    "Avatar", "AvatarInfo", "BadRequestError", "BaseMessage", "BaseNotification", "BusinessClient", "BusinessError",
    "BusinessErrorItem", "BusinessId", "ButtonsMessage", "ButtonsResponseMessage", "CallButton", "CallParticipant",
    "CallStatus", "CallTemplateButton", "Chat", "ChatKind", "ClearedQueue", "ClearedWebhooksQueue", "Client",
    "ConnectionFailedError", "Contact", "ContactAvatar", "ContactCard", "ContactInfo", "ContactMessage", "ContactType",
    "ContactsArrayMessage", "Conversation", "ConversationCancelledError", "ConversationEndedError",
    "ConversationTimeoutError", "CopyButton", "Counters", "CreatedGroup", "CreatedInstance", "CustomPreview",
    "DecodeError", "DeletedContact", "DeletedInstanceAccount", "DeletedMessage", "DeletedNotification",
    "DeliveryFailedError", "DeliveryUnknownError", "Device", "DeviceInfo", "Direction", "DisappearingChat",
    "DocumentMessage", "DownloadLink", "EditedContact", "EditedMessage", "Entry", "ExtendedTextMessage", "Failure",
    "File", "FileMessage", "ForbiddenError", "ForwardedMessages", "GreenAPIError", "GroupAdmin", "GroupData",
    "GroupInviteMessage", "GroupParticipant", "GroupPicture", "Handler", "HistoryBlock", "HistoryCall",
    "HistoryMessage", "HistoryStatus", "ImageMessage", "Inbox", "InboxError", "InboxLockedError",
    "InboxUnavailableError", "IncomingBlock", "IncomingCall", "IncomingMessageReceived", "InstanceDeletedError",
    "InstanceExpiredError", "InstanceStartingError", "InstanceState", "InteractiveButton", "InteractiveButtons",
    "InteractiveButtonsReply", "InteractiveButtonsResponse", "InvalidArgumentError", "Journal", "Key", "LeftGroup",
    "ListMessage", "ListResponseMessage", "ListRow", "ListSection", "Listening", "LocationMessage", "Logout",
    "MalformedNotification", "MemoryInbox", "Merged", "Message", "MessageButton", "MessageNotification",
    "MessageStatus", "MethodPace", "NotAuthorizedError", "NotFoundError", "Notification", "Notifications", "Outbox",
    "OutgoingAPIMessageReceived", "OutgoingCall", "OutgoingMessageReceived", "OutgoingMessageStatus", "Pace",
    "PartnerClient", "PartnerInstance", "PayloadTooLargeError", "Poll", "PollMessage", "PollOption",
    "PollUpdateMessage", "PollVote", "Polled", "ProcessOptions", "Processing", "Product", "ProductImages",
    "ProductReview", "ProfilePicture", "Progress", "QR", "QRCodes", "QRType", "QueueCount", "QueuedBody",
    "QueuedMessage", "QuickReplyTemplateButton", "QuotaData", "QuotaExceeded", "QuotaExceededError", "QuotaStatus",
    "QuotedMessage", "RateLimitedError", "ReactionMessage", "ReadMark", "Readiness", "Reboot", "ReceivedButton",
    "ReceivedNotification", "RecipientType", "RecordingError", "RecordingLockedError", "Recovered", "RefusedError",
    "RemovedAdmin", "RemovedParticipant", "RenamedGroup", "Replier", "ReplyButton", "ResponseError", "Retry",
    "SQLiteInbox", "SavedGroupSettings", "SavedSettings", "Sent", "SentBusinessMessage", "SentFile", "SentMessage",
    "ServerError", "ServiceError", "Settings", "SettingsChanges", "SharedContact", "SocketState", "Source",
    "StateInstance", "StateInstanceChanged", "StateInstanceRecord", "StatusFont", "StatusInstance",
    "StatusInstanceChanged", "StatusStatistic", "StickerMessage", "Telemetry", "TemplateButton",
    "TemplateButtonsReplyMessage", "TemplateMessage", "TextMessage", "TimeoutExpiredError", "Transport",
    "TransportError", "UnauthorizedError", "UnknownMessage", "UnknownNotification", "UploadedFile", "UploadedMedia",
    "UrlButton", "UrlTemplateButton", "VCard", "ValidationFailedError", "VideoMessage", "WaSettings",
    "WebhookUrlSetError", "WhatsappCheck", "__version__", "by_chat", "chat_id", "chat_kind", "is_group", "merge",
    "parse_notification", "parse_vcard", "process", "unknown_fields",
]  # fmt: skip

_HOMES = {
    "_version": "__version__",
    "api.settings": "SettingsChanges",
    "business": "BusinessClient RecipientType",
    "chats": "ChatKind chat_id chat_kind is_group",
    "client": "Client",
    "drift": "unknown_fields",
    "errors": """
        BadRequestError BusinessError BusinessErrorItem ConnectionFailedError ConversationCancelledError
        ConversationEndedError ConversationTimeoutError DecodeError DeliveryFailedError DeliveryUnknownError
        ForbiddenError GreenAPIError InboxError InboxLockedError InboxUnavailableError InstanceDeletedError
        InstanceExpiredError InstanceStartingError InvalidArgumentError NotAuthorizedError NotFoundError
        PayloadTooLargeError QuotaExceededError QuotaStatus RateLimitedError RecordingError RecordingLockedError
        RefusedError ResponseError ServerError TimeoutExpiredError TransportError UnauthorizedError
        ValidationFailedError WebhookUrlSetError
    """,
    "inbox": "Arrival Entry Inbox MemoryInbox SQLiteInbox",
    "loop.conversation": "Conversation",
    "loop.counters": "Counters",
    "loop.listening": "Listening",
    "loop.merging": "Merged Source merge",
    "loop.notifications": "Notifications",
    "loop.polling": "Poll",
    "loop.processing": "Processing",
    "loop.recovering": "Journal Recovered",
    "loop.rules": "Handler Key ProcessOptions Telemetry by_chat",
    "loop.several": "Polled process",
    "models.access": "ApiToken",
    "models.account": """
        AuthorizationCode Device Logout QR Reboot SavedSettings Settings StateInstance StateInstanceRecord
        StatusInstance WaSettings
    """,
    "models.business": "BusinessId SentBusinessMessage UploadedMedia",
    "models.buttons": "CallButton CopyButton InteractiveButton ReplyButton UrlButton",
    "models.contacts": "AddedContact DeletedContact EditedContact",
    "models.files": "File GroupPicture ProfilePicture Progress SentFile UploadedFile",
    "models.groups": """
        AddedParticipant CreatedGroup GroupAdmin GroupData GroupParticipant LeftGroup RemovedAdmin RemovedParticipant
        RenamedGroup SavedGroupSettings
    """,
    "models.journals": "CallParticipant HistoryBlock HistoryCall HistoryMessage",
    "models.marking": "ReadMark",
    "models.messages": """
        AudioMessage BaseMessage ButtonsMessage ButtonsResponseMessage CallTemplateButton ContactMessage
        ContactsArrayMessage DeletedMessage DocumentMessage EditedMessage ExtendedTextMessage FileMessage
        GroupInviteMessage ImageMessage InteractiveButtons InteractiveButtonsReply InteractiveButtonsResponse
        ListMessage ListResponseMessage ListRow ListSection LocationMessage Message MessageButton PollMessage PollOption
        PollUpdateMessage PollVote QuickReplyTemplateButton QuotedMessage ReactionMessage ReceivedButton SharedContact
        StickerMessage TemplateButton TemplateButtonsReplyMessage TemplateMessage TextMessage UnknownMessage
        UrlTemplateButton VideoMessage
    """,
    "models.notifications": """
        AvatarInfo BaseNotification ContactAvatar DeviceInfo IncomingBlock IncomingCall IncomingMessageReceived
        MalformedNotification MessageNotification Notification OutgoingAPIMessageReceived OutgoingCall
        OutgoingMessageReceived OutgoingMessageStatus QuotaData QuotaExceeded Replier StateInstanceChanged
        StatusInstanceChanged UnknownNotification
    """,
    "models.partner": "CreatedInstance DeletedInstanceAccount PartnerInstance",
    "models.queues": "ClearedQueue ClearedWebhooksQueue QueueCount QueuedBody QueuedMessage",
    "models.receiving": "DeletedNotification DownloadLink ReceivedNotification",
    "models.sending": "ContactCard CustomPreview ForwardedMessages SentMessage",
    "models.sent": "Sent",
    "models.service": """
        Avatar Chat Contact ContactInfo DisappearingChat Product ProductImages ProductReview WhatsappCheck
    """,
    "models.service_errors": "ServiceError",
    "models.states": "CallStatus ContactType Direction InstanceState MessageStatus QRType SocketState StatusFont",
    "models.statuses": "HistoryStatus StatusStatistic",
    "outbox": "Attempt Outbox",
    "parsing": "parse_notification",
    "partner": "PartnerClient",
    "signing_in": "QRCodes Readiness",
    "vcard": "VCard parse_vcard",
    "wire.http": "Transport",
    "wire.pace": "MethodPace Pace",
    "wire.retry": "Failure Retry",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
