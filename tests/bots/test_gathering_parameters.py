"""What a handler with ``gather`` may ask for: all messages, or none; not only the first."""

import functools
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import pytest

from greenapi_async import Client, IncomingMessageReceived, InvalidArgumentError, Message, Notification
from greenapi_async.bots import Router, Text, filters
from greenapi_async.models.notifications import MessageNotification


class Prompt(str):
    __slots__ = ()


def first_text(notification: IncomingMessageReceived) -> Prompt:
    return Prompt(notification.text)


def all_texts(messages: Sequence[IncomingMessageReceived]) -> Prompt:
    return Prompt(" ".join(message.text or "" for message in messages))


async def gets_a_message(n: IncomingMessageReceived) -> None: ...


async def gets_a_notification(n: Notification) -> None: ...


async def gets_an_annotated_message(n: Annotated[IncomingMessageReceived, "first"]) -> None: ...


async def gets_a_base_class(n: MessageNotification | None = None) -> None: ...


async def gets_a_content(message: Message) -> None: ...


async def gets_a_text(text: Text) -> None: ...


async def gets_a_text_or_none(text: Text | None) -> None: ...


async def gets_a_provided_text(prompt: Prompt) -> None: ...


@functools.wraps(gets_a_message)
async def is_decorated(*args: Any, **kwargs: Any) -> None:
    await gets_a_message(*args, **kwargs)


@pytest.mark.parametrize(
    "handler",
    [
        gets_a_message,
        gets_a_notification,
        gets_an_annotated_message,
        gets_a_base_class,
        gets_a_content,
        gets_a_text,
        gets_a_text_or_none,
        gets_a_provided_text,
        is_decorated,
    ],
)
def test_a_handler_that_would_get_only_the_first_message_is_rejected(handler: Callable[..., Any]) -> None:
    router = Router(provide={Prompt: first_text})
    router.message(filters.has_text, gather=3)(handler)
    with pytest.raises(InvalidArgumentError, match=r"only the first .* list\[IncomingMessageReceived\]"):
        router.handler()


async def gets_both(messages: list[IncomingMessageReceived], text: Text, prompt: Prompt) -> None: ...


async def gets_all_through_a_provider(prompt: Prompt) -> None: ...


async def gets_no_message(client: Client, **_: Any) -> None: ...


@pytest.mark.parametrize(
    ("handler", "provider"),
    [
        (gets_both, first_text),
        (gets_all_through_a_provider, all_texts),
        (gets_no_message, first_text),
    ],
)
def test_a_handler_that_asks_for_all_messages_or_for_none_is_accepted(
    handler: Callable[..., Any], provider: Callable[..., Any]
) -> None:
    router = Router(provide={Prompt: provider})
    router.message(filters.has_text, gather=3)(handler)
    assert repr(router.handler()) == "<Dispatcher with 1 handler>"
