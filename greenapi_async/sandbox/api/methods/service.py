"""Section 1.3.10 of the manual: service methods about messages and chats."""

from typing import Any, Final

import attrs

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.responses import Answer
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import boolean, chat_id, choice, digits, message_id, number, text
from greenapi_async.sandbox.payloads.field_types import CONTACT_ID, in_go, one_of
from greenapi_async.sandbox.simulation.chat_marks import Typing
from greenapi_async.sandbox.simulation.content import FileContent, TextContent
from greenapi_async.sandbox.simulation.ids import outgoing_id
from greenapi_async.sandbox.simulation.messages import Chat, Message

CHAT: Final = in_go(chat_id(required=False))


@method(
    "POST",
    "deleteMessage",
    body={"chatId": in_go(chat_id()), "idMessage": message_id(required=True), "onlySenderDelete": boolean()},
)
def delete_message(call: Call) -> Answer:
    """Delete a message of ours for everybody, or any message for the account only."""
    chat, message = _found(call)
    if message.type == "incoming" or call.body.get("onlySenderDelete", False):
        call.instance.marks(chat.chat_id).hidden.add(message.id_message)
        message.in_journal = False
    else:
        chat.messages.remove(message)
    return Answer(200)


@method(
    "POST",
    "editMessage",
    body={
        "chatId": chat_id(),
        "idMessage": message_id(required=True),
        "message": text(required=True, longest=20_000),
    },
)
def edit_message(call: Call) -> dict[str, Any]:
    """Change a text of ours, or the caption of a file; beyond the manual."""
    _, message = _found(call)
    new = call.body["message"]
    if message.type == "incoming":
        raise Rejected(400, "Message by id not found")
    if isinstance(message.content, FileContent):
        message.content = attrs.evolve(message.content, caption=new)
    else:
        message.content = TextContent(new)
    message.edited = True
    return {"idMessage": outgoing_id(call.instance.random)}


@method("POST", "archiveChat", body={"chatId": CHAT}, at_least=1)
def archive_chat(call: Call) -> Answer:
    """Put a chat away; it must have an incoming message."""
    return _archive(call, to=True)


@method("POST", "unarchiveChat", body={"chatId": CHAT}, at_least=1)
def unarchive_chat(call: Call) -> Answer:
    """Take a chat out again."""
    return _archive(call, to=False)


@method(
    "POST",
    "setDisappearingChat",
    body={"chatId": CHAT, "ephemeralExpiration": one_of(0, 86_400, 604_800, 7_776_000)},
    at_least=2,
)
def set_disappearing_chat(call: Call) -> dict[str, Any]:
    """Say how long messages stay in a chat with a contact."""
    chat, seconds = call.body["chatId"], call.body["ephemeralExpiration"]
    if not CONTACT_ID.fullmatch(chat):
        raise Rejected(400, "Validation failed. Details: 'chatId' must be one of the next formats: 'phone_number@c.us'")
    marks = call.instance.marks(chat)
    marks.expiration, marks.expiration_set_at = seconds, int(call.instance.now)
    return {"chatId": chat, "disappearingMessagesInChat": seconds > 0, "ephemeralExpiration": seconds}


@method(
    "POST",
    "sendTyping",
    body={"chatId": chat_id(), "typingTime": number(1000, 20_000), "typingType": choice("recording")},
)
def send_typing(call: Call) -> Answer:
    """Let the other side see the account type or record, for a second if not told how long; beyond the manual."""
    until = call.instance.now + call.body.get("typingTime", 1000) / 1000
    call.instance.marks(call.body["chatId"]).typing = Typing(call.body.get("typingType", "typing"), until)
    return Answer(200)


@method("GET", "getChats", query={"count": digits(1, 1_000_000)})
def get_chats(call: Call) -> list[dict[str, Any]]:
    """Give the chats, the last active first; beyond the manual."""
    instance = call.instance
    active = {group.group_id: group.created_at for group in instance.groups if instance.wid in group.members}
    active |= {chat.chat_id: chat.messages[-1].timestamp for chat in instance.chats.values() if chat.messages}
    newest_first = sorted(active, key=lambda chat: active[chat], reverse=True)
    return [_chat_row(call, chat) for chat in newest_first[: int(call.query.get("count", len(active)))]]


def _chat_row(call: Call, chat: str) -> dict[str, Any]:
    marks = call.instance.marks(chat)
    return {
        "archive": marks.archived,
        "id": chat,
        "ephemeralExpiration": marks.expiration,
        "ephemeralSettingTimestamp": marks.expiration_set_at,
        "name": call.instance.name_of(chat),
        "type": "group" if chat.endswith("@g.us") else "user",
    }


def _found(call: Call) -> tuple[Chat, Message]:
    chat = call.instance.chats.get(call.body["chatId"])
    message = chat and chat.find(call.body["idMessage"])
    if not chat or not message or message.id_message in call.instance.marks(chat.chat_id).hidden:
        raise Rejected(400, "Message by id not found")
    return chat, message


def _archive(call: Call, *, to: bool) -> Answer:
    instance, chat = call.instance, call.body["chatId"]
    said = "ArchiveChatError" if to else "UnarchiveChatError"
    if not (chat in instance.chats or chat in instance.address_book.entries or instance.groups.get(chat)):
        raise Rejected(400, f"{said}: chat with id {chat} not found")
    if not any(message.type == "incoming" for message in instance.chat(chat)):
        raise Rejected(400, f"{said}: cannot archive chat cause last message not found in chat")
    marks = instance.marks(chat)
    if marks.archived is to:
        raise Rejected(400, f"{said}: chat with id {chat} already archive={str(to).lower()}")
    marks.archived = to
    return Answer(200)
