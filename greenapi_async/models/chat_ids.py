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
from greenapi_async.models.phones import phone_digits, suggested_number

__all__ = [
    "ChatKind",
    "ReceivedChatId",
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

_CHAT_ID = re.compile(
    r"(?:\d+(?:-\d+)?@(?:c\.us|g\.us)|\d+@(?:lid|newsletter|s\.whatsapp\.net)|status@broadcast)", re.ASCII
)
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


class ChatKind(enum.StrEnum):
    """Kind of chat that a chat id refers to.

    Attributes:
        PERSON: A person, ``<phone>@c.us``; on MAX and Telegram a positive number.
        GROUP: A group, ``<id>@g.us``; on MAX and Telegram a negative number, which may also be a channel's.
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


def chat_id(phone: str | int, *, region: str | None = None, messenger: Messenger | str | None = None) -> str:
    """Return the chat id of a person.

    Args:
        phone: Phone number in international form, with or without ``+`` and punctuation. A chat id is validated and
            returned unchanged, and so is a string with a negative number, the id of a group of MAX or Telegram.
        region: Country of a number without its country code, for example ``RU`` for ``8 (900) 123-45-67``; needs the
            extra ``phones``. None expects the country code.
        messenger: ``max`` or ``telegram`` if digits without ``+`` and punctuation are a person's chat id there, which
            is returned unchanged; otherwise they are a phone number.

    Raises:
        InvalidArgumentError: Neither a phone number nor a chat id, or an unknown messenger. ``check_whatsapp`` tells
            whether the number has WhatsApp; ``check_account`` does so for MAX and Telegram.
        MissingExtraError: ``region`` is given and the extra ``phones`` is not installed.

    Example:
        >>> chat_id("+1 100 123-45-67")
        '11001234567@c.us'
        >>> chat_id("8 (900) 123-45-67", region="RU")
        '79001234567@c.us'
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
    return f"{phone_digits(phone, region=region)}@c.us"


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
