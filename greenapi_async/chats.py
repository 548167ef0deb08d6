"""Chat ids as values. Manual: 1.3.11, "Идентификатор чата и корреспондента"."""

import enum
import re

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.limits import chat_id as wrong_chat_id
from greenapi_async.models.notifications.base import is_group

__all__ = ["ChatKind", "chat_id", "chat_kind", "is_group"]

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
        wrong = wrong_chat_id(given)
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
    if wrong_chat_id(chat_id):
        return None
    kinds = {"c.us": ChatKind.PERSON, "g.us": ChatKind.GROUP, "lid": ChatKind.LID, "broadcast": ChatKind.STATUS}
    return kinds[chat_id.rpartition("@")[2]]
