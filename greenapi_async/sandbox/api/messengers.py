"""The methods of each messenger: which it has, and with which parameters.

The modules in `methods` define the methods of WhatsApp and the few that others have of their own. Those of MAX and
Telegram have the same handlers with other fields: chat ids are numbers, or `phone@c.us` for a person, which is replaced
by the number before the handler runs.

Source: the vendor's pages and clients of MAX and Telegram.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from greenapi_async.sandbox.api.methods import METHODS, Method, messenger_accounts
from greenapi_async.sandbox.payloads.field_types import array
from greenapi_async.sandbox.payloads.schema import NUMBER_ID, Field, Schema, boolean, chat_id, number, text
from greenapi_async.sandbox.simulation.messengers import MAX, TELEGRAM, WHATSAPP, Messenger
from greenapi_async.sandbox.simulation.people import People
from greenapi_async.sandbox.simulation.settings import numbered_schema

__all__ = ["find_method", "methods_of", "normalise"]

OWN: Final = (
    "checkAccount",
    "getAccountSettings",
    "startAuthorization",
    "sendAuthorizationCode",
    "sendAuthorizationPassword",
)
BOTH: Final = (
    *("getSettings", "setSettings", "getStateInstance", "reboot", "logout", "qr", "setProfilePicture"),
    *("sendMessage", "sendFileByUpload", "sendFileByUrl", "uploadFile", "sendLocation", "sendContact"),
    *("receiveNotification", "deleteNotification", "downloadFile"),
    *("getChatHistory", "getMessage", "lastIncomingMessages", "lastOutgoingMessages", "getChats"),
    *("showMessagesQueue", "clearMessagesQueue", "getMessagesCount", "getWebhooksCount", "clearWebhooksQueue"),
    *("createGroup", "updateGroupName", "getGroupData", "addGroupParticipant", "removeGroupParticipant"),
    *("setGroupAdmin", "removeAdmin", "setGroupPicture", "leaveGroup"),
    *("readChat", "getAvatar", "getContacts", "getContactInfo", "editMessage", "deleteMessage"),
    *OWN[:-1],
)
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    WHATSAPP.name: tuple(name for name in METHODS if name not in OWN),
    MAX.name: BOTH,
    TELEGRAM.name: (
        *BOTH,
        *("sendPoll", "forwardMessages", "sendTyping", "archiveChat", "unarchiveChat", "updateApiToken", OWN[-1]),
    ),
}
OTHERS: Final = {
    each.name: each
    for each in (
        messenger_accounts.numbered_contacts,
        messenger_accounts.numbered_contact_info,
        messenger_accounts.numbered_chats,
    )
}
"""Methods that answer differently than on WhatsApp."""

_CHAT: Final = chat_id(re.compile(rf"{NUMBER_ID.pattern}|[0-9]+@c\.us"), MAX.formats)
_PERSON: Final = chat_id(re.compile(r"[1-9][0-9]*|[0-9]+@c\.us"), "'user_id'")
_GROUP: Final = chat_id(re.compile(r"-[1-9][0-9]*"), "'-group_id'")
_MESSAGE_ID: Final = text()
_FIELDS: Final[Schema] = {
    "chatId": _CHAT,
    "chatIdFrom": _CHAT,
    "groupId": _GROUP,
    "participantChatId": _PERSON,
    "chatIds": array(_PERSON),
    "idMessage": _MESSAGE_ID,
    "quotedMessageId": _MESSAGE_ID,
    "messages": array(_MESSAGE_ID, least=1),
}
_TYPING_TYPE: Final = {"typingType": text()}
_SEND: Final[Schema] = {"chatId": _CHAT, "quotedMessageId": _MESSAGE_ID, "typingTime": number(1000, 20_000)}
_BODIES: Final[Mapping[str, Mapping[str, Schema]]] = {
    MAX.name: {
        "setSettings": numbered_schema(),
        "sendMessage": {
            **_SEND,
            "message": text(required=True, longest=4000),
            "archiveChat": boolean(),
            "linkPreview": boolean(),
        },
        "editMessage": {
            "chatId": _CHAT,
            "idMessage": text(required=True),
            "message": text(required=True, longest=4000),
        },
    },
    TELEGRAM.name: {
        "setSettings": numbered_schema(),
        "sendMessage": {**_SEND, **_TYPING_TYPE, "message": text(required=True, longest=4096)},
        "editMessage": {
            "chatId": _CHAT,
            "idMessage": text(required=True),
            "message": text(required=True, longest=4096),
        },
        "readChat": {"chatId": _CHAT},
    },
}
"""Bodies that differ in more than ids."""
_MORE: Final[Mapping[str, Schema]] = {
    "sendPoll": {"isAnonymous": boolean(), **_TYPING_TYPE},
    **dict.fromkeys(("sendFileByUpload", "sendFileByUrl", "sendLocation", "sendContact", "sendTyping"), _TYPING_TYPE),
}
"""Further parameters on Telegram."""


def methods_of(messenger: Messenger) -> Mapping[str, Method]:
    """Return the methods of a messenger by their names."""
    return _METHODS[messenger.name]


def find_method(messenger: Messenger, name: str, verb: str) -> Method | None:
    """Return a method of a messenger; clearWebhooksQueue accepts the verb of the vendor's client of Telegram, too."""
    method = methods_of(messenger).get(name)
    if method is not None and name == "clearWebhooksQueue" and messenger.has_numbers and verb == "GET":
        return attrs.evolve(method, verb="GET")
    return method


def normalise(messenger: Messenger, method: str, body: Mapping[str, Any], people: People) -> Mapping[str, Any]:
    """Return the parameters of a call as the handlers expect them.

    Args:
        messenger: The messenger of the instance.
        method: The name of the method.
        body: Its validated parameters.
        people: Knows the persons by their phone numbers.
    """
    if not messenger.has_numbers:
        return body
    renamed = _renamed(messenger, method)
    return {renamed.get(name, name): _resolved(name, value, people) for name, value in body.items()}


def _resolved(name: str, value: Any, people: People) -> Any:
    if name == "chatIds":
        return [people.resolve(each) for each in value]
    return people.resolve(value) if name in {"chatId", "chatIdFrom", "participantChatId"} else value


def _renamed(messenger: Messenger, method: str) -> Mapping[str, str]:
    """Return the parameters that a messenger calls differently: Telegram has `chatId` in place of `groupId`."""
    fields = METHODS[method].body or METHODS[method].form or {}
    return {"chatId": "groupId"} if messenger is TELEGRAM and "groupId" in fields else {}


def _adapt(messenger: Messenger, method: Method) -> Method:
    body, form = method.body, method.form
    if body is not None:
        body = _BODIES[messenger.name].get(method.name) or _fields(messenger, method.name, body)
    return attrs.evolve(method, body=body, form=None if form is None else _fields(messenger, method.name, form))


def _fields(messenger: Messenger, method: str, fields: Schema) -> Schema:
    names = {theirs: own for own, theirs in _renamed(messenger, method).items()}
    more = _MORE.get(method, {}) if messenger is TELEGRAM else {}
    adapted = {
        names.get(name, name): Field(_FIELDS[name].check, required=field.required) if name in _FIELDS else field
        for name, field in fields.items()
    }
    return {**adapted, **more}


_METHODS: Final[Mapping[str, Mapping[str, Method]]] = {
    WHATSAPP.name: {name: METHODS[name] for name in NAMES[WHATSAPP.name]},
    **{
        messenger.name: {name: _adapt(messenger, OTHERS.get(name, METHODS[name])) for name in NAMES[messenger.name]}
        for messenger in (MAX, TELEGRAM)
    },
}
