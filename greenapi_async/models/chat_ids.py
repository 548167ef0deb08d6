"""Chat ids: construction, classification and validation.

WhatsApp's are ``<phone>@c.us`` and ``<id>@g.us``. Those of MAX and Telegram are numbers in strings, positive for
persons and negative for groups and channels; as a recipient they accept ``<phone>@c.us``, too.

Source: manual 1.3.11, "Идентификатор чата и корреспондента".
"""

import enum
import re
import unicodedata
from typing import Any, Literal

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.messengers import Messenger, parse_messenger

__all__ = [
    "ChatKind",
    "chat_id",
    "chat_id_error",
    "chat_kind",
    "group_id_error",
    "is_chat_number",
    "is_group",
    "may_be_same_chat",
    "number_id_error",
    "person_id_error",
]

_CHAT_ID = re.compile(r"(?:\d+(?:-\d+)?@(?:c\.us|g\.us)|\d+@lid|status@broadcast)", re.ASCII)
_PERSON_ID = re.compile(r"\d+@(?:c\.us|lid)", re.ASCII)
_GROUP_ID = re.compile(r"\d+(?:-\d+)?@g\.us", re.ASCII)
_NUMBER_ID = re.compile(r"-?[1-9]\d*", re.ASCII)
_NUMBER_IDS = {
    "chat": re.compile(r"-?[1-9]\d{0,18}|\d+@c\.us", re.ASCII),
    "person": re.compile(r"[1-9]\d{0,18}|\d+@c\.us", re.ASCII),
    "group": re.compile(r"-[1-9]\d{0,18}", re.ASCII),
}
_ALLOWED_NUMBER_IDS = {
    "chat": 'numbers in strings, "10000000" for a person and "-10000000000000" for a group, and <phone>@c.us',
    "person": 'only persons, a positive number in a string, for example "10000000", or <phone>@c.us',
    "group": 'only groups, a negative number in a string, for example "-10000000000000"',
}
_PUNCTUATION = re.compile(r"[\s().\-\u2010-\u2015]")


class ChatKind(enum.StrEnum):
    """Kind of chat that a chat id refers to.

    Attributes:
        PERSON: A person, ``<phone>@c.us``; on MAX and Telegram a positive number.
        GROUP: A group, ``<id>@g.us``; on MAX and Telegram a negative number, which may also be a channel's.
        LID: A person whose phone number WhatsApp hides, ``<id>@lid``.
        STATUS: The status feed, ``status@broadcast``.
    """

    PERSON = "person"
    GROUP = "group"
    LID = "lid"
    STATUS = "status"


def chat_id(phone: str | int, *, messenger: Messenger | str | None = None) -> str:
    """Return the chat id of a person.

    Args:
        phone: Phone number in international form, with or without ``+`` and punctuation. A chat id is validated and
            returned unchanged, and so is a string with a negative number, the id of a group of MAX or Telegram.
        messenger: ``max`` or ``telegram`` if digits without ``+`` and punctuation are a person's chat id there, which
            is returned unchanged; otherwise they are a phone number.

    Raises:
        InvalidArgumentError: Neither a phone number nor a chat id, or an unknown messenger. ``check_whatsapp`` tells
            whether the number has WhatsApp; ``check_account`` does so for MAX and Telegram.

    Example:
        >>> chat_id("+1 100 123-45-67")
        '11001234567@c.us'
    """
    given = str(phone).strip()
    has_number_ids = messenger is not None and parse_messenger(messenger) is not Messenger.WHATSAPP
    if "@" in given:
        error = chat_id_error(given)
        if error:
            raise InvalidArgumentError(f"chat_id {error}")
        return given
    if _NUMBER_ID.fullmatch(given) and (has_number_ids or (isinstance(phone, str) and given.startswith("-"))):
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
    if is_chat_number(chat_id):
        return ChatKind.GROUP if chat_id.startswith("-") else ChatKind.PERSON
    if chat_id_error(chat_id):
        return None
    kinds = {"c.us": ChatKind.PERSON, "g.us": ChatKind.GROUP, "lid": ChatKind.LID, "broadcast": ChatKind.STATUS}
    return kinds[chat_id.rpartition("@")[2]]


def is_group(chat_id: str | None) -> bool:
    """Return whether a chat id refers to a group.

    Args:
        chat_id: The chat id. Only its suffix ``@g.us``, or the minus of MAX and Telegram, is checked.

    Returns:
        True for a group; False for anything else, including None.
    """
    return chat_id is not None and (chat_id.endswith("@g.us") or chat_id.startswith("-"))


def is_chat_number(value: Any) -> bool:
    """Return whether a value has the form of a chat id of MAX or Telegram: a number in a string."""
    return isinstance(value, str) and _NUMBER_ID.fullmatch(value) is not None


def may_be_same_chat(first: str | None, second: str | None) -> bool:
    """Return whether two chat ids may belong to the same chat.

    A person has a phone number and one more id: a hidden number (@lid) on WhatsApp, a number on MAX and Telegram.
    """
    if first == second:
        return True
    forms = {_form(first), _form(second)}
    return forms in ({"c.us", "lid"}, {"c.us", "number"})


def _form(chat_id: str | None) -> str:
    if is_chat_number(chat_id):
        return "group" if is_group(chat_id) else "number"
    return str(chat_id).rpartition("@")[2]


def number_id_error(value: Any, kind: Literal["chat", "person", "group"]) -> str | None:
    """Return why a value is not a chat id of MAX or Telegram, or None if it is one.

    Args:
        value: The value.
        kind: Which chats are allowed.
    """
    return _error(_NUMBER_IDS[kind], value, _ALLOWED_NUMBER_IDS[kind])


def chat_id_error(value: Any) -> str | None:
    """Return why a value is not a chat id, or None if it is one.

    Valid are ``<digits>@c.us``, ``<digits>@g.us``, ``<digits>-<digits>@g.us``, ``<digits>@lid`` and
    ``status@broadcast``.
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
    if pattern.fullmatch(value):
        return None
    for position, character in enumerate(value, start=1):
        if not character.isascii():
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            wrong = f"character {position}, {character!r} ({name}), is not Latin"
            return f"is {value!r}: {wrong}; allowed are {allowed}"
    return f"is {value!r}; allowed are {allowed}"
