"""The documented limits, checked before anything is sent.

A limit is a function of one value that says in words what is wrong with it, or None. Endpoints hold them as data.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from typing import Any

__all__ = ["Limit", "between", "chat_id", "choice", "message_id", "text"]

Limit = Callable[[Any], str | None]

_CHAT_ID = re.compile(r"(?:\d+(?:-\d+)?@(?:c\.us|g\.us)|\d+@lid|status@broadcast)", re.ASCII)
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
        return None if value in allowed else f"is {value!r}; allowed are {listed} {unit}".rstrip()

    return check


def chat_id(value: Any) -> str | None:
    """Allow ``<digits>@c.us``, ``<digits>@g.us``, ``<digits>-<digits>@g.us``, ``<digits>@lid`` (1.3.11)."""
    if isinstance(value, str) and _CHAT_ID.fullmatch(value):
        return None
    allowed = "allowed are <phone>@c.us for a person and <id>@g.us for a group, as in 11001234567@c.us"
    if not isinstance(value, str):
        return f"is a {type(value).__name__}; {allowed}"
    for position, letter in enumerate(value, start=1):
        if not letter.isascii():
            name = unicodedata.name(letter, f"U+{ord(letter):04X}")
            return f"is {value!r}, whose character {position} is {letter!r} ({name}), not a Latin one; {allowed}"
    return f"is {value!r}; {allowed}"


def message_id(value: Any) -> str | None:
    """Allow ids of at least 16 symbols; the server takes a shorter one and delivers nothing (quirk 27)."""
    if isinstance(value, str) and len(value) >= _MESSAGE_ID_MIN:
        return None
    return f"is {value!r}; the id of a message has at least {_MESSAGE_ID_MIN} symbols"
