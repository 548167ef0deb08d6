"""Reports that ids belong to the same person, in answers of the API and in notifications.

Source: the vendor's page on @lid, beyond the manual. The fields are read from the JSON as received, because servers
spell some of them differently: a number is an integer, a string of digits or a chat id.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from greenapi_async.models.chat_ids import is_group

if TYPE_CHECKING:
    from greenapi_async.models.base import Model

__all__ = ["account_ids", "checked_account_ids", "checked_ids", "contact_ids", "ids_in_notification", "listed_ids"]

Report = tuple[str, ...]
"""Ids of one person, the newest first."""


def checked_ids(values: Mapping[str, Any], answer: "Model") -> Iterator[Report]:
    """Yield what an answer of checkWhatsapp reports."""
    raw = answer.raw
    if raw.get("existsWhatsapp") is True:
        number = _number(raw.get("phoneNumber")) or _number(values.get("phoneNumber"))
        yield _ids(number, raw.get("chatId"), values.get("chatId"))


def checked_account_ids(values: Mapping[str, Any], answer: "Model") -> Iterator[Report]:
    """Yield what an answer of checkAccount reports."""
    if answer.raw.get("exist") is True:
        number = _number(answer.raw.get("phoneNumber")) or _number(values.get("phoneNumber"))
        yield _ids(number, answer.raw.get("chatId"))


def contact_ids(values: Mapping[str, Any], answer: "Model") -> Iterator[Report]:
    """Yield what an answer of getContactInfo reports."""
    yield _ids(_number(answer.raw.get("phoneNumber")), answer.raw.get("chatId"), values.get("chatId"))


def listed_ids(_: Mapping[str, Any], answer: "Iterable[Model]") -> Iterator[Report]:
    """Yield what an answer of getChats or getContacts reports."""
    for row in answer:
        if "newChatId" in row.raw or "phoneNumber" in row.raw:
            known = row.raw.get("id") or row.raw.get("chatId")  # MAX and Telegram call it chatId
            yield _ids(_number(row.raw.get("phoneNumber")), row.raw.get("newChatId"), known)


def account_ids(_: Mapping[str, Any], answer: "Model") -> Iterator[Report]:
    """Yield what an answer of getWaSettings reports about the account itself."""
    yield _ids(_number(answer.raw.get("phone")), answer.raw.get("chatId"))


def ids_in_notification(fields: Mapping[str, Any]) -> Report:
    """Return what a notification reports about the author of its message; empty if nothing.

    MAX and Telegram give the author's phone number. In a private chat the author of an incoming message is the chat's
    person, even if the server names the chat by a number and the author by an ``@lid``.
    """
    sender_data = fields.get("senderData")
    if not isinstance(sender_data, dict):
        return ()
    data = cast("dict[str, Any]", sender_data)
    sender, chat_id, number = data.get("sender"), data.get("chatId"), data.get("senderPhoneNumber")
    if number:
        return _ids(_number(number), sender)
    if sender == chat_id or not isinstance(chat_id, str) or is_group(chat_id):
        return ()
    return _ids(sender, chat_id) if fields.get("typeWebhook") == "incomingMessageReceived" else ()


def _ids(*ids: Any) -> Report:
    found = tuple(each for each in ids if isinstance(each, str) and each)
    return found if len(found) > 1 else ()


def _number(value: Any) -> str | None:
    """Return the chat id of a phone number in any of its spellings; None if it is hidden or missing."""
    digits = value.removesuffix("@c.us") if isinstance(value, str) else value
    if isinstance(digits, bool) or not isinstance(digits, str | int) or not str(digits).isdecimal():
        return None
    return f"{digits}@c.us"
