"""Filters by chat and sender."""

from typing import Final

from greenapi_async.bots.event import Event
from greenapi_async.bots.filters.filter import Filter, format_call
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.identities import identities_of
from greenapi_async.models.chat_ids import ChatKind, chat_id, chat_kind
from greenapi_async.models.notifications import MessageNotification, Notification

__all__ = ["chat", "group", "private", "sender"]

_PERSONS = ("@c.us", "@lid", "@s.whatsapp.net")


def chat(*chats: str | int) -> Filter:
    """Match notifications of these chats.

    A person is recognised by any id that the server has reported as theirs.

    Args:
        *chats: Chat ids or phone numbers, in any form that ``chat_id`` accepts.

    Raises:
        InvalidArgumentError: There is no argument, or one is neither a chat id nor a phone number.

    Example:
        >>> filters.chat("120363043968066561@g.us", "+7 900 123-45-67")
    """
    ids = frozenset(_ids("chat", chats))

    def test(event: Event) -> bool:
        return _is_one_of(ids, event.notification, event.notification.chat_id)

    return Filter(test, format_call("chat", *chats))


def sender(*persons: str | int) -> Filter:
    """Match messages sent by these persons, in private chats and in groups.

    A person is recognised by any id that the server has reported as theirs.

    Args:
        *persons: Ids or phone numbers of persons, in any form that ``chat_id`` accepts.

    Raises:
        InvalidArgumentError: There is no argument, or one is not a person.
    """
    ids = frozenset(_ids("sender", persons))
    for one in ids:
        if chat_kind(one) not in {ChatKind.PERSON, ChatKind.LID}:
            raise InvalidArgumentError(f"sender() expects persons, not groups, got {one!r}")

    def test(event: Event) -> bool:
        notification = event.notification
        return isinstance(notification, MessageNotification) and _is_one_of(ids, notification, notification.sender)

    return Filter(test, format_call("sender", *persons))


group: Final = Filter(lambda event: event.notification.is_group, "group")
"""Match notifications of groups."""

private: Final = Filter(lambda event: (event.notification.chat_id or "").endswith(_PERSONS), "private")
"""Match notifications of chats with one person."""


def _is_one_of(ids: frozenset[str], notification: Notification, one: str | None) -> bool:
    if one is None or one in ids:
        return one is not None
    known = identities_of(notification)
    return known is not None and not ids.isdisjoint(known.ids_of(one))


def _ids(name: str, given: tuple[str | int, ...]) -> list[str]:
    if not given:
        raise InvalidArgumentError(f"{name}() expects at least one chat id or phone number, got none")
    return [chat_id(one) for one in given]
