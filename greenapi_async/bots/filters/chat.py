"""Filters by chat and sender."""

from typing import Final

from greenapi_async.bots.event import Event
from greenapi_async.bots.filters.filter import Filter, format_call
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.identities import identities_of
from greenapi_async.models.chat_ids import ChatKind, chat_id, chat_kind, is_chat_number
from greenapi_async.models.notifications import MessageNotification, Notification

__all__ = ["chat", "group", "private", "sender"]

_PERSONS = {ChatKind.PERSON, ChatKind.LID}


def chat(*chats: str | int) -> Filter:
    """Match notifications of these chats.

    A person is recognised by any id that the server has reported as theirs.

    Args:
        *chats: Chat ids or phone numbers, in any form that ``chat_id`` accepts. Digits alone are a phone number or, on
            MAX and Telegram, a chat id.

    Raises:
        InvalidArgumentError: There is no argument, or one is neither a chat id nor a phone number.

    Example:
        >>> filters.chat("120363043968066561@g.us", "+7 900 123-45-67")
    """
    ids = frozenset(_ids("chat", chats))

    def test(event: Event) -> bool:
        notification = event.notification
        return _is_one_of(ids, notification, notification.chat_id) or (
            _is_private(notification) and _phone(notification) in ids
        )

    return Filter(test, format_call("chat", *chats))


def sender(*persons: str | int) -> Filter:
    """Match messages sent by these persons, in private chats and in groups.

    A person is recognised by any id that the server has reported as theirs.

    Args:
        *persons: Ids or phone numbers of persons, in any form that ``chat_id`` accepts. Digits alone are a phone number
            or, on MAX and Telegram, a chat id.

    Raises:
        InvalidArgumentError: There is no argument, or one is not a person.
    """
    ids = frozenset(_ids("sender", persons))
    for one in ids:
        if chat_kind(one) not in _PERSONS:
            raise InvalidArgumentError(f"sender() expects persons, not groups, got {one!r}")

    def test(event: Event) -> bool:
        notification = event.notification
        return isinstance(notification, MessageNotification) and (
            _is_one_of(ids, notification, notification.sender) or _phone(notification) in ids
        )

    return Filter(test, format_call("sender", *persons))


group: Final = Filter(lambda event: event.notification.is_group, "group")
"""Match notifications of groups."""

private: Final = Filter(lambda event: _is_private(event.notification), "private")
"""Match notifications of chats with one person."""


def _is_one_of(ids: frozenset[str], notification: Notification, one: str | None) -> bool:
    if not one or one in ids:
        return bool(one)
    known = identities_of(notification)
    return known is not None and not ids.isdisjoint(known.ids_of(one))


def _ids(name: str, given: tuple[str | int, ...]) -> list[str]:
    if not given:
        raise InvalidArgumentError(f"{name}() expects at least one chat id or phone number, got none")
    return [name for one in given for name in _names(one)]


def _names(given: str | int) -> tuple[str, ...]:
    """Return the chat ids that a filter's argument may mean."""
    text = str(given).strip()
    if not is_chat_number(text):
        return (chat_id(text),)
    try:
        return (text, chat_id(text))
    except InvalidArgumentError:
        return (text,)  # a person of MAX or Telegram, with too few or too many digits for a phone number


def _is_private(notification: Notification) -> bool:
    return notification.chat_id is not None and chat_kind(notification.chat_id) in _PERSONS


def _phone(notification: Notification) -> str | None:
    """Return the id that the author of a message has by their phone number; None if it is not known."""
    number = notification.sender_phone_number if isinstance(notification, MessageNotification) else None
    return f"{number}@c.us" if number else None
