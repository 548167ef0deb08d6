"""The documented limits, checked before anything is sent.

A limit is a function of one value that says in words what is wrong with it, or None. Endpoints hold them as data.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, cast

from greenapi_async.models.chat_ids import chat_id_error as chat_id
from greenapi_async.models.chat_ids import group_id_error as group_id
from greenapi_async.models.chat_ids import person_id_error as person_id

__all__ = [
    "Limit",
    "between",
    "chat_id",
    "choice",
    "color",
    "each",
    "file_name",
    "group_id",
    "link",
    "message_id",
    "person_id",
    "phone",
    "record",
    "text",
]

Limit = Callable[[Any], str | None]

_LINK = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
_COLOR = re.compile(r"#[0-9A-F]{6}", re.IGNORECASE)
_WHITE = "#FFFFFF"
_MESSAGE_ID_MIN = 16


def text(longest: int, *, shortest: int = 1) -> Limit:
    """Allow a string of so many characters."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return f"is a {type(value).__name__}; a string is needed"
        if shortest <= len(value) <= longest:
            return None
        if not value:
            return f"is empty; {shortest:,} to {longest:,} characters are allowed"
        return f"has {len(value):,} characters; {shortest:,} to {longest:,} are allowed"

    return check


def between(lowest: float, highest: float, unit: str) -> Limit:
    """Allow a number in a closed range."""

    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"is {value!r}; a number of {unit} is needed"
        if lowest <= value <= highest:
            return None
        return f"is {value:,}; {lowest:,} to {highest:,} {unit} are allowed"

    return check


def choice(allowed: Collection[Any], unit: str = "") -> Limit:
    """Allow one of a few values."""
    listed = ", ".join(str(value) for value in allowed)

    def check(value: Any) -> str | None:
        found = value in allowed and (not isinstance(value, bool) or any(value is each for each in allowed))
        return None if found else f"is {value!r}; allowed are {listed} {unit}".rstrip()

    return check


def message_id(value: Any) -> str | None:
    """Allow ids of at least 16 symbols; the server takes a shorter one and delivers nothing (quirk 27)."""
    if isinstance(value, str) and len(value) >= _MESSAGE_ID_MIN:
        return None
    return f"is {value!r}; the id of a message has at least {_MESSAGE_ID_MIN} symbols"


def phone(*lengths: int) -> Limit:
    """Allow a phone number as a whole number, of so many digits."""
    listed = " or ".join(str(length) for length in lengths)

    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            return f"is {value!r}; allowed is a whole number, without + and 00, as in 11001234567"
        if lengths and len(str(value)) not in lengths:
            return f"has {len(str(value))} digits; {listed} are allowed"
        return None

    return check


def link(value: Any) -> str | None:
    """Allow ``http://`` and ``https://``, without spaces."""
    if isinstance(value, str) and _LINK.fullmatch(value):
        return None
    return f"is {value!r}; allowed are http:// and https:// without spaces, as in https://my.site.com/img/horse.png"


def file_name(*endings: str) -> Limit:
    """Allow a name with an extension, or with one of these."""
    listed = ", ".join(endings)

    def check(value: Any) -> str | None:
        name, _, extension = value.rpartition(".") if isinstance(value, str) else ("", "", "")
        if not name or not extension:
            return f"is {value!r}; a name with its extension is needed, as in horse.png"
        if endings and f".{extension.lower()}" not in endings:
            return f"is {value!r}; allowed are {listed}"
        return None

    return check


def color(*, white: bool) -> Limit:
    """Allow ``#RRGGBB``, white only if it may be."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str) or not _COLOR.fullmatch(value):
            return f"is {value!r}; allowed is #RRGGBB, as in #228B22"
        if not white and value.upper() == _WHITE:
            return f"is {value!r}, as white as the text on it; any other #RRGGBB is allowed"
        return None

    return check


def each(limit: Limit, *, fewest: int = 0, most: int | None = None, unique: bool = False) -> Limit:
    """Allow a list of so many items that are each allowed."""
    allowed = f"at least {fewest}" if most is None else f"{fewest} to {most}"

    def check(value: Any) -> str | None:
        if not isinstance(value, list | tuple):
            return f"is a {type(value).__name__}; a list is needed"
        items = [*cast("Iterable[Any]", value)]
        if len(items) < fewest or (most is not None and len(items) > most):
            return f"has {len(items)} items; {allowed} are allowed"
        for number, item in enumerate(items, start=1):
            complaint = limit(item)
            if complaint:
                return f"(item {number}) {complaint}"
            if unique and item in items[: number - 1]:
                return f"(item {number}) repeats item {items.index(item) + 1}; only different ones are allowed"
        return None

    return check


def record(limits: Mapping[str, Limit], *, required: Collection[str] = (), any_of: Collection[str] = ()) -> Limit:
    """Allow an object whose fields are allowed, that has the required ones, and one of ``any_of``."""

    def check(value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return f"is a {type(value).__name__}; an object is needed"
        fields = cast("Mapping[str, Any]", value)
        for name in required:
            if fields.get(name) is None:
                return f"({_argument(name)}) is missing; it is required"
        for name, limit in limits.items():
            complaint = None if fields.get(name) is None else limit(fields[name])
            if complaint:
                return f"({_argument(name)}) {complaint}"
        if any_of and not any(fields.get(name) for name in any_of):
            return f"has none of {', '.join(map(_argument, any_of))}; at least one is needed"
        return None

    return check


def _argument(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
