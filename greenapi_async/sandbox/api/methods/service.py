"""Service methods about messages and chats.

Source: manual 1.3.10.
"""

from typing import Any, Final

import attrs

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.field_types import CONTACT_ID, in_go, one_of
from greenapi_async.sandbox.payloads.responses import ApiResponse, RequestRejected
from greenapi_async.sandbox.payloads.schema import (
    boolean,
    chat_id,
    choice,
    digits,
    is_group,
    message_id,
    number,
    text,
)
from greenapi_async.sandbox.simulation.content import FileContent, TextContent
from greenapi_async.sandbox.simulation.messages import Chat, Message, Typing

__all__ = [
    "archive_chat",
    "delete_message",
    "edit_message",
    "get_chats",
    "send_typing",
    "set_disappearing_chat",
    "unarchive_chat",
]

CHAT: Final = in_go(chat_id(required=False))


@method(
    "POST",
    "deleteMessage",
    body={"chatId": in_go(chat_id()), "idMessage": message_id(required=True), "onlySenderDelete": boolean()},
)
def delete_message(call: Call) -> ApiResponse:
    """Delete an own message for everyone, or any message for the account only."""
    chat, message = _found(call)
    if message.type == "incoming" or call.body.get("onlySenderDelete", False):
        call.instance.chats.settings(chat.chat_id).hidden.add(message.id_message)
        message.in_journal = False
    else:
        chat.delete(message)
    return ApiResponse(200)


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
    """Edit an own text or caption. Source: the vendor's documentation, beyond the manual."""
    _, message = _found(call)
    new = call.body["message"]
    if message.type == "incoming":
        raise RequestRejected(400, "Message by id not found")
    if isinstance(message.content, FileContent):
        message.content = attrs.evolve(message.content, caption=new)
    else:
        message.content = TextContent(new)
    message.edited = True
    return {"idMessage": call.instance.outbox.new_id(call.body["chatId"])}


@method("POST", "archiveChat", body={"chatId": CHAT}, at_least=1)
def archive_chat(call: Call) -> ApiResponse:
    """Archive a chat, which must contain an incoming message."""
    return _archive(call, to=True)


@method("POST", "unarchiveChat", body={"chatId": CHAT}, at_least=1)
def unarchive_chat(call: Call) -> ApiResponse:
    """Unarchive a chat."""
    return _archive(call, to=False)


@method(
    "POST",
    "setDisappearingChat",
    body={"chatId": CHAT, "ephemeralExpiration": one_of(0, 86_400, 604_800, 7_776_000)},
    at_least=2,
)
def set_disappearing_chat(call: Call) -> dict[str, Any]:
    """Set how long messages stay in a chat with a contact."""
    chat, seconds = call.body["chatId"], call.body["ephemeralExpiration"]
    if not CONTACT_ID.fullmatch(chat):
        raise RequestRejected(
            400, "Validation failed. Details: 'chatId' must be one of the next formats: 'phone_number@c.us'"
        )
    settings = call.instance.chats.settings(chat)
    settings.expiration, settings.expiration_set_at = seconds, int(call.instance.timeline.now)
    return {"chatId": chat, "disappearingMessagesInChat": seconds > 0, "ephemeralExpiration": seconds}


@method(
    "POST",
    "sendTyping",
    body={"chatId": chat_id(), "typingTime": number(1000, 20_000), "typingType": choice("recording")},
)
def send_typing(call: Call) -> ApiResponse:
    """Show a typing indicator for one second by default. Source: the vendor's documentation, beyond the manual."""
    until = call.instance.timeline.now + call.body.get("typingTime", 1000) / 1000
    call.instance.chats.settings(call.body["chatId"]).typing = Typing(call.body.get("typingType", "typing"), until)
    return ApiResponse(200)


@method("GET", "getChats", query={"count": digits(1, 1_000_000)})
def get_chats(call: Call) -> list[dict[str, Any]]:
    """Return the chats, last active first. Source: the vendor's documentation, beyond the manual."""
    instance = call.instance
    active = {group.group_id: group.created_at for group in instance.groups if instance.own_id in group.members}
    active |= {chat.chat_id: chat.messages[-1].timestamp for chat in instance.chats.values() if chat.messages}
    newest_first = sorted(active, key=lambda chat: active[chat], reverse=True)
    return [_chat_row(call, chat) for chat in newest_first[: int(call.query.get("count", len(active)))]]


def _chat_row(call: Call, chat: str) -> dict[str, Any]:
    settings = call.instance.chats.settings(chat)
    return {
        "archive": settings.archived,
        "id": chat,
        "ephemeralExpiration": settings.expiration,
        "ephemeralSettingTimestamp": settings.expiration_set_at,
        "name": call.instance.people.name_of(chat),
        "type": "group" if is_group(chat) else "user",
    }


def _found(call: Call) -> tuple[Chat, Message]:
    chat = call.instance.chats.get(call.body["chatId"])
    message = chat and chat.find(call.body["idMessage"])
    if not chat or not message or message.id_message in call.instance.chats.settings(chat.chat_id).hidden:
        raise RequestRejected(400, "Message by id not found")
    return chat, message


def _archive(call: Call, *, to: bool) -> ApiResponse:
    instance, chat = call.instance, call.body["chatId"]
    error = "ArchiveChatError" if to else "UnarchiveChatError"
    if not (chat in instance.chats or chat in instance.people.address_book.entries or instance.groups.get(chat)):
        raise RequestRejected(400, f"{error}: chat with id {chat} not found")
    if not any(message.type == "incoming" for message in instance.chat(chat)):
        raise RequestRejected(400, f"{error}: cannot archive chat cause last message not found in chat")
    settings = instance.chats.settings(chat)
    if settings.archived is to:
        raise RequestRejected(400, f"{error}: chat with id {chat} already archive={str(to).lower()}")
    settings.archived = to
    return ApiResponse(200)
