"""Fields of the sending methods that have validation errors of their own.

Source: manual 1.3.3.
"""

import math
import re
from typing import Any, Final, cast

from greenapi_async.sandbox.payloads.field_types import array
from greenapi_async.sandbox.payloads.schema import Field, Schema, boolean, chat_id, message_id, nested, number, text

__all__ = ["BUTTON_TEXTS", "RETIRED", "SEND", "buttons", "contact", "coordinate", "poll_options"]

MAX_SAFE: Final = 2**53 - 1
NAMES: Final = ("firstName", "middleName", "lastName", "company")

SEND: Final[Schema] = {"chatId": chat_id(), "quotedMessageId": message_id(), "typingTime": number(1000, 20_000)}
"""The parameters of every sending method."""

BUTTON_TEXTS: Final[Schema] = {
    "body": text(required=True),
    "header": text(may_be_empty=True),
    "footer": text(may_be_empty=True),
}
RETIRED: Final[Schema] = {
    "chatId": chat_id(),
    "message": text(required=True),
    "footer": text(may_be_empty=True),
    "quotedMessageId": message_id(),
    "archiveChat": boolean(),
}


def poll_options() -> Field:
    """Create a field for 2 to 12 unique `{optionName}` objects."""

    def check(name: str, value: Any) -> str | None:
        if not isinstance(value, list):
            return f"'{name}' must be an array"
        options = cast("list[dict[str, str]]", value)
        errors = (_option(f"{name}[{index}]", option) for index, option in enumerate(options))
        if wrong := next(filter(None, errors), None):
            return wrong
        if not 2 <= len(options) <= 12:
            return f"'{name}' length must be from 2 to 12 elements inclusive"
        if len({option["optionName"] for option in options}) < len(options):
            return "'optionName' field must have unique value"
        return None

    return Field(check, required=True)


def _option(name: str, value: Any) -> str | None:
    if not isinstance(value, dict):
        return f"'{name}' must be of type object"
    option = cast("dict[str, Any]", value)
    if "optionName" not in option:
        return f"'{name}.optionName' is required"
    if wrong := text().check(f"{name}.optionName", option["optionName"]):
        return wrong
    if len(option["optionName"]) > 100:
        return "'optionName' length must be less than or equal to 100 characters long"
    extra = [key for key in option if key != "optionName"]
    return f"'{name}.{extra[0]}' is not allowed" if extra else None


def coordinate() -> Field:
    """Create a field for a number, or a number as a string."""

    def check(name: str, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return f"'{name}' must be a number or string"
        try:
            number_ = float(value)
        except (ValueError, OverflowError):
            return (
                f"'{name}' must be a safe number" if isinstance(value, int) else f"'{name}' must be a number or string"
            )
        return None if math.isfinite(number_) and abs(number_) <= MAX_SAFE else f"'{name}' must be a safe number"

    return Field(check, required=True)


def contact() -> Field:
    """Create a field for a contact: a phone number with at least one name."""
    known: Schema = {"phoneContact": number(), **dict.fromkeys(NAMES, text(may_be_empty=True))}

    def check(name: str, value: Any) -> str | None:
        if not isinstance(value, dict):
            return f"'{name}' must be of type object"
        card = cast("dict[str, Any]", value)
        if not card:
            return "'value' must have at least 1 key"
        for key, field_value in card.items():
            if key not in known:
                return f"'{name}.{key}' is not allowed"
            if wrong := known[key].check(f"{name}.{key}", field_value):
                return wrong
        return _phone(f"{name}.phoneContact", card.get("phoneContact")) or (
            None
            if any(card.get(key) for key in NAMES)
            else f"'{name}' must contain at least one of [{', '.join(NAMES)}]"
        )

    return Field(check, required=True)


def _phone(name: str, value: int | None) -> str | None:
    if value is None:
        return f"'{name}' is required"
    if abs(value) > MAX_SAFE:
        return f"'{name}' must be a safe number"
    return None if re.fullmatch(r"[0-9]{7,15}", str(value)) else f"'{name}' must have 7 to 15 digits"


def buttons(**more: Field) -> Field:
    """Create a field for one to three buttons, which may have more fields."""
    button: Schema = {"buttonId": text(required=True), "buttonText": text(required=True), **more}
    return array(nested(button), least=1, most=3, required=True)
