"""Chat ids: construction, classification and validation.

Source: manual 1.3.11, "Идентификатор чата и корреспондента".
"""

import enum
import re
import unicodedata
from typing import Any

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.phones import phone_digits, suggested_number

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


def chat_id(phone: str | int, *, region: str | None = None) -> str:
    """Return the chat id of a person.

    Args:
        phone: Phone number in international form, with or without ``+`` and punctuation. A chat id is validated and
            returned unchanged.
        region: Country of a number without its country code, for example ``RU`` for ``8 (900) 123-45-67``; needs the
            extra ``phones``. None expects the country code.

    Raises:
        InvalidArgumentError: Neither a phone number nor a chat id. ``check_whatsapp`` tells whether the number has
            WhatsApp.
        MissingExtraError: ``region`` is given and the extra ``phones`` is not installed.

    Example:
        >>> chat_id("+1 100 123-45-67")
        '11001234567@c.us'
        >>> chat_id("8 (900) 123-45-67", region="RU")
        '79001234567@c.us'
    """
    if isinstance(phone, str) and "@" in phone:
        given = phone.strip()
        error = chat_id_error(given)
        if error:
            raise InvalidArgumentError(f"chat_id {error}")
        return given
    return f"{phone_digits(phone, region=region)}@c.us"


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
        chat_id: The chat id. Groups end with ``@g.us``, on MAX and Telegram instances they begin with a minus.

    Returns:
        True for a group; False for anything else, including None.
    """
    return chat_id is not None and (chat_id.endswith("@g.us") or chat_id.startswith("-"))


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
    if isinstance(value, ReceivedChatId) or (isinstance(value, str) and pattern.fullmatch(value)):
        return None
    number = None if pattern is _GROUP_ID else suggested_number(value)
    if number is not None:
        allowed += f'. For a phone number pass chat_id("{number}")'
    if not isinstance(value, str):
        return f"is of type {type(value).__name__}; allowed are {allowed}"
    for position, character in enumerate(value, start=1):
        if not character.isascii():
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            wrong = f"character {position}, {character!r} ({name}), is not Latin"
            return f"is {value!r}: {wrong}; allowed are {allowed}"
    return f"is {value!r}; allowed are {allowed}"
