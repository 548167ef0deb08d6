"""Kinds of parameters for `schema.py` that are not one JSON scalar: lists, files, the ids of one kind of chat."""

import re
from typing import Any, Final, cast

from greenapi_async.sandbox.payloads.multipart import File
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import Field

GROUP_ID: Final = re.compile(r"[0-9]+(?:-[0-9]+)?@g\.us")
FONTS: Final = ("SERIF", "SANS_SERIF", "NORICAN_REGULAR", "BRYNDAN_WRITE", "OSWALD_HEAVY")
GO_NAMES: Final = (
    (bool, "bool"),
    ((int, float), "float64"),
    (list, "[]interface {}"),
    (dict, "map[string]interface {}"),
    (object, "nil"),
)
CONTACT_ID: Final = re.compile(r"[0-9]+@(?:c\.us|lid)")


def array(of: Field, *, least: int = 0, most: int | None = None, required: bool = False) -> Field:
    """Accept a JSON array, each item of which is of one kind."""

    def check(name: str, value: Any) -> str | None:
        if not isinstance(value, list):
            return f"'{name}' must be an array"
        items = cast("list[object]", value)
        if len(items) < least:
            return f"'{name}' must contain at least {least} items"
        if most is not None and len(items) > most:
            return f"'{name}' must contain less than or equal to {most} items"
        wrongs = (of.check(f"{name}[{index}]", item) for index, item in enumerate(items))
        return next((wrong for wrong in wrongs if wrong), None)

    return Field(check, required=required)


def group_id(*, required: bool = True) -> Field:
    """Accept the id of a group."""
    return _matching(GROUP_ID, "must be the next formats: 'group_id@g.us'", required=required)


def contact_id(*, required: bool = True) -> Field:
    """Accept the id of a private chat."""
    return _matching(CONTACT_ID, "must be one of the next formats: 'phone_number@c.us'", required=required)


def file(*, required: bool = True) -> Field:
    """Accept a file of a multipart form."""
    return Field(lambda name, value: None if isinstance(value, File) else f"'{name}' must be a file", required=required)


def _matching(pattern: re.Pattern[str], words: str, *, required: bool) -> Field:
    def check(name: str, value: Any) -> str | None:
        if not isinstance(value, str):
            return f"'{name}' must be a string"
        if not value:
            return f"'{name}' is not allowed to be empty"
        return None if pattern.fullmatch(value) else f"'{name}' {words}"

    return Field(check, required=required)


def url(*, required: bool = False) -> Field:
    """Accept the address of a file."""

    def check(name: str, value: Any) -> str | None:
        if not isinstance(value, str):
            return f"'{name}' must be a string"
        return None if re.match(r"https?://.", value) else "url has incorrect format. It should start with http(s)://'"

    return Field(check, required=required)


def one_of(*numbers: int) -> Field:
    """Accept one of a few numbers."""
    known = ", ".join(map(str, numbers))

    def check(name: str, value: Any) -> str | None:
        fits = isinstance(value, int) and not isinstance(value, bool) and value in numbers
        return None if fits else f"'{name}' must be one of [{known}]"

    return Field(check)


def phone_number() -> Field:
    """Accept the digits of a phone number, written as a number or as a string."""

    def check(_name: str, value: Any) -> str | None:
        fits = not isinstance(value, bool) and re.fullmatch(r"[0-9]+", str(value))
        return None if fits else "Wrong format. 'phoneNumber' must contain only digits"

    return Field(check)


def digits_of_phone() -> Field:
    """Accept a phone number in full, without its plus."""

    def check(name: str, value: Any) -> str | None:
        fits = isinstance(value, str) and re.fullmatch(r"[0-9]{7,15}", value)
        return None if fits else f"'{name}' must be 7 to 15 digits with the country's code, as in 79001234567"

    return Field(check, required=True)


def in_go(field: Field) -> Field:
    """Fail on what is no string as the server's Go does where the manual says so."""

    def check(name: str, value: Any) -> str | None:
        if isinstance(value, str):
            return field.check(name, value)
        kind = next(name for kind, name in GO_NAMES if isinstance(value, kind))
        raise Rejected(500, f"interface conversion: interface {{}} is {kind}, not string")

    return Field(check, required=field.required)
