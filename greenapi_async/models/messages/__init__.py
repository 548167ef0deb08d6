"""Messages: the content of notifications, journal rows and quotes. Source: manual 1.3.4 and 1.3.5.

Each class lists the wrapper objects that can hold its fields (``textMessageData`` in a notification; none in a journal
or a quote). They are flattened before parsing, so one class fits every shape. To add a type, add a class and list it in
``Message``.
"""

from typing import TypeAlias, get_args

import attrs

from greenapi_async.models.messages.base import BaseMessage
from greenapi_async.models.messages.buttons import (
    ButtonsMessage,
    ButtonsResponseMessage,
    CallTemplateButton,
    ListMessage,
    ListResponseMessage,
    ListRow,
    ListSection,
    MessageButton,
    QuickReplyTemplateButton,
    TemplateButton,
    TemplateButtonsReplyMessage,
    TemplateMessage,
    UrlTemplateButton,
)
from greenapi_async.models.messages.catalogs import OrderMessage, ProductMessage
from greenapi_async.models.messages.changes import DeletedMessage, EditedMessage, ReactionMessage
from greenapi_async.models.messages.contacts import (
    ContactMessage,
    ContactsArrayMessage,
    GroupInviteMessage,
    SharedContact,
)
from greenapi_async.models.messages.files import (
    AudioMessage,
    DocumentMessage,
    FileMessage,
    ImageMessage,
    StickerMessage,
    VideoMessage,
)
from greenapi_async.models.messages.interactive import (
    InteractiveButtons,
    InteractiveButtonsReply,
    InteractiveButtonsResponse,
    ReceivedButton,
)
from greenapi_async.models.messages.location import LocationMessage
from greenapi_async.models.messages.polls import PollMessage, PollOption, PollUpdateMessage, PollVote
from greenapi_async.models.messages.text import ExtendedTextMessage, QuotedMessage, TextMessage
from greenapi_async.models.messages.unknown import UnknownMessage

__all__ = [
    "AudioMessage",
    "BaseMessage",
    "ButtonsMessage",
    "ButtonsResponseMessage",
    "CallTemplateButton",
    "ContactMessage",
    "ContactsArrayMessage",
    "DeletedMessage",
    "DocumentMessage",
    "EditedMessage",
    "ExtendedTextMessage",
    "FileMessage",
    "GroupInviteMessage",
    "ImageMessage",
    "InteractiveButtons",
    "InteractiveButtonsReply",
    "InteractiveButtonsResponse",
    "ListMessage",
    "ListResponseMessage",
    "ListRow",
    "ListSection",
    "LocationMessage",
    "Message",
    "MessageButton",
    "OrderMessage",
    "PollMessage",
    "PollOption",
    "PollUpdateMessage",
    "PollVote",
    "ProductMessage",
    "QuickReplyTemplateButton",
    "QuotedMessage",
    "ReactionMessage",
    "ReceivedButton",
    "SharedContact",
    "StickerMessage",
    "TemplateButton",
    "TemplateButtonsReplyMessage",
    "TemplateMessage",
    "TextMessage",
    "UnknownMessage",
    "UrlTemplateButton",
    "VideoMessage",
]

Message: TypeAlias = (
    TextMessage
    | ExtendedTextMessage
    | QuotedMessage
    | ImageMessage
    | VideoMessage
    | DocumentMessage
    | AudioMessage
    | StickerMessage
    | LocationMessage
    | ContactMessage
    | ContactsArrayMessage
    | ReactionMessage
    | GroupInviteMessage
    | PollMessage
    | PollUpdateMessage
    | ButtonsMessage
    | TemplateMessage
    | ListMessage
    | ButtonsResponseMessage
    | TemplateButtonsReplyMessage
    | ListResponseMessage
    | InteractiveButtons
    | InteractiveButtonsReply
    | InteractiveButtonsResponse
    | ProductMessage
    | OrderMessage
    | EditedMessage
    | DeletedMessage
    | UnknownMessage
)

for _kind in get_args(Message):
    attrs.resolve_types(_kind, localns={"Message": Message})  # ``quoted`` refers to the union of its own class
