"""Filters of the message: its class, its file, what it answers, votes and pressed buttons."""

from collections.abc import Callable, Container
from operator import attrgetter
from typing import Any, Final

from greenapi_async.bots.checking import is_under
from greenapi_async.bots.event import Event
from greenapi_async.bots.filters.arguments import strings, written
from greenapi_async.bots.filters.filter import Filter
from greenapi_async.bots.kinds import MESSAGES
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


def kind(*classes: type[BaseMessage]) -> Filter:
    """Match messages of these classes and of those under them; the handler may ask for the message by its class."""
    if not classes:
        raise InvalidArgumentError("kind() is given nothing; a class of message is needed, as in kind(ImageMessage)")
    for one in classes:
        if not is_under(one, BaseMessage):
            raise InvalidArgumentError(
                f"kind() is given {one!r}; a class of message is needed, as in kind(ImageMessage)"
            )
    found = frozenset(one for one in MESSAGES if issubclass(one, classes))
    return Filter(lambda event: type(event.message) in found, written("kind", *classes), messages=found)


def button(*wanted: str) -> Filter:
    """Match a pressed button or a chosen row whose id or text is one of these, or any if none is given."""
    strings("button", wanted, fewest=0)

    def test(event: Event) -> bool:
        pressed = _PRESSED.get(type(event.message))
        return pressed is not None and (not wanted or any(one in wanted for one in pressed(event.message)))

    return Filter(test, written("button", *wanted), messages=frozenset(_PRESSED))


def poll(polls: str | Container[str]) -> Filter:
    """Match the votes in a poll, given by the id of its message.

    Polls that are sent later are given as a container of ids, such as a set, which is looked into at each vote.
    """
    if isinstance(polls, str):
        strings("poll", (polls,))
        polls = frozenset({polls})
    elif not hasattr(polls, "__contains__"):
        raise InvalidArgumentError(f"poll() is given {polls!r}; the id of a message or a container of ids is needed")
    ids = polls

    def test(event: Event) -> bool:
        if not isinstance(event.message, PollUpdateMessage):
            return False
        poll = event.message.stanza_id
        return poll is not None and poll in ids

    return Filter(test, written("poll", polls), messages=frozenset({PollUpdateMessage}))


def _is_quoting(event: Event) -> bool:
    message = event.message
    if message is None or isinstance(message, ReactionMessage):
        return False
    return message.quoted is not None or isinstance(message, QuotedMessage)


media: Final = Filter(kind(FileMessage).test, "media", messages=kind(FileMessage).messages)
"""Match messages that carry a file."""

quoted: Final = Filter(_is_quoting, "quoted")
"""Match messages that answer another one, reactions apart."""

forwarded: Final = Filter(lambda event: event.message is not None and event.message.is_forwarded is True, "forwarded")
"""Match messages that were passed on."""
