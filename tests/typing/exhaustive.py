"""A user file, type-checked: a ``match`` over every notification and message class needs no catch-all."""

from typing import assert_never

from greenapi_async import (
    AudioMessage,
    ButtonsMessage,
    ButtonsResponseMessage,
    ContactMessage,
    ContactsArrayMessage,
    DeletedMessage,
    DeviceInfo,
    DocumentMessage,
    EditedMessage,
    ExtendedTextMessage,
    GroupInviteMessage,
    ImageMessage,
    IncomingBlock,
    IncomingCall,
    IncomingMessageReceived,
    InteractiveButtons,
    InteractiveButtonsReply,
    InteractiveButtonsResponse,
    ListMessage,
    ListResponseMessage,
    LocationMessage,
    MalformedNotification,
    Message,
    Notification,
    OrderMessage,
    OutgoingAPIMessageReceived,
    OutgoingCall,
    OutgoingMessageReceived,
    OutgoingMessageStatus,
    PollMessage,
    PollUpdateMessage,
    ProductMessage,
    QuotaExceeded,
    QuotedMessage,
    ReactionMessage,
    StateInstanceChanged,
    StatusInstanceChanged,
    StickerMessage,
    TemplateButtonsReplyMessage,
    TemplateMessage,
    TextMessage,
    UnknownMessage,
    UnknownNotification,
    VideoMessage,
)
from greenapi_async.types import AvatarInfo


def of_notification(notification: Notification) -> str | None:
    match notification:
        case IncomingMessageReceived():
            return notification.message.text
        case OutgoingMessageReceived():
            return notification.message.text
        case OutgoingAPIMessageReceived():
            return notification.message.text
        case OutgoingMessageStatus():
            return notification.status
        case StateInstanceChanged():
            return notification.state_instance
        case StatusInstanceChanged():
            return notification.status_instance
        case DeviceInfo():
            return notification.type_webhook
        case IncomingCall():
            return notification.status
        case OutgoingCall():
            return notification.status
        case IncomingBlock():
            return notification.chat_state
        case QuotaExceeded():
            return notification.wid
        case AvatarInfo():
            return notification.wid
        case UnknownNotification():
            return notification.type_webhook
        case MalformedNotification():
            return notification.error
        case _:
            assert_never(notification)


def of_message(message: Message) -> str | None:
    match message:
        case TextMessage():
            return message.text
        case ExtendedTextMessage():
            return message.text
        case QuotedMessage():
            return message.text
        case ImageMessage():
            return message.file_name
        case VideoMessage():
            return message.file_name
        case DocumentMessage():
            return message.file_name
        case AudioMessage():
            return message.mime_type
        case StickerMessage():
            return message.mime_type
        case LocationMessage():
            return message.address
        case ContactMessage():
            return message.display_name
        case ContactsArrayMessage():
            return message.type_message
        case ReactionMessage():
            return message.text
        case GroupInviteMessage():
            return message.group_name
        case PollMessage():
            return message.text
        case PollUpdateMessage():
            return message.name
        case ButtonsMessage():
            return message.text
        case TemplateMessage():
            return message.text
        case ListMessage():
            return message.text
        case ButtonsResponseMessage():
            return message.text
        case TemplateButtonsReplyMessage():
            return message.text
        case ListResponseMessage():
            return message.text
        case InteractiveButtonsReply():
            return message.text
        case InteractiveButtons():
            return message.text
        case InteractiveButtonsResponse():
            return message.text
        case ProductMessage():
            return message.title
        case OrderMessage():
            return message.order_id
        case EditedMessage():
            return message.text
        case DeletedMessage():
            return message.stanza_id
        case UnknownMessage():
            return message.type_message
        case _:
            assert_never(message)
