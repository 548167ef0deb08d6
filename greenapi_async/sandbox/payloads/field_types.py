"""Fields for `schema.py` beyond plain JSON values: arrays, files, URLs, ids of one kind of chat, phone numbers."""

import re
from typing import Any, Final, cast

from greenapi_async.sandbox.payloads.multipart import File
from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.schema import Field

__all__ = [
    "CONTACT_ID",
    "FONTS",
    "array",
    "contact_id",
    "digits_of_phone",
    "file",
    "group_id",
    "in_go",
    "matching",
    "one_of",
    "phone_number",
    "url",
]

GROUP_ID: Final = re.compile(r"[0-9]+(?:-[0-9]+)?@g\.us")
FONTS: Final = ("SERIF", "SANS_SERIF", "NORICAN_REGULAR", "BRYNDAN_WRITE", "OSWALD_HEAVY")
GO_TYPES: Final = (
    (bool, "bool"),
    ((int, float), "float64"),
    (list, "[]interface {}"),
    (dict, "map[string]interface {}"),
    (object, "nil"),
)
CONTACT_ID: Final = re.compile(r"[0-9]+@(?:c\.us|lid)")


def array(of: Field, *, least: int = 0, most: int | None = None, required: bool = False) -> Field:
    """Create a field for a JSON array.

    Args:
        of: The field of each item.
        least: The minimum number of items.
        most: The maximum number of items.
        required: Whether the parameter is required.
    """

    def check(name: str, value: Any) -> str | None:
        if not isinstance(value, list):
            return f"'{name}' must be an array"
        items = cast("list[object]", value)
        if len(items) < least:
            return f"'{name}' must contain at least {least} items"
        if most is not None and len(items) > most:
            return f"'{name}' must contain less than or equal to {most} items"
        errors = (of.check(f"{name}[{index}]", item) for index, item in enumerate(items))
        return next(filter(None, errors), None)

    return Field(check, required=required)


def group_id(*, required: bool = True) -> Field:
    """Create a field for the id of a group."""
    return matching(GROUP_ID, "must be the next formats: 'group_id@g.us'", required=required)


def contact_id(*, required: bool = True) -> Field:
    """Create a field for the id of a private chat."""
    return matching(CONTACT_ID, "must be one of the next formats: 'phone_number@c.us'", required=required)


def file(*, required: bool = True) -> Field:
    """Create a field for a file of a multipart form."""
    return Field(lambda name, value: None if isinstance(value, File) else f"'{name}' must be a file", required=required)


def matching(pattern: str | re.Pattern[str], message: str, *, required: bool = False) -> Field:
    """Create a field for a string that matches a pattern as a whole.

    Args:
        pattern: The pattern.
        message: What the error message says after the name of the field.
        required: Whether the parameter is required.
    """

    def check(name: str, value: Any) -> str | None:
        if not isinstance(value, str):
            return f"'{name}' must be a string"
        if not value:
            return f"'{name}' is not allowed to be empty"
        return None if re.fullmatch(pattern, value) else f"'{name}' {message}"

    return Field(check, required=required)


def url(*, required: bool = False) -> Field:
    """Create a field for the URL of a file."""

    def check(name: str, value: Any) -> str | None:
        if not isinstance(value, str):
            return f"'{name}' must be a string"
        return None if re.match(r"https?://.", value) else "url has incorrect format. It should start with http(s)://'"

    return Field(check, required=required)


def one_of(*numbers: int) -> Field:
    """Create a field for one of a few numbers."""
    known = ", ".join(map(str, numbers))

    def check(name: str, value: Any) -> str | None:
        fits = isinstance(value, int) and not isinstance(value, bool) and value in numbers
        return None if fits else f"'{name}' must be one of [{known}]"

    return Field(check)


def phone_number() -> Field:
    """Create a field for the digits of a phone number, as a number or a string."""

    def check(_name: str, value: Any) -> str | None:
        fits = not isinstance(value, bool) and re.fullmatch(r"[0-9]+", str(value))
        return None if fits else "Wrong format. 'phoneNumber' must contain only digits"

    return Field(check)


def digits_of_phone() -> Field:
    """Create a required field for a phone number in international format, without the plus."""

    def check(name: str, value: Any) -> str | None:
        fits = isinstance(value, str) and re.fullmatch(r"[0-9]{7,15}", value)
        return None if fits else f"'{name}' must be 7 to 15 digits with the country code, for example 79001234567"

    return Field(check, required=True)


def in_go(field: Field) -> Field:
    """Wrap a field so that a value that is not a string fails with the 500 of the server's Go code."""

    def check(name: str, value: Any) -> str | None:
        if isinstance(value, str):
            return field.check(name, value)
        kind = next(name for kind, name in GO_TYPES if isinstance(value, kind))
        raise RequestRejected(500, f"interface conversion: interface {{}} is {kind}, not string")

    return Field(check, required=field.required)
