"""What people can do in a chat besides writing a text; a new kind of act is a function and its line in `ACTS`.

Each takes the value that the control API takes under its name, changes what it changes, and gives the message that the
other side sees.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from greenapi_async.sandbox.payloads.schema import (
    Field,
    Schema,
    boolean,
    choice,
    mapping,
    message_id,
    nested,
    number,
    text,
)
from greenapi_async.sandbox.payloads.field_types import array, group_id
from greenapi_async.sandbox.payloads.spooled_body import Spool
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


@attrs.frozen
class Scene:
    """Where somebody does something: who, and in which chat."""

    chat: Chat
    author: str
    files: FileStore

    def message(self, id_message: str, *, own: bool = False) -> Message:
        """Find the message that is meant."""
        found = self.chat.find(id_message)
        if found is None or (own and found.sender != self.author):
            whose = "a message of the author" if own else "a message"
            raise ValueError(f"'idMessage' must be the id of {whose} in this chat")
        return found


@attrs.frozen
class Act:
    """What it may be given, and what it does."""

    field: Field
    perform: Callable[[Scene, Any], Content]


def _writes(_scene: Scene, value: str) -> Content:
    return TextContent(value)


def _sends_file(scene: Scene, value: Mapping[str, Any]) -> Content:
    name = value["fileName"]
    mime = value.get("mimeType") or mime_type(name)
    if "url" in value:
        url = value["url"]
    else:
        try:
            content = base64.b64decode(value.get("data", ""), validate=True)
        except binascii.Error:
            raise ValueError("'file.data' must be base64") from None
        url = scene.files.url(scene.files.add(name, mime, Spool(content).whole()))
    return FileContent(
        kind=value.get("kind") or kind(mime),
        download_url=url,
        file_name=name,
        mime_type=mime,
        caption=value.get("caption", ""),
        is_animated=value.get("isAnimated", False),
    )


def _sends_location(_scene: Scene, value: Mapping[str, Any]) -> Content:
    return LocationContent(
        latitude=value["latitude"],
        longitude=value["longitude"],
        name=value.get("nameLocation", ""),
        address=value.get("address", ""),
    )


def _sends_contact(_scene: Scene, value: Mapping[str, Any]) -> Content:
    return ContactContent.of(value)


def _sends_contacts(_scene: Scene, value: Sequence[Mapping[str, Any]]) -> Content:
    return interactive.contacts([ContactContent.of(contact) for contact in value])


def _sends_link(_scene: Scene, value: Mapping[str, Any]) -> Content:
    preview = {name: value[name] for name in ("title", "description", "jpegThumbnail") if name in value}
    return TextContent(value["text"], preview=preview, advertisement=value.get("advertisement", {}))


def _invites(_scene: Scene, value: Mapping[str, Any]) -> Content:
    return interactive.group_invite(
        value["groupId"],
        value.get("groupName", ""),
        code=value.get("inviteCode", ""),
        caption=value.get("caption", ""),
        thumbnail=value.get("jpegThumbnail", ""),
    )


def _offers_buttons(_scene: Scene, value: Mapping[str, Any]) -> Content:
    return interactive.buttons(value["message"], value.get("footer", ""), value["buttons"])


def _offers_template(_scene: Scene, value: Mapping[str, Any]) -> Content:
    named = {name: value[name] for name in ("namespace", "elementName") if name in value}
    return interactive.template(value["message"], value.get("footer", ""), value["buttons"], **named)


def _offers_list(_scene: Scene, value: Mapping[str, Any]) -> Content:
    title, button = value.get("title", ""), value["buttonText"]
    return interactive.listed(value["message"], value.get("footer", ""), value["sections"], title=title, button=button)


def _offers(kind: interactive.Interactive) -> Callable[[Scene, Any], Content]:
    return lambda _scene, value: interactive.interactive(kind, value, value["buttons"])


def _asks(_scene: Scene, value: Mapping[str, Any]) -> Content:
    return PollContent(
        name=value["message"], options=tuple(value["options"]), multiple=value.get("multipleAnswers", False)
    )


def _votes(scene: Scene, value: Mapping[str, Any]) -> Content:
    message = scene.message(value["idMessage"])
    poll = message.content
    if not isinstance(poll, PollContent):
        raise ValueError("'idMessage' must be the id of a poll")  # noqa: TRY004 - the id is wrong, of the right type
    options = tuple(value["options"])
    if not set(options) <= set(poll.options) or (len(options) > 1 and not poll.multiple):
        raise ValueError("'options' must be among the poll's, and one only unless it has 'multipleAnswers'")
    message.votes[scene.author] = options
    return PollUpdateContent(stanza_id=message.id_message, poll=poll, votes=dict(message.votes))


def _presses(scene: Scene, value: Mapping[str, Any]) -> Content:
    message = scene.message(value["idMessage"])
    buttons = message.content
    answer = pressed(message.id_message, buttons, value["buttonId"]) if isinstance(buttons, Structured) else None
    if answer is None:
        raise ValueError("'buttonId' must be the id of a button that answers in this message")
    return answer


def _edits(scene: Scene, value: Mapping[str, Any]) -> Content:
    message = scene.message(value["idMessage"], own=True)
    new = value["text"]
    if isinstance(message.content, FileContent):
        message.content, message.edited = attrs.evolve(message.content, caption=new), True
        return edited(message.id_message, "caption", new)
    if not isinstance(message.content, TextContent):
        raise ValueError("'idMessage' must be the id of a text or a file")  # noqa: TRY004 - as above
    message.content, message.edited = attrs.evolve(message.content, text=new), True
    return edited(message.id_message, "textMessage", new)


def _deletes(scene: Scene, value: Mapping[str, Any]) -> Content:
    message = scene.message(value["idMessage"], own=True)
    scene.chat.messages.remove(message)
    return deleted(message.id_message)


def _reacts(scene: Scene, value: Mapping[str, Any]) -> Content:
    message = scene.message(value["idMessage"])
    return ReactionContent(emoji=value["emoji"], stanza_id=message.id_message, participant=message.sender)


def _given(perform: Callable[[Scene, Any], Content], **schema: Field) -> Act:
    return Act(nested(schema), perform)


_ID: Final = message_id(required=True)
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

ACTS: Final[Mapping[str, Act]] = {
    "text": Act(text(), _writes),
    "file": _given(
        _sends_file,
        fileName=text(required=True),
        data=_OPTIONAL,
        url=text(),
        mimeType=text(),
        caption=_OPTIONAL,
        kind=choice("image", "video", "audio", "document", "sticker"),
        isAnimated=boolean(),
    ),
    "location": _given(
        _sends_location,
        latitude=number(whole=False, required=True),
        longitude=number(whole=False, required=True),
        nameLocation=_OPTIONAL,
        address=_OPTIONAL,
    ),
    "contact": _given(_sends_contact, **_CONTACT),
    "contacts": Act(array(nested(_CONTACT), least=1), _sends_contacts),
    "link": _given(
        _sends_link,
        text=text(required=True),
        title=_OPTIONAL,
        description=_OPTIONAL,
        jpegThumbnail=_OPTIONAL,
        advertisement=mapping(),
    ),
    "groupInvite": _given(
        _invites,
        groupId=group_id(),
        groupName=_OPTIONAL,
        inviteCode=_OPTIONAL,
        caption=_OPTIONAL,
        jpegThumbnail=_OPTIONAL,
    ),
    "buttons": _given(_offers_buttons, **_RETIRED, buttons=_OBJECTS),
    "template": _given(_offers_template, **_RETIRED, buttons=_OBJECTS, namespace=text(), elementName=text()),
    "list": _given(_offers_list, **_RETIRED, sections=_OBJECTS, buttonText=text(required=True), title=_OPTIONAL),
    "interactiveButtons": _given(_offers("interactiveButtons"), **_INTERACTIVE),
    "interactiveButtonsReply": _given(_offers("interactiveButtonsReply"), **_INTERACTIVE),
    "poll": _given(
        _asks,
        message=text(required=True),
        options=array(text(), least=2, most=12, required=True),
        multipleAnswers=boolean(),
    ),
    "vote": _given(_votes, idMessage=_ID, options=array(text(), required=True)),
    "press": _given(_presses, idMessage=_ID, buttonId=text(required=True)),
    "edit": _given(_edits, idMessage=_ID, text=text(required=True)),
    "delete": _given(_deletes, idMessage=_ID),
    "react": _given(_reacts, idMessage=_ID, emoji=text(required=True, may_be_empty=True)),
}

SCHEMA: Final[Schema] = {name: act.field for name, act in ACTS.items()}
