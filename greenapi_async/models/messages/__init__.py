"""Messages: what a notification carries, what a journal lists, and what a quote shows. Manual: 1.3.4 and 1.3.5.

Each class names the wrappers its fields may stand in (``textMessageData`` in a notification, nothing in a journal or a
quote); they are lifted out before reading, so that one class is read from every shape. To add a type: one class, and
its line in ``Message``.
"""

from typing import TypeAlias, get_args

import attrs

from greenapi_async.models.messages.base import BaseMessage, UnknownMessage
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
    "PollMessage",
    "PollOption",
    "PollUpdateMessage",
    "PollVote",
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
    | EditedMessage
    | DeletedMessage
    | UnknownMessage
)

for _kind in get_args(Message):
    attrs.resolve_types(_kind, localns={"Message": Message})  # ``quoted`` names the union that is made of its class
