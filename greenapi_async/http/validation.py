"""Validators for the documented limits, run before anything is sent.

A validator is a function of one value. It returns None if the value is allowed, otherwise the end of an error message:
what was given and what is allowed. The message begins with the name of the argument. Endpoints hold their validators as
data, by parameter; ``validate=False`` skips them and leaves the limits to the server.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias, cast

from greenapi_async.models.chat_ids import chat_id_error as chat_id
from greenapi_async.models.chat_ids import group_id_error as group_id
from greenapi_async.models.chat_ids import person_id_error as person_id
from greenapi_async.models.phones import phone_digits
from greenapi_async.models.phones import phone_error as phone_number

__all__ = [
    "USERNAME",
    "Validator",
    "argument_name",
    "boolean",
    "chat_id",
    "file_name",
    "group_id",
    "hex_color",
    "in_range",
    "integer",
    "json_object",
    "list_of",
    "matches",
    "max_phone_number",
    "message_id",
    "number",
    "one_of",
    "person_id",
    "phone_number",
    "string",
    "text",
    "url",
]

Validator: TypeAlias = Callable[[Any], str | None]

_URL = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
USERNAME = re.compile(r"@[A-Za-z0-9_]{1,32}")
_COLOR = re.compile(r"#[0-9A-F]{6}", re.IGNORECASE)
_MIN_MESSAGE_ID_LENGTH = 16


def argument_name(parameter: str) -> str:
    """Return the Python name of an API parameter: ``chat_id`` for ``chatId``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", parameter).lower()


def string(value: Any) -> str | None:
    """Check for a string of any length."""
    return None if isinstance(value, str) else f"is of type {type(value).__name__}; expected a string"


def text(max_length: int, *, min_length: int = 1) -> Validator:
    """Return a validator for strings.

    Args:
        max_length: Maximum number of characters.
        min_length: Minimum number of characters.
    """

    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return string(value)
        if min_length <= len(value) <= max_length:
            return None
        if not value:
            return f"is empty; {min_length:,} to {max_length:,} characters are allowed"
        return f"has {len(value):,} characters; {min_length:,} to {max_length:,} are allowed"

    return check


def boolean(value: Any) -> str | None:
    """Check for True or False; "yes", "false", 0 and 1 are no bools."""
    return None if isinstance(value, bool) else f"is {value!r}; expected True or False"


def number(unit: str = "") -> Validator:
    """Return a validator for finite numbers.

    Args:
        unit: Unit for the error message.
    """
    expected = f"a number of {unit}" if unit else "a number"

    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"is {value!r}; expected {expected}"
        return None if math.isfinite(value) else f"is {value}; expected {expected} that is finite"

    return check


def integer(minimum: int | None = None, maximum: int | None = None, unit: str = "") -> Validator:
    """Return a validator for whole numbers.

    Args:
        minimum: The smallest allowed value; None is unlimited.
        maximum: The largest allowed value; None is unlimited.
        unit: Unit for the error message.
    """
    expected = f"an integer number of {unit}" if unit else "an integer"
    allowed = f"{minimum} or more" if maximum is None else f"{minimum or 0:,} to {maximum:,}"

    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"is {value!r}; expected {expected}"
        if minimum is None or (value >= minimum and (maximum is None or value <= maximum)):
            return None
        return f"is {value:,}; {f'{allowed} {unit}'.rstrip()} are allowed"

    return check


def in_range(minimum: float, maximum: float, unit: str) -> Validator:
    """Return a validator for numbers in a closed range.

    Args:
        minimum: The smallest allowed value.
        maximum: The largest allowed value.
        unit: Unit for the error message.
    """
    check_number = number(unit)

    def check(value: Any) -> str | None:
        complaint = check_number(value)
        if complaint or minimum <= value <= maximum:
            return complaint
        return f"is {value:,}; {minimum:,} to {maximum:,} {unit} are allowed"

    return check


def one_of(values: Collection[Any], unit: str = "") -> Validator:
    """Return a validator for a fixed set of values.

    Args:
        values: The allowed values.
        unit: Unit for the error message.
    """
    listed = ", ".join(str(value) for value in values)

    def check(value: Any) -> str | None:
        # True == 1 and False == 0, but a bool is only allowed if it is listed itself
        found = value in values and (not isinstance(value, bool) or any(value is allowed for allowed in values))
        return None if found else f"is {value!r}; allowed values: {listed} {unit}".rstrip()

    return check


def matches(pattern: re.Pattern[str], expected: str) -> Validator:
    """Return a validator for strings that match a pattern as a whole.

    Args:
        pattern: The pattern.
        expected: Description of the allowed values for the error message.
    """

    def check(value: Any) -> str | None:
        if isinstance(value, str) and pattern.fullmatch(value):
            return None
        return f"is {value!r}; expected {expected}"

    return check


def message_id(value: Any) -> str | None:
    """Check for an id of at least 16 characters; the server accepts a shorter one and delivers nothing (quirk 27)."""
    if isinstance(value, str) and len(value) >= _MIN_MESSAGE_ID_LENGTH:
        return None
    return f"is {value!r}; message ids have at least {_MIN_MESSAGE_ID_LENGTH} characters"


def max_phone_number(value: Any) -> str | None:
    """Check for a phone number that MAX knows: 11 or 12 digits with the country code 7 or 375."""
    complaint = phone_number(value)
    if complaint is not None:
        return complaint
    number = phone_digits(value)
    if len(number) not in {11, 12}:
        return f"is {value!r} and has {len(number)} digits; MAX knows numbers of 11 or 12 digits"
    if not number.startswith(("7", "375")):
        return f"is {value!r}; MAX knows only the country codes 7 and 375"
    return None


url: Validator = matches(
    _URL, "an http:// or https:// URL without spaces, for example https://my.site.com/img/horse.png"
)


def file_name(*extensions: str) -> Validator:
    """Return a validator for file names.

    Args:
        *extensions: The allowed extensions, with a dot and in lower case; any, or none, if none is given.
    """
    listed = ", ".join(extensions)

    def check(value: Any) -> str | None:
        if not isinstance(value, str) or not value.strip():
            return f"is {value!r}; expected a name, for example horse.png"
        if extensions and not value.lower().endswith(extensions):
            return f"is {value!r}; allowed extensions: {listed}"
        return None

    return check


hex_color: Validator = matches(_COLOR, "#RRGGBB, for example #228B22")


def list_of(item: Validator, *, min_items: int = 0, max_items: int | None = None, unique: bool = False) -> Validator:
    """Return a validator for lists.

    Args:
        item: Validator of every item.
        min_items: Minimum number of items.
        max_items: Maximum number of items; None means unlimited.
        unique: Whether all items must differ.
    """
    allowed = f"at least {min_items}" if max_items is None else f"{min_items} to {max_items}"

    def check(value: Any) -> str | None:
        if not isinstance(value, list | tuple):
            return f"is of type {type(value).__name__}; expected a list"
        items = [*cast("Iterable[Any]", value)]
        if len(items) < min_items or (max_items is not None and len(items) > max_items):
            return f"has {len(items)} {'item' if len(items) == 1 else 'items'}; {allowed} are allowed"
        for number, element in enumerate(items, start=1):
            complaint = item(element)
            if complaint:
                return f"(item {number}) {complaint}"
            if unique and element in items[: number - 1]:
                return f"(item {number}) repeats item {items.index(element) + 1}; all items must differ"
        return None

    return check


def json_object(
    fields: Mapping[str, Validator], *, required: Collection[str] = (), any_of: Collection[str] = ()
) -> Validator:
    """Return a validator for JSON objects.

    Args:
        fields: Validators by field; other fields are allowed.
        required: Fields that must be present.
        any_of: Fields of which at least one must be present and not empty.
    """

    def check(value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return f"is of type {type(value).__name__}; expected an object"
        given = cast("Mapping[str, Any]", value)
        for name in required:
            if given.get(name) is None:
                return f"({argument_name(name)}) is missing; it is required"
        for name, validator in fields.items():
            complaint = None if given.get(name) is None else validator(given[name])
            if complaint:
                return f"({argument_name(name)}) {complaint}"
        if any_of and not any(given.get(name) for name in any_of):
            return f"has none of {', '.join(map(argument_name, any_of))}; at least one is required"
        return None

    return check
