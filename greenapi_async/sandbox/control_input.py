"""What may be put into the control API."""

from typing import Any, Final, cast

from greenapi_async.sandbox.lifecycle import STATES
from greenapi_async.sandbox.methods import METHODS
from greenapi_async.sandbox.schema import (
    Field,
    Schema,
    boolean,
    chat_id,
    choice,
    mapping,
    message_id,
    nested,
    number,
    text,
)
from greenapi_async.sandbox.settings import SCHEMA as SETTINGS


def _headers() -> Field:
    def check(name: str, value: Any) -> str | None:
        if wrong := mapping().check(name, value):
            return wrong
        headers = cast("dict[str, object]", value)
        return None if all(isinstance(one, str) for one in headers.values()) else f"'{name}' must hold strings"

    return Field(check)


INSTANCE: Final[Schema] = {
    "idInstance": number(1, 9_999_999_999),
    "apiTokenInstance": text(),
    "phone": text(),
    "stateInstance": choice(*STATES, None),
    "settings": nested(SETTINGS),
}
PHONE_WRITES: Final[Schema] = {
    "chatId": chat_id(),
    "text": text(required=True),
    "quotedMessageId": message_id(),
}
CONTACT_WRITES: Final[Schema] = {
    **PHONE_WRITES,
    "senderName": text(may_be_empty=True),
    "sender": chat_id(required=False),
    "senderContactName": text(may_be_empty=True),
}
ACCOUNT: Final[Schema] = {"exists": boolean(required=True)}
STATE: Final[Schema] = {"stateInstance": choice(*STATES, None), "expired": boolean(), "deleted": boolean()}
FAULT: Final[Schema] = {
    "method": choice("*", *METHODS, required=True),
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
