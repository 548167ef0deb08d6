"""Chat ids as values. Manual: 1.3.11, "Идентификатор чата и корреспондента"."""

import enum
import re
import unicodedata
from typing import Any

from greenapi_async.errors import InvalidArgumentError

__all__ = ["ChatKind", "chat_id", "chat_id_error", "chat_kind", "group_id_error", "is_group", "person_id_error"]

_CHAT_ID = re.compile(r"(?:\d+(?:-\d+)?@(?:c\.us|g\.us)|\d+@lid|status@broadcast)", re.ASCII)
_PERSON_ID = re.compile(r"\d+@(?:c\.us|lid)", re.ASCII)
_GROUP_ID = re.compile(r"\d+(?:-\d+)?@g\.us", re.ASCII)
_PUNCTUATION = re.compile(r"[\s().\-\u2010-\u2015]")


class ChatKind(enum.StrEnum):
    """What a chat id names."""

    PERSON = "person"
    GROUP = "group"
    LID = "lid"
    """A person whose number WhatsApp hides."""
    STATUS = "status"
    """Where statuses are posted."""


def chat_id(phone: str | int) -> str:
    """Make the chat id of a person from a phone number in international form, with or without its punctuation.

    ``+1 100 123-45-67`` gives ``11001234567@c.us``; a chat id is checked and given back. Raises
    ``InvalidArgumentError`` that says what is wrong; whether the number has WhatsApp, ``check_whatsapp`` tells.
    """
    given = str(phone).strip()
    if "@" in given:
        wrong = chat_id_error(given)
        if wrong:
            raise InvalidArgumentError(f"chat_id {wrong}")
        return given
    digits = _PUNCTUATION.sub("", given).removeprefix("+").removeprefix("00")
    if given.startswith("-") or not (digits.isascii() and digits.isdecimal()):
        raise InvalidArgumentError(
            f"the phone number is {given!r}; digits are needed, with or without '+', spaces, hyphens and brackets"
        )
    if not 7 <= len(digits) <= 15:
        raise InvalidArgumentError(
            f"the phone number is {given!r}, {len(digits)} digits; 7 to 15 are needed, the country's code first"
        )
    if digits.startswith("0"):
        raise InvalidArgumentError(
            f"the phone number is {given!r}; it begins with 0, and the country's code is needed in its place"
        )
    return f"{digits}@c.us"


def chat_kind(chat_id: str) -> ChatKind | None:
    """Tell what a chat id names; None for what is not one."""
    if chat_id_error(chat_id):
        return None
    kinds = {"c.us": ChatKind.PERSON, "g.us": ChatKind.GROUP, "lid": ChatKind.LID, "broadcast": ChatKind.STATUS}
    return kinds[chat_id.rpartition("@")[2]]


def is_group(chat_id: str | None) -> bool:
    """Tell whether a chat id names a group."""
    return chat_id is not None and chat_id.endswith("@g.us")


def chat_id_error(value: Any) -> str | None:
    """Allow ``<digits>@c.us``, ``<digits>@g.us``, ``<digits>-<digits>@g.us``, ``<digits>@lid`` (1.3.11)."""
    return _id(_CHAT_ID, value, "<phone>@c.us for a person and <id>@g.us for a group, as in 11001234567@c.us")


def person_id_error(value: Any) -> str | None:
    """Allow a chat with a person: ``<digits>@c.us`` or ``<digits>@lid``."""
    return _id(_PERSON_ID, value, "only persons, <phone>@c.us, as in 11001234567@c.us")


def group_id_error(value: Any) -> str | None:
    """Allow a group: ``<digits>@g.us`` or ``<digits>-<digits>@g.us``."""
    return _id(_GROUP_ID, value, "only groups, <id>@g.us, as in 120363043968066561@g.us")


def _id(pattern: re.Pattern[str], value: Any, allowed: str) -> str | None:
    if not isinstance(value, str):
        return f"is a {type(value).__name__}; allowed are {allowed}"
    if pattern.fullmatch(value):
        return None
    for position, letter in enumerate(value, start=1):
        if not letter.isascii():
            name = unicodedata.name(letter, f"U+{ord(letter):04X}")
            wrong = f"whose character {position} is {letter!r} ({name}), not a Latin one"
            return f"is {value!r}, {wrong}; allowed are {allowed}"
    return f"is {value!r}; allowed are {allowed}"
