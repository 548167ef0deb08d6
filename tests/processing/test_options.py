"""Invalid arguments of ``process`` are rejected with what was given, what is allowed and what to do."""

from typing import Any

import pytest

from greenapi_async import Client, InvalidArgumentError, MemoryInbox, Notification
from greenapi_async.bots import Router, run


async def handler(notification: Notification) -> None:
    """Handle nothing."""


async def no_parameter() -> None:
    """Handle nothing."""


async def two_parameters(notification: Notification, client: Client) -> None:
    """Handle nothing."""


def not_async(notification: Notification) -> None:
    """Handle nothing."""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (not_async, r"not_async \(test_options\.py:\d+\) is not async; expected: async def handler\(notification\)"),
        (no_parameter, r"no_parameter \(test_options\.py:\d+\) cannot be called with one argument"),
        (two_parameters, "cannot be called with one argument, the notification.*'client'"),
        (Router(), r"greenapi_async\.bots\.run\(router"),
        (None, "the handler is None"),
    ],
)
def test_a_handler_must_be_an_async_function_of_one_notification(given: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        Client(1, "token").process(given, inbox=MemoryInbox())


def test_an_inbox_must_have_the_methods_of_one() -> None:
    wrong: Any = "bot.db"
    with pytest.raises(InvalidArgumentError, match=r"inbox is 'bot.db'; expected an inbox, for example SQLiteInbox"):
        Client(1, "token").process(handler, inbox=wrong)
    with pytest.raises(InvalidArgumentError, match="expected an inbox"):
        Client(1, "token").notifications(inbox=wrong)


@pytest.mark.anyio
async def test_an_unknown_option_is_named_with_the_closest_known_one() -> None:
    options: dict[str, Any] = {"attemps": 3}
    client = Client(1, "token")
    with pytest.raises(InvalidArgumentError, match=r"there is no option 'attemps'\. Did you mean 'attempts'\?"):
        client.process(handler, inbox=MemoryInbox(), **options)
    with pytest.raises(InvalidArgumentError, match="Did you mean 'attempts'"):
        await run(Router(), clients=client, inbox=MemoryInbox(), **options)


async def async_key(notification: Notification) -> str:
    """Return nothing that could be compared."""
    return ""


@pytest.mark.parametrize("key", [async_key, None, "chat"])
def test_the_key_is_a_function_that_is_not_async(key: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"key is .*; expected a function of a notification, not async"):
        Client(1, "token").process(handler, inbox=MemoryInbox(), key=key)
