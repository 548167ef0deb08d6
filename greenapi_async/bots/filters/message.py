"""Filters by the message: its class, file, quoted message, poll votes and pressed buttons."""

from collections.abc import Callable, Container
from operator import attrgetter
from typing import Any, Final, cast

from greenapi_async.bots.event import EVENT_TYPES, MESSAGE_TYPES, Event
from greenapi_async.bots.filters.filter import Filter, format_call, require_strings
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.messages import (
    BaseMessage,
    ButtonsResponseMessage,
    FileMessage,
    InteractiveButtonsResponse,
    ListResponseMessage,
    PollUpdateMessage,
    QuotedMessage,
    ReactionMessage,
    TemplateButtonsReplyMessage,
)

__all__ = ["button", "forwarded", "kind", "media", "poll", "quoted"]

_PRESSED: Final[dict[type, Callable[[Any], tuple[str | None, str | None]]]] = {
    ButtonsResponseMessage: attrgetter("selected_button_id", "selected_button_text"),
    TemplateButtonsReplyMessage: attrgetter("selected_id", "selected_display_text"),
    ListResponseMessage: attrgetter("single_select_reply", "title"),
    InteractiveButtonsResponse: attrgetter("selected_id", "selected_display_text"),
}
"""Id and text of what was pressed or chosen, by message class."""


def kind(*classes: type[BaseMessage]) -> Filter:
    """Match messages of these classes and their subclasses.

    The handler receives the message by an annotation with its class. Handlers of new messages get edits, reactions,
    deletions and votes only if their class itself is among ``classes``; a base class is not enough.

    Args:
        *classes: One or more message classes.

    Raises:
        InvalidArgumentError: There is no argument, or one is not a message class.

    Example:
        >>> @router.message(filters.kind(LocationMessage))
        ... async def location(notification: IncomingMessageReceived, message: LocationMessage) -> None:
        ...     await notification.reply(f"You are at {message.latitude}, {message.longitude}.")
    """
    if not classes:
        raise InvalidArgumentError("kind() expects at least one message class, got none. Example: kind(ImageMessage)")
    for one in cast("tuple[object, ...]", classes):
        if not isinstance(one, type) or not issubclass(one, BaseMessage):
            raise InvalidArgumentError(f"kind() expects message classes, got {one!r}. Example: kind(ImageMessage)")
    matching = frozenset(one for one in MESSAGE_TYPES if issubclass(one, classes))
    named = EVENT_TYPES.intersection(classes)
    return Filter(
        lambda event: type(event.message) in matching,
        format_call("kind", *classes),
        messages=matching,
        test_named=(lambda event: type(event.message) in named) if named else None,
    )


def button(*wanted: str) -> Filter:
    """Match a pressed button or a chosen list row.

    Args:
        *wanted: Ids or texts of buttons and rows; none matches any of them.

    Raises:
        InvalidArgumentError: An argument is not a non-empty string.
    """
    require_strings("button", wanted, at_least=0)

    def test(event: Event) -> bool:
        pressed = _PRESSED.get(type(event.message))
        return pressed is not None and (not wanted or any(one in wanted for one in pressed(event.message)))

    return Filter(test, format_call("button", *wanted), messages=frozenset(_PRESSED))


def poll(polls: str | Container[str]) -> Filter:
    """Match votes in polls, usually with ``router.vote``.

    Args:
        polls: The message id of one poll, or a container of ids. A container, such as a set, is consulted at each
            vote, so ids of polls that are sent later can be added to it.

    Raises:
        InvalidArgumentError: ``polls`` is neither a non-empty string nor a container.
    """
    if isinstance(polls, str):
        require_strings("poll", (polls,))
        polls = frozenset({polls})
    elif not hasattr(polls, "__contains__"):
        raise InvalidArgumentError(f"poll() expects a message id or a container of message ids, got {polls!r}")
    ids = polls

    def test(event: Event) -> bool:
        if not isinstance(event.message, PollUpdateMessage):
            return False
        poll = event.message.stanza_id
        return poll is not None and poll in ids

    return Filter(test, format_call("poll", polls), messages=frozenset({PollUpdateMessage}), test_named=test)


def _is_quoting(event: Event) -> bool:
    message = event.message
    if message is None or isinstance(message, ReactionMessage):
        return False
    return message.quoted is not None or isinstance(message, QuotedMessage)


media: Final = Filter(kind(FileMessage).test, "media", messages=kind(FileMessage).messages)
"""Match messages that carry a file; a product with an image is not one of them."""

quoted: Final = Filter(_is_quoting, "quoted")
"""Match messages that quote another message; reactions do not count."""

forwarded: Final = Filter(lambda event: event.message is not None and event.message.is_forwarded is True, "forwarded")
"""Match forwarded messages."""
