"""Chat ids: construction, classification and validation.

Source: manual 1.3.11, "Идентификатор чата и корреспондента".
"""

import enum
import re
import unicodedata
from typing import Any

from greenapi_async.errors import InvalidArgumentError

__all__ = [
    "ChatKind",
    "ReceivedChatId",
    "chat_id",
    "chat_id_error",
    "chat_kind",
    "group_id_error",
    "is_group",
    "person_id_error",
]

_CHAT_ID = re.compile(
    r"(?:\d+(?:-\d+)?@(?:c\.us|g\.us)|\d+@(?:lid|newsletter|s\.whatsapp\.net)|status@broadcast)", re.ASCII
)
_PERSON_ID = re.compile(r"\d+@(?:c\.us|lid)", re.ASCII)
_GROUP_ID = re.compile(r"\d+(?:-\d+)?@g\.us", re.ASCII)
_PUNCTUATION = re.compile(r"[\s().\-\u2010-\u2015]")


class ChatKind(enum.StrEnum):
    """Kind of chat that a chat id refers to.

    Attributes:
        PERSON: A person, ``<phone>@c.us``.
        GROUP: A group, ``<id>@g.us``.
        LID: A person whose phone number WhatsApp hides, ``<id>@lid``.
        STATUS: The status feed, ``status@broadcast``.
        CHANNEL: A channel, ``<id>@newsletter``.
    """

    PERSON = "person"
    GROUP = "group"
    LID = "lid"
    STATUS = "status"
    CHANNEL = "channel"


class ReceivedChatId(str):
    """A chat id that the server named, in whatever form: it is not checked before it is sent back."""

    __slots__ = ()


def chat_id(phone: str | int) -> str:
    """Return the chat id of a person.

    Args:
        phone: Phone number in international form, with or without ``+`` and punctuation. A chat id is validated and
            returned unchanged.

    Raises:
        InvalidArgumentError: Neither a phone number nor a chat id. ``check_whatsapp`` tells whether the number has
            WhatsApp.

    Example:
        >>> chat_id("+1 100 123-45-67")
        '11001234567@c.us'
    """
    given = str(phone).strip()
    if "@" in given:
        error = chat_id_error(given)
        if error:
            raise InvalidArgumentError(f"chat_id {error}")
        return given
    digits = _PUNCTUATION.sub("", given).removeprefix("+").removeprefix("00")
    if given.startswith("-") or not (digits.isascii() and digits.isdecimal()):
        raise InvalidArgumentError(
            f"invalid phone number {given!r}: only digits are allowed, with optional '+', spaces, hyphens and brackets"
        )
    if not 7 <= len(digits) <= 15:
        raise InvalidArgumentError(
            f"invalid phone number {given!r}: it has {len(digits)} digits; 7 to 15 are allowed, country code first"
        )
    if digits.startswith("0"):
        raise InvalidArgumentError(
            f"invalid phone number {given!r}: it starts with 0; replace the 0 with the country code"
        )
    return f"{digits}@c.us"


def chat_kind(chat_id: str) -> ChatKind | None:
    """Return the kind of chat that a chat id refers to.

    Args:
        chat_id: The chat id.

    Returns:
        The kind, or None if it is not a chat id.
    """
    if chat_id_error(chat_id):
        return None
    return _KINDS[chat_id.rpartition("@")[2]]


_KINDS = {
    "c.us": ChatKind.PERSON,
    "s.whatsapp.net": ChatKind.PERSON,
    "g.us": ChatKind.GROUP,
    "lid": ChatKind.LID,
    "broadcast": ChatKind.STATUS,
    "newsletter": ChatKind.CHANNEL,
}


def is_group(chat_id: str | None) -> bool:
    """Return whether a chat id refers to a group.

    Args:
        chat_id: The chat id. Only its suffix ``@g.us`` is checked.

    Returns:
        True for a group; False for anything else, including None.
    """
    return chat_id is not None and chat_id.endswith("@g.us")


def chat_id_error(value: Any) -> str | None:
    """Return why a value is not a chat id, or None if it is one.

    Valid are ``<digits>@c.us``, ``<digits>@g.us``, ``<digits>-<digits>@g.us``, ``<digits>@lid``,
    ``<digits>@newsletter``, ``<digits>@s.whatsapp.net`` and ``status@broadcast``.
    """
    return _error(_CHAT_ID, value, "<phone>@c.us for a person and <id>@g.us for a group, for example 11001234567@c.us")


def person_id_error(value: Any) -> str | None:
    """Return why a value is not the chat id of a person, ``<digits>@c.us`` or ``<digits>@lid``; None if it is one."""
    return _error(_PERSON_ID, value, "only persons, <phone>@c.us, for example 11001234567@c.us")


def group_id_error(value: Any) -> str | None:
    """Return why a value is not the chat id of a group, or None if it is one."""
    return _error(_GROUP_ID, value, "only groups, <id>@g.us, for example 120363043968066561@g.us")


def _error(pattern: re.Pattern[str], value: Any, allowed: str) -> str | None:
    if not isinstance(value, str):
        return f"is of type {type(value).__name__}; allowed are {allowed}"
    if isinstance(value, ReceivedChatId) or pattern.fullmatch(value):
        return None
    for position, character in enumerate(value, start=1):
        if not character.isascii():
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            wrong = f"character {position}, {character!r} ({name}), is not Latin"
            return f"is {value!r}: {wrong}; allowed are {allowed}"
    return f"is {value!r}; allowed are {allowed}"
