"""Schemas of the request bodies of the control API."""

from typing import Any, Final, cast

from greenapi_async.sandbox.api.business import ENDPOINTS
from greenapi_async.sandbox.api.methods import METHODS
from greenapi_async.sandbox.payloads.field_types import FONTS, array, contact_id, digits_of_phone, url
from greenapi_async.sandbox.payloads.schema import (
    ANY_CHAT_ID,
    Field,
    Schema,
    boolean,
    chat_id,
    choice,
    mapping,
    nested,
    number,
    text,
)
from greenapi_async.sandbox.simulation.actions import SCHEMA as ACTIONS
from greenapi_async.sandbox.simulation.catalogue import KINDS
from greenapi_async.sandbox.simulation.lifecycle import STATES
from greenapi_async.sandbox.simulation.messengers import MESSENGERS
from greenapi_async.sandbox.simulation.phone_calls import INCOMING, OUTGOING
from greenapi_async.sandbox.simulation.settings import SCHEMA as SETTINGS

__all__ = [
    "ACCOUNT",
    "CONTACT",
    "CONTACT_WRITES",
    "FAULT",
    "GROUP",
    "INSTANCE",
    "PHONE_WRITES",
    "PRODUCE",
    "SCAN",
    "STATE",
    "STATUS",
    "VIEWER",
    "VOICE_CALL",
]


def _headers() -> Field:
    def check(name: str, value: Any) -> str | None:
        if wrong := mapping().check(name, value):
            return wrong
        headers = cast("dict[str, object]", value)
        return None if all(isinstance(each, str) for each in headers.values()) else f"'{name}' must contain strings"

    return Field(check)


ANY_CHAT: Final = chat_id(ANY_CHAT_ID, "'phone_number@c.us', 'group_id@g.us', 'user_id' or '-group_id'")

INSTANCE: Final[Schema] = {
    "idInstance": number(1, 999_999_999_999),
    "messenger": choice(*MESSENGERS),
    "apiTokenInstance": text(),
    "phone": text(),
    "stateInstance": choice(*STATES, None),
    "settings": nested(SETTINGS),
}
PHONE_WRITES: Final[Schema] = {
    "chatId": ANY_CHAT,
    **ACTIONS,
    "call": nested(
        {
            "status": choice(*dict.fromkeys((*INCOMING, *OUTGOING))),
            "isVideo": boolean(),
            "idMessage": text(),
            "duration": number(0, 86_400),
        }
    ),
    "quotedMessageId": text(),
}
CONTACT_WRITES: Final[Schema] = {
    **PHONE_WRITES,
    "senderName": text(may_be_empty=True),
    "sender": chat_id(ANY_CHAT_ID, required=False),
    "senderContactName": text(may_be_empty=True),
}
ACCOUNT: Final[Schema] = {"exists": boolean(required=True)}
STATE: Final[Schema] = {
    "stateInstance": choice(*STATES, None),
    "expired": boolean(),
    "deleted": boolean(),
    "tariff": choice("business", "developer"),
    "pollsTellQuota": boolean(),
    "callsEnabled": boolean(),
}
VOICE_CALL: Final[Schema] = {
    "action": choice("answer", "hangUp", "end", "say", "disconnect", required=True),
    "reason": text(may_be_empty=True),
    "data": text(),
    "code": number(1000, 4999),
}
FAULT: Final[Schema] = {
    "method": choice("*", *METHODS, *dict.fromkeys(endpoint.name for endpoint in ENDPOINTS.values()), required=True),
    "times": number(1, 1_000_000),
    "status": number(200, 599),
    "body": text(may_be_empty=True),
    "headers": _headers(),
    "delay": number(0, 86_400, whole=False),
    "drop": boolean(),
    "truncate": boolean(),
    "cut": boolean(),
    "afterEffect": boolean(),
}
PRODUCE: Final[Schema] = {
    "kind": choice(*KINDS, required=True),
    "variant": text(),
    "fields": mapping(),
}
GROUP: Final[Schema] = {
    "groupName": text(required=True, longest=100),
    "chatIds": array(ANY_CHAT, least=1, required=True),
    "admin": boolean(),
}
STATUS: Final[Schema] = {
    "chatId": contact_id(),
    "message": text(longest=500),
    "backgroundColor": text(),
    "font": choice(*FONTS),
    "urlFile": url(),
    "fileName": text(),
    "caption": text(may_be_empty=True),
}
CONTACT: Final[Schema] = {"phone": digits_of_phone(), "name": text(may_be_empty=True, longest=100), "lid": text()}
SCAN: Final[Schema] = {"text": text(), "code": text()}
VIEWER: Final[Schema] = {"chatId": contact_id()}
