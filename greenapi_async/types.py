"""Public classes that are needed less often: answers, enums, options, and protocols to implement.

Like the package itself, this module imports a name on its first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.calls.audio import AudioSource
    from greenapi_async.calls.call import Call
    from greenapi_async.calls.events import (
        CallEnded,
        CallEvents,
        CallFailure,
        CallRings,
        CallsConnected,
        CallsDisconnected,
        CallsEvent,
        CallStateChanged,
    )
    from greenapi_async.calls.listening import CallRecording, HeardAudio
    from greenapi_async.calls.session import Calls, IncomingCalls
    from greenapi_async.errors import BrokerUnavailableError, BusinessErrorItem, QuotaStatus
    from greenapi_async.errors.response import Headers, RateLimitHeaders, RawResponse, Response
    from greenapi_async.fleet import Credentials, InstanceTable
    from greenapi_async.http.rate_limiter import MethodRateLimiter, RateLimiter
    from greenapi_async.http.redis_rate_limiter import RedisRateLimiter
    from greenapi_async.inbox import Entry, Inbox
    from greenapi_async.inbox.base import Destination
    from greenapi_async.inbox.identities import IdentityStore
    from greenapi_async.inbox.outbox import Outbox, OutboxRecord
    from greenapi_async.inbox.outbox_sql import SQLOutbox
    from greenapi_async.inbox.postgres.connection import PostgresConnection
    from greenapi_async.inbox.postgres.rate_limiter import PostgresRateLimiter
    from greenapi_async.inbox.view import (
        InboxCounts,
        InboxView,
        PostgresInboxView,
        SQLiteInboxView,
        StoredEntry,
        open_inbox_view,
    )
    from greenapi_async.instance.health import InstanceHealth
    from greenapi_async.instance.partner import PartnerWithRawResponse
    from greenapi_async.instance.readiness import Readiness
    from greenapi_async.instance.sign_in import QRCodes
    from greenapi_async.methods.business import RecipientType
    from greenapi_async.methods.calling import Verb
    from greenapi_async.methods.catalogs import Price
    from greenapi_async.methods.settings import SettingsChanges
    from greenapi_async.methods.with_raw_response import BusinessWithRawResponse, ClientWithRawResponse
    from greenapi_async.models.account import (
        QR,
        ApiToken,
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
    from greenapi_async.models.bound import BoundClient, Cancel
    from greenapi_async.models.business import BusinessId, SentBusinessMessage, UploadedMedia
    from greenapi_async.models.buttons import (
        CallButton,
        CopyButton,
        InteractiveButton,
        ReplyButton,
        UrlButton,
    )
    from greenapi_async.models.calls import CallInfo, CurrentCall, DialedCall, IceServer
    from greenapi_async.models.catalogs import (
        Collection,
        CollectionMove,
        CollectionPage,
        CreatedCollection,
        DeletedCollection,
        DeletedProducts,
        EditedCollection,
        MovedCollections,
        OrderDetails,
        OrderLine,
        OrderPrices,
        Paging,
        Product,
        ProductImages,
        ProductPage,
        ProductReview,
        SavedProduct,
    )
    from greenapi_async.models.chat_ids import ChatKind
    from greenapi_async.models.contacts import AddedContact, DeletedContact, EditedContact
    from greenapi_async.models.files import (
        File,
        GroupPicture,
        ProfilePicture,
        Progress,
        ReadableFile,
        ReadableResponse,
        SentFile,
        UploadedFile,
        WritableFile,
        WritableStream,
        Writer,
    )
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
    from greenapi_async.models.journals import (
        CallParticipant,
        HistoryBlock,
        HistoryCall,
        HistoryMessage,
    )
    from greenapi_async.models.messages import (
        CallTemplateButton,
        ListRow,
        ListSection,
        MessageButton,
        PollOption,
        PollVote,
        QuickReplyTemplateButton,
        ReceivedButton,
        SharedContact,
        TemplateButton,
        UrlTemplateButton,
    )
    from greenapi_async.models.messenger_accounts import (
        AccountAuthorization,
        AccountAuthorizationData,
        AccountCheck,
        AccountSettings,
    )
    from greenapi_async.models.messengers import Messenger
    from greenapi_async.models.notifications import AvatarInfo, ContactAvatar, QuotaData
    from greenapi_async.models.partner import CreatedInstance, DeletedInstanceAccount, PartnerInstance
    from greenapi_async.models.queues import (
        ClearedQueue,
        ClearedWebhooksQueue,
        QueueCount,
        QueuedBody,
        QueuedMessage,
    )
    from greenapi_async.models.receiving import DeletedNotification, DownloadLink, ReceivedNotification
    from greenapi_async.models.sending import ContactCard, CustomPreview, ForwardedMessages
    from greenapi_async.models.sent import Sent
    from greenapi_async.models.service import (
        Avatar,
        Chat,
        Contact,
        ContactInfo,
        DisappearingChat,
        ReadMark,
        WhatsappCheck,
    )
    from greenapi_async.models.service_errors import ServiceError
    from greenapi_async.models.states import (
        CallState,
        ContactType,
        Direction,
        QRType,
        SocketState,
        StatusFont,
        StatusFontName,
    )
    from greenapi_async.models.statuses import HistoryStatus, StatusStatistic
    from greenapi_async.outgoing.broadcast import Broadcast
    from greenapi_async.outgoing.broadcast_content import BroadcastContent, BroadcastFile, BroadcastPoll
    from greenapi_async.outgoing.broadcast_monitor import OnProgress
    from greenapi_async.outgoing.broadcast_preparation import OptOutList
    from greenapi_async.outgoing.broadcast_progress import BroadcastProgress, BroadcastState
    from greenapi_async.outgoing.broadcast_recipients import Recipient, Recipients, RecipientStatus
    from greenapi_async.outgoing.broadcast_store import BroadcastRecipient
    from greenapi_async.outgoing.job import JobStatus, ScheduledJob
    from greenapi_async.outgoing.job_run import JobEvent, JobRun, JobTelemetry
    from greenapi_async.outgoing.opt_out_words import LANGUAGES, Language
    from greenapi_async.outgoing.opt_outs import OptOut
    from greenapi_async.polling.counters import Counters, HandlerRun
    from greenapi_async.polling.recovery import Recovered
    from greenapi_async.processing.client_protocol import ProcessClient
    from greenapi_async.processing.client_source import ClientSource, ClientSourceRun
    from greenapi_async.processing.health import MonitoredRun, ProcessingHealth, WaitingChat
    from greenapi_async.processing.instances import Removal
    from greenapi_async.processing.options import (
        ClientTelemetry,
        Handler,
        Key,
        Monitor,
        Telemetry,
        by_chat,
    )
    from greenapi_async.processing.takeovers import Takeover
    from greenapi_async.processing.waiters import Interruption

__all__ = [  # noqa: RUF022  sorted as Python sorts strings
    "AccountAuthorization", "AccountAuthorizationData", "AccountCheck", "AccountSettings", "AddedContact",
    "AddedParticipant", "ApiToken", "AudioSource", "AuthorizationCode", "Avatar", "AvatarInfo", "BoundClient",
    "Broadcast", "BroadcastContent", "BroadcastFile", "BroadcastPoll", "BroadcastProgress", "BroadcastRecipient",
    "BroadcastState", "BrokerUnavailableError", "BusinessErrorItem", "BusinessId", "BusinessWithRawResponse",
    "Call", "CallButton", "CallEnded", "CallEvents", "CallFailure", "CallInfo", "CallParticipant", "CallRecording",
    "CallRings", "CallState", "CallStateChanged", "CallTemplateButton", "Calls", "CallsConnected",
    "CallsDisconnected", "CallsEvent", "Cancel", "Chat", "ChatKind", "ClearedQueue", "ClearedWebhooksQueue",
    "ClientSource", "ClientSourceRun", "ClientTelemetry", "ClientWithRawResponse", "Collection", "CollectionMove",
    "CollectionPage", "Contact", "ContactAvatar", "ContactCard", "ContactInfo", "ContactType", "CopyButton",
    "Counters", "CreatedCollection", "CreatedGroup", "CreatedInstance", "Credentials", "CurrentCall",
    "CustomPreview", "DeletedCollection", "DeletedContact", "DeletedInstanceAccount", "DeletedNotification",
    "DeletedProducts", "Destination", "Device", "DialedCall", "Direction", "DisappearingChat", "DownloadLink",
    "EditedCollection", "EditedContact", "Entry", "File", "ForwardedMessages", "GroupAdmin", "GroupData",
    "GroupParticipant", "GroupPicture", "Handler", "HandlerRun", "Headers", "HeardAudio", "HistoryBlock",
    "HistoryCall", "HistoryMessage", "HistoryStatus", "IceServer", "IdentityStore", "Inbox", "InboxCounts",
    "InboxView", "IncomingCalls", "InstanceHealth", "InstanceTable", "InteractiveButton", "Interruption",
    "JobEvent", "JobRun", "JobStatus", "JobTelemetry", "Key", "LANGUAGES", "Language", "LeftGroup", "ListRow",
    "ListSection", "Logout", "MessageButton", "Messenger", "MethodRateLimiter", "Monitor", "MonitoredRun",
    "MovedCollections", "OnProgress", "OptOut", "OptOutList", "OrderDetails", "OrderLine", "OrderPrices", "Outbox",
    "OutboxRecord", "Paging", "PartnerInstance", "PartnerWithRawResponse", "PollOption", "PollVote",
    "PostgresConnection", "PostgresInboxView", "PostgresRateLimiter", "Price", "ProcessClient", "ProcessingHealth",
    "Product", "ProductImages", "ProductPage", "ProductReview", "ProfilePicture", "Progress", "QR", "QRCodes",
    "QRType", "QueueCount", "QueuedBody", "QueuedMessage", "QuickReplyTemplateButton", "QuotaData", "QuotaStatus",
    "RateLimitHeaders", "RateLimiter", "RawResponse", "ReadMark", "ReadableFile", "ReadableResponse", "Readiness",
    "Reboot", "ReceivedButton", "ReceivedNotification", "Recipient", "RecipientStatus", "RecipientType",
    "Recipients", "Recovered", "RedisRateLimiter", "Removal", "RemovedAdmin", "RemovedParticipant", "RenamedGroup",
    "ReplyButton", "Response", "SQLOutbox", "SQLiteInboxView", "SavedGroupSettings", "SavedProduct",
    "SavedSettings", "ScheduledJob", "Sent", "SentBusinessMessage", "SentFile", "ServiceError", "Settings",
    "SettingsChanges", "SharedContact", "SocketState", "StateInstance", "StateInstanceRecord", "StatusFont",
    "StatusFontName", "StatusInstance", "StatusStatistic", "StoredEntry", "Takeover", "Telemetry", "TemplateButton",
    "UploadedFile", "UploadedMedia", "UrlButton", "UrlTemplateButton", "Verb", "WaSettings", "WaitingChat",
    "WhatsappCheck", "WritableFile", "WritableStream", "Writer", "by_chat", "open_inbox_view",
]  # fmt: skip

_HOMES = {
    "calls.audio": "AudioSource",
    "calls.call": "Call",
    "calls.events": """
        CallEnded CallEvents CallFailure CallRings CallStateChanged CallsConnected CallsDisconnected CallsEvent
    """,
    "calls.listening": "CallRecording HeardAudio",
    "calls.session": "Calls IncomingCalls",
    "errors": "BrokerUnavailableError BusinessErrorItem QuotaStatus",
    "fleet": "Credentials InstanceTable",
    "http.rate_limiter": "MethodRateLimiter RateLimiter",
    "http.redis_rate_limiter": "RedisRateLimiter",
    "inbox": "Entry Inbox",
    "inbox.base": "Destination",
    "inbox.identities": "IdentityStore",
    "inbox.outbox": "OutboxRecord Outbox",
    "inbox.outbox_sql": "SQLOutbox",
    "inbox.view": "InboxCounts InboxView PostgresInboxView SQLiteInboxView StoredEntry open_inbox_view",
    "inbox.postgres.connection": "PostgresConnection",
    "inbox.postgres.rate_limiter": "PostgresRateLimiter",
    "instance.health": "InstanceHealth",
    "instance.readiness": "Readiness",
    "instance.sign_in": "QRCodes",
    "methods.business": "RecipientType",
    "methods.calling": "Verb",
    "methods.catalogs": "Price",
    "methods.settings": "SettingsChanges",
    "models.account": """
        ApiToken AuthorizationCode Device Logout QR Reboot SavedSettings Settings StateInstance
        StateInstanceRecord StatusInstance WaSettings
    """,
    "models.bound": "BoundClient Cancel",
    "models.business": "BusinessId SentBusinessMessage UploadedMedia",
    "models.buttons": "CallButton CopyButton InteractiveButton ReplyButton UrlButton",
    "models.calls": "CallInfo CurrentCall DialedCall IceServer",
    "models.catalogs": """
        Collection CollectionMove CollectionPage CreatedCollection DeletedCollection DeletedProducts
        EditedCollection MovedCollections OrderDetails OrderLine OrderPrices Paging Product ProductImages
        ProductPage ProductReview SavedProduct
    """,
    "models.chat_ids": "ChatKind",
    "models.contacts": "AddedContact DeletedContact EditedContact",
    "models.files": """
        File GroupPicture ProfilePicture Progress ReadableFile ReadableResponse SentFile UploadedFile WritableFile
        WritableStream Writer
    """,
    "models.groups": """
        AddedParticipant CreatedGroup GroupAdmin GroupData GroupParticipant LeftGroup RemovedAdmin
        RemovedParticipant RenamedGroup SavedGroupSettings
    """,
    "models.journals": "CallParticipant HistoryBlock HistoryCall HistoryMessage",
    "models.messages": """
        CallTemplateButton ListRow ListSection MessageButton PollOption PollVote QuickReplyTemplateButton
        ReceivedButton SharedContact TemplateButton UrlTemplateButton
    """,
    "models.messenger_accounts": "AccountAuthorization AccountAuthorizationData AccountCheck AccountSettings",
    "models.messengers": "Messenger",
    "models.notifications": "AvatarInfo ContactAvatar QuotaData",
    "models.partner": "CreatedInstance DeletedInstanceAccount PartnerInstance",
    "models.queues": "ClearedQueue ClearedWebhooksQueue QueueCount QueuedBody QueuedMessage",
    "models.receiving": "DeletedNotification DownloadLink ReceivedNotification",
    "models.sending": "ContactCard CustomPreview ForwardedMessages",
    "models.sent": "Sent",
    "models.service": """
        Avatar Chat Contact ContactInfo DisappearingChat ReadMark WhatsappCheck
    """,
    "models.service_errors": "ServiceError",
    "models.states": "CallState ContactType Direction QRType SocketState StatusFont StatusFontName",
    "models.statuses": "HistoryStatus StatusStatistic",
    "instance.partner": "PartnerWithRawResponse",
    "outgoing.broadcast": "Broadcast",
    "outgoing.broadcast_monitor": "OnProgress",
    "outgoing.broadcast_content": "BroadcastContent BroadcastFile BroadcastPoll",
    "outgoing.broadcast_preparation": "OptOutList",
    "outgoing.broadcast_progress": "BroadcastProgress BroadcastState",
    "outgoing.broadcast_recipients": "Recipient RecipientStatus Recipients",
    "outgoing.broadcast_store": "BroadcastRecipient",
    "outgoing.job": "JobStatus ScheduledJob",
    "outgoing.job_run": "JobEvent JobRun JobTelemetry",
    "outgoing.opt_outs": "OptOut",
    "outgoing.opt_out_words": "Language LANGUAGES",
    "polling.counters": "Counters HandlerRun",
    "polling.recovery": "Recovered",
    "processing.client_protocol": "ProcessClient",
    "processing.client_source": "ClientSource ClientSourceRun",
    "processing.health": "MonitoredRun ProcessingHealth WaitingChat",
    "processing.instances": "Removal",
    "processing.takeovers": "Takeover",
    "processing.options": "ClientTelemetry Handler Key Monitor Telemetry by_chat",
    "processing.waiters": "Interruption",
    "errors.response": "Headers RateLimitHeaders RawResponse Response",
    "methods.with_raw_response": "BusinessWithRawResponse ClientWithRawResponse",
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
