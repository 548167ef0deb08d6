"""Validation of parameters, with the messages of the manual's table of validation errors.

A schema maps parameter names to fields. The functions below (`text`, `chat_id`, ...) create fields; the check of a
field returns an error message or None. `field_types.py` has more functions of this kind.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from greenapi_async.sandbox.payloads.responses import RequestRejected

__all__ = [
    "ANY_CHAT_ID",
    "CHAT_ID",
    "NUMBER_ID",
    "OTHER_FIELDS",
    "Field",
    "Schema",
    "boolean",
    "chat_id",
    "choice",
    "digits",
    "first_error",
    "is_group",
    "is_person",
    "mapping",
    "message_id",
    "nested",
    "number",
    "scalar",
    "text",
    "validate",
]

Check = Callable[[str, Any], str | None]

NUMBER_ID = re.compile(r"-?[1-9][0-9]*")
"""A chat id of MAX and Telegram: a person, or with a minus a group."""
CHAT_ID = re.compile(r"[0-9]+@(?:c\.us|lid)|[0-9]+(?:-[0-9]+)?@g\.us")

ANY_CHAT_ID = re.compile(f"{CHAT_ID.pattern}|{NUMBER_ID.pattern}")


def is_group(chat_id: str) -> bool:
    """Return whether a chat id is that of a group, of any messenger."""
    return chat_id.endswith("@g.us") or chat_id.startswith("-")


def is_person(chat_id: str) -> bool:
    """Return whether a chat id is that of a private chat, of any messenger."""
    return ANY_CHAT_ID.fullmatch(chat_id) is not None and not is_group(chat_id)


@attrs.frozen
class Field:
    """One parameter: its check, and whether it is required."""

    check: Check
    required: bool = attrs.field(default=False, kw_only=True)


Schema = Mapping[str, Field]


OTHER_FIELDS = "*"
"""Name under which a schema has the field for all parameters that it does not name."""


def first_error(schema: Schema, values: Mapping[str, Any], *, at_least: int = 0) -> str | None:
    """Return the message of the first validation error, or None.

    Args:
        schema: The fields by name.
        values: The parameters.
        at_least: The minimum number of parameters.
    """
    for name, field in schema.items():
        if name in values:
            if wrong := field.check(name, values[name]):
                return wrong
        elif field.required:
            return f"'{name}' is required"
    for name, value in values.items():
        if name not in schema:
            other = schema.get(OTHER_FIELDS)
            if wrong := other.check(name, value) if other else f"'{name}' is not allowed":
                return wrong
    if len(values) < at_least:
        return f"'value' must have at least {at_least} key{'s' if at_least > 1 else ''}"
    return None


def validate(schema: Schema, values: Mapping[str, Any], *, at_least: int = 0) -> None:
    """Check parameters against a schema.

    Args:
        schema: The fields by name.
        values: The parameters.
        at_least: The minimum number of parameters.

    Raises:
        RequestRejected: A 400 with the first validation error.
    """
    if wrong := first_error(schema, values, at_least=at_least):
        raise RequestRejected(400, f"Validation failed. Details: {wrong}")


def text(*, required: bool = False, longest: int | None = None, may_be_empty: bool = False) -> Field:
    """Create a field for a string.

    Args:
        required: Whether the parameter is required.
        longest: The maximum number of characters.
        may_be_empty: Whether the empty string is allowed.
    """

    def check(name: str, value: Any) -> str | None:
        if not isinstance(value, str):
            return f"'{name}' must be a string"
        if not value and not may_be_empty:
            return f"'{name}' is not allowed to be empty"
        if longest is not None and len(value) > longest:
            return f"'{name}' length must be less than or equal to {longest} characters long"
        return None

    return Field(check, required=required)


def chat_id(
    pattern: re.Pattern[str] = CHAT_ID,
    formats: str = "'phone_number@c.us' or 'group_id@g.us'",
    *,
    required: bool = True,
) -> Field:
    """Create a field for the id of a private or group chat.

    Args:
        pattern: The form of the id.
        formats: What the error message says about it.
        required: Whether the parameter is required.
    """
    string = text().check

    def check(name: str, value: Any) -> str | None:
        if wrong := string(name, value):
            return wrong
        if not pattern.fullmatch(value):
            return f"'{name}' must be one of the next formats: {formats}"
        return None

    return Field(check, required=required)


def message_id(*, required: bool = False) -> Field:
    """Create a field for the id of a message, which has at least 16 characters."""
    string = text().check

    def check(name: str, value: Any) -> str | None:
        return string(name, value) or (None if len(value) >= 16 else "'message id' must be at least 16 symbols")

    return Field(check, required=required)


def boolean(*, required: bool = False) -> Field:
    """Create a field for a boolean."""
    return Field(
        lambda name, value: None if isinstance(value, bool) else f"'{name}' must be a boolean", required=required
    )


def number(
    least: float | None = None, most: float | None = None, *, whole: bool = True, required: bool = False
) -> Field:
    """Create a field for a number.

    Args:
        least: The minimum.
        most: The maximum.
        whole: Whether it must be an integer.
        required: Whether the parameter is required.
    """

    def check(name: str, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"'{name}' must be a number"
        if whole and not isinstance(value, int):
            return f"'{name}' must be an integer"
        if least is not None and not value >= least:
            return f"'{name}' must be greater than or equal to {least}"
        if most is not None and not value <= most:
            return f"'{name}' must be less than or equal to {most}"
        return None

    return Field(check, required=required)


def digits(least: int, most: int) -> Field:
    """Create a field for an integer in the query of a URL.

    Args:
        least: The minimum.
        most: The maximum.
    """
    bounds = number(least, most).check

    def check(name: str, value: Any) -> str | None:
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            return f"'{name}' must be an integer"
        return bounds(name, int(value))

    return Field(check)


def choice(*words: str | None, required: bool = False) -> Field:
    """Create a field for an enumeration.

    Args:
        words: The allowed values.
        required: Whether the parameter is required.
    """
    known = ", ".join("null" if word is None else word for word in words)
    return Field(
        lambda name, value: None if value in words else f"'{name}' must be one of [{known}]",
        required=required,
    )


def scalar() -> Field:
    """Create a field for a string, a number or a boolean."""
    return Field(
        lambda name, value: None if isinstance(value, str | int | float) else f"'{name}' must be a string or a number"
    )


def mapping(*, required: bool = False) -> Field:
    """Create a field for any JSON object."""
    return Field(
        lambda name, value: None if isinstance(value, dict) else f"'{name}' must be of type object", required=required
    )


def nested(schema: Schema, *, required: bool = False) -> Field:
    """Create a field for a JSON object with a schema.

    Args:
        schema: The fields of the object.
        required: Whether the parameter is required.
    """
    an_object = mapping().check
    return Field(lambda name, value: an_object(name, value) or first_error(schema, value), required=required)
