"""The actions of people in a chat: send a message, edit, delete, vote, press a button, react.

An action takes the parameters that the control API accepts under its name, and returns the content of the message that
the other side receives. To add one, write a function and add it to `ACTIONS`.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from greenapi_async.sandbox.payloads.field_types import array, group_id
from greenapi_async.sandbox.payloads.schema import (
    Field,
    Schema,
    boolean,
    choice,
    mapping,
    nested,
    number,
    text,
)
from greenapi_async.sandbox.payloads.spooled_body import SpooledBody
from greenapi_async.sandbox.simulation.content import (
    ContactContent,
    Content,
    FileContent,
    LocationContent,
    PollContent,
    PollUpdateContent,
    ReactionContent,
    Structured,
    TextContent,
    interactive,
)
from greenapi_async.sandbox.simulation.content.structured import deleted, edited, pressed
from greenapi_async.sandbox.simulation.files import FileStore
from greenapi_async.sandbox.simulation.media_types import kind, mime_type
from greenapi_async.sandbox.simulation.messages import Chat, Message
from greenapi_async.sandbox.simulation.shops import Shops

__all__ = ["ACTIONS", "SCHEMA", "Action", "ActionContext"]


@attrs.frozen
class ActionContext:
    """The author of an action and the chat it happens in."""

    chat: Chat
    author: str
    files: FileStore
    shops: Shops
    account: str
    """The account's chat id."""

    @property
    def seller(self) -> str:
        """The shop that the author orders from: the account's, or for its owner that of the contact."""
        return self.chat.chat_id if self.author == self.account else self.account

    def message(self, id_message: str, *, own: bool = False) -> Message:
        """Return a message of the chat.

        Args:
            id_message: The id of the message.
            own: Whether it must be the author's own.

        Raises:
            ValueError: There is no such message.
        """
        found = self.chat.find(id_message)
        if found is None or (own and found.sender != self.author):
            expected = "a message of the author" if own else "a message"
            raise ValueError(f"'idMessage' must be the id of {expected} in this chat")
        return found


@attrs.frozen
class Action:
    """The schema of an action's parameters and the function that performs it."""

    field: Field
    perform: Callable[[ActionContext, Any], Content]


def _text(_context: ActionContext, value: str) -> Content:
    return TextContent(value)


def _file(context: ActionContext, value: Mapping[str, Any]) -> Content:
    name = value["fileName"]
    mime = value.get("mimeType") or mime_type(name)
    if "url" in value:
        url = value["url"]
    else:
        try:
            content = base64.b64decode(value.get("data", ""), validate=True)
        except binascii.Error:
            raise ValueError("'file.data' must be base64") from None
        url = context.files.url(context.files.add(name, mime, SpooledBody(content).whole()))
    return FileContent(
        kind=value.get("kind") or kind(mime),
        download_url=url,
        file_name=name,
        mime_type=mime,
        caption=value.get("caption", ""),
        is_animated=value.get("isAnimated", False),
    )


def _location(_context: ActionContext, value: Mapping[str, Any]) -> Content:
    return LocationContent(
        latitude=value["latitude"],
        longitude=value["longitude"],
        name=value.get("nameLocation", ""),
        address=value.get("address", ""),
    )


def _contact(_context: ActionContext, value: Mapping[str, Any]) -> Content:
    return ContactContent.from_parameters(value)


def _contacts(_context: ActionContext, value: Sequence[Mapping[str, Any]]) -> Content:
    return interactive.contacts([ContactContent.from_parameters(contact) for contact in value])


def _link(_context: ActionContext, value: Mapping[str, Any]) -> Content:
    preview = {name: value[name] for name in ("title", "description", "jpegThumbnail") if name in value}
    return TextContent(value["text"], preview=preview, advertisement=value.get("advertisement", {}))


def _group_invite(_context: ActionContext, value: Mapping[str, Any]) -> Content:
    return interactive.group_invite(
        value["groupId"],
        value.get("groupName", ""),
        code=value.get("inviteCode", ""),
        caption=value.get("caption", ""),
        thumbnail=value.get("jpegThumbnail", ""),
    )


def _buttons(_context: ActionContext, value: Mapping[str, Any]) -> Content:
    return interactive.buttons(value["message"], value.get("footer", ""), value["buttons"])


def _template(_context: ActionContext, value: Mapping[str, Any]) -> Content:
    named = {name: value[name] for name in ("namespace", "elementName") if name in value}
    return interactive.template(value["message"], value.get("footer", ""), value["buttons"], **named)


def _list(_context: ActionContext, value: Mapping[str, Any]) -> Content:
    title, button = value.get("title", ""), value["buttonText"]
    return interactive.list_message(
        value["message"], value.get("footer", ""), value["sections"], title=title, button=button
    )


def _interactive_buttons(kind: interactive.Interactive) -> Callable[[ActionContext, Any], Content]:
    return lambda _context, value: interactive.interactive_buttons(kind, value, value["buttons"])


def _poll(_context: ActionContext, value: Mapping[str, Any]) -> Content:
    return PollContent(
        name=value["message"], options=tuple(value["options"]), multiple=value.get("multipleAnswers", False)
    )


def _vote(context: ActionContext, value: Mapping[str, Any]) -> Content:
    message = context.message(value["idMessage"])
    poll = message.content
    if not isinstance(poll, PollContent):
        raise ValueError("'idMessage' must be the id of a poll")  # noqa: TRY004 - the type is right, the id is not
    options = tuple(value["options"])
    if not set(options) <= set(poll.options) or (len(options) > 1 and not poll.multiple):
        raise ValueError("'options' must be options of the poll, and only one unless the poll allows 'multipleAnswers'")
    message.votes[context.author] = options
    return PollUpdateContent(stanza_id=message.id_message, poll=poll, votes=dict(message.votes))


def _press(context: ActionContext, value: Mapping[str, Any]) -> Content:
    message = context.message(value["idMessage"])
    buttons = message.content
    answer = pressed(message.id_message, buttons, value["buttonId"]) if isinstance(buttons, Structured) else None
    if answer is None:
        raise ValueError("'buttonId' must be the id of a reply button or row of this message")
    return answer


def _edit(context: ActionContext, value: Mapping[str, Any]) -> Content:
    message = context.message(value["idMessage"], own=True)
    new = value["text"]
    if isinstance(message.content, FileContent):
        message.content, message.edited = attrs.evolve(message.content, caption=new), True
        return edited(message.id_message, "caption", new)
    if not isinstance(message.content, TextContent):
        raise ValueError("'idMessage' must be the id of a text or a file")  # noqa: TRY004 - as above
    message.content, message.edited = attrs.evolve(message.content, text=new), True
    return edited(message.id_message, "textMessage", new)


def _delete(context: ActionContext, value: Mapping[str, Any]) -> Content:
    message = context.message(value["idMessage"], own=True)
    context.chat.delete(message)
    return deleted(message.id_message)


def _react(context: ActionContext, value: Mapping[str, Any]) -> Content:
    message = context.message(value["idMessage"])
    return ReactionContent(emoji=value["emoji"], stanza_id=message.id_message, participant=message.sender)


def _product(context: ActionContext, value: Mapping[str, Any]) -> Content:
    product_id = value["productId"]
    sellers = [seller for seller in (context.author, context.seller) if product_id in context.shops.of(seller).products]
    if not sellers:
        raise ValueError("'productId' must be the id of a product of the author or of the other side")
    return context.shops.of(sellers[0]).products[product_id].as_message()


def _order(context: ActionContext, value: Mapping[str, Any]) -> Content:
    return context.shops.order(context.seller, value["productIds"]).as_message()


def _action(perform: Callable[[ActionContext, Any], Content], **schema: Field) -> Action:
    return Action(nested(schema), perform)


_ID: Final = text(required=True)
_OPTIONAL: Final = text(may_be_empty=True)
_OBJECTS: Final = array(mapping(), least=1, required=True)
_RETIRED: Final[Schema] = {"message": text(required=True), "footer": _OPTIONAL}
_INTERACTIVE: Final[Schema] = {
    "header": _OPTIONAL,
    "body": text(required=True),
    "footer": _OPTIONAL,
    "buttons": _OBJECTS,
}
_CONTACT: Final[Schema] = {
    "phoneContact": number(1, required=True),
    "firstName": _OPTIONAL,
    "middleName": _OPTIONAL,
    "lastName": _OPTIONAL,
    "company": _OPTIONAL,
}

ACTIONS: Final[Mapping[str, Action]] = {
    "text": Action(text(), _text),
    "file": _action(
        _file,
        fileName=text(required=True),
        data=_OPTIONAL,
        url=text(),
        mimeType=text(),
        caption=_OPTIONAL,
        kind=choice("image", "video", "audio", "document", "sticker"),
        isAnimated=boolean(),
    ),
    "location": _action(
        _location,
        latitude=number(whole=False, required=True),
        longitude=number(whole=False, required=True),
        nameLocation=_OPTIONAL,
        address=_OPTIONAL,
    ),
    "contact": _action(_contact, **_CONTACT),
    "contacts": Action(array(nested(_CONTACT), least=1), _contacts),
    "link": _action(
        _link,
        text=text(required=True),
        title=_OPTIONAL,
        description=_OPTIONAL,
        jpegThumbnail=_OPTIONAL,
        advertisement=mapping(),
    ),
    "groupInvite": _action(
        _group_invite,
        groupId=group_id(),
        groupName=_OPTIONAL,
        inviteCode=_OPTIONAL,
        caption=_OPTIONAL,
        jpegThumbnail=_OPTIONAL,
    ),
    "buttons": _action(_buttons, **_RETIRED, buttons=_OBJECTS),
    "template": _action(_template, **_RETIRED, buttons=_OBJECTS, namespace=text(), elementName=text()),
    "list": _action(_list, **_RETIRED, sections=_OBJECTS, buttonText=text(required=True), title=_OPTIONAL),
    "interactiveButtons": _action(_interactive_buttons("interactiveButtons"), **_INTERACTIVE),
    "interactiveButtonsReply": _action(_interactive_buttons("interactiveButtonsReply"), **_INTERACTIVE),
    "product": _action(_product, productId=text(required=True)),
    "order": _action(_order, productIds=array(text(), least=1, required=True)),
    "poll": _action(
        _poll,
        message=text(required=True),
        options=array(text(), least=2, most=12, required=True),
        multipleAnswers=boolean(),
    ),
    "vote": _action(_vote, idMessage=_ID, options=array(text(), required=True)),
    "press": _action(_press, idMessage=_ID, buttonId=text(required=True)),
    "edit": _action(_edit, idMessage=_ID, text=text(required=True)),
    "delete": _action(_delete, idMessage=_ID),
    "react": _action(_react, idMessage=_ID, emoji=text(required=True, may_be_empty=True)),
}

SCHEMA: Final[Schema] = {name: action.field for name, action in ACTIONS.items()}
