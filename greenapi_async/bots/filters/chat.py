"""Filters of the chat and of who wrote."""

from typing import Final

from greenapi_async.bots.filters.arguments import written
from greenapi_async.bots.filters.filter import Filter
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.chat_ids import ChatKind, chat_id, chat_kind
from greenapi_async.models.notifications import MessageNotification

__all__ = ["chat", "group", "private", "sender"]

_PERSONS = ("@c.us", "@lid")


def chat(*chats: str | int) -> Filter:
    """Match these chats, named as ``chat_id`` takes them: by an id or by a phone number."""
    ids = frozenset(_ids("chat", chats))
    return Filter(lambda event: event.notification.chat_id in ids, written("chat", *chats))


def sender(*persons: str | int) -> Filter:
    """Match messages of these persons, in a group or not, named as ``chat_id`` takes them."""
    ids = frozenset(_ids("sender", persons))
    for one in ids:
        if chat_kind(one) not in {ChatKind.PERSON, ChatKind.LID}:
            raise InvalidArgumentError(f"sender() is given {one!r}; a person is needed, not a group")

    def wrote(notification: object) -> bool:
        return isinstance(notification, MessageNotification) and notification.sender in ids

    return Filter(lambda event: wrote(event.notification), written("sender", *persons))


group: Final = Filter(lambda event: event.notification.is_group, "group")
"""Match what is of a group."""

private: Final = Filter(lambda event: (event.notification.chat_id or "").endswith(_PERSONS), "private")
"""Match what is of a chat with one person."""


def _ids(name: str, given: tuple[str | int, ...]) -> list[str]:
    if not given:
        raise InvalidArgumentError(f"{name}() is given nothing; at least one chat id or phone number is needed")
    return [chat_id(one) for one in given]
