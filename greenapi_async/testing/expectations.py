"""Expectations: waiting for what a bot sends to a chat."""

import re
from collections.abc import Callable, Coroutine
from typing import Any, Literal, TypeAlias

from greenapi_async.testing.journal import Journal
from greenapi_async.testing.messages import Message
from greenapi_async.testing.report import Explanation
from greenapi_async.testing.sandbox_api import Instance
from greenapi_async.testing.server import Server

__all__ = ["Chat", "Expected"]

Expected: TypeAlias = str | re.Pattern[str] | Callable[[Message], object] | None
"""A text to equal, a pattern to search for, a predicate of the message, or None for any message."""


class Chat:
    """A chat of an instance, with a read position for the bot's messages.

    Attributes:
        id: The chat id.
        instance: The bot's instance.
    """

    def __init__(self, journal: Journal, server: Server, instance: Instance, id: str) -> None:  # noqa: A002  its name
        self.id = id
        self.instance = instance
        self._journal = journal
        self._server = server
        self._heard: set[str] = set()

    @property
    def chat(self) -> list[Message]:
        """All messages in the chat, in both directions, oldest first."""
        stored = self._server.call(lambda: self.instance.chat(self.id))
        return [Message(self._server, self.instance, each) for each in stored]

    def hears(
        self, expected: Expected = None, /, *, timeout: float = 30.0
    ) -> Coroutine[Any, Any, Message | Explanation]:
        """Wait for the bot's next message that meets an expectation.

        Each message is returned once. Messages before the returned one are skipped for good. A call without ``await``
        fails the test.

        Args:
            expected: A text to equal, a pattern to search for, a predicate of the message, or None for any message.
            timeout: Seconds to wait.

        Returns:
            The message, or a falsy explanation if none came in time.

        Example:
            >>> assert await anna.hears("hello")
            >>> menu = await anna.hears(re.compile("choose", re.IGNORECASE))
        """
        return self._journal.expect("hears", self._hears(expected, timeout))

    def hears_nothing(self, *, timeout: float = 30.0) -> Coroutine[Any, Any, Literal[True] | Explanation]:
        """Check that the bot sends nothing for some time.

        Args:
            timeout: Seconds to wait.

        Returns:
            True, or a falsy explanation as soon as the bot sends a message; ``hears`` still returns that message.
        """
        return self._journal.expect("hears_nothing", self._hears_nothing(timeout))

    async def _hears(self, expected: Expected, timeout: float) -> Message | Explanation:
        message = await self._server.wait(self.instance, lambda: self._next(expected), timeout)
        if message is not None:
            return message
        problem = f"expected {_describe_expected(expected)} within {timeout:g} s, got {self._describe_unheard()}"
        return self._journal.explain(problem, self.instance, self.chat)

    async def _hears_nothing(self, timeout: float) -> Literal[True] | Explanation:
        message = await self._server.wait(self.instance, lambda: self._next(None, peek=True), timeout)
        if message is None:
            return True
        problem = f"expected no message within {timeout:g} s, got {_describe_message(message)}"
        return self._journal.explain(problem, self.instance, self.chat)

    def _unheard(self) -> list[Message]:
        return [message for message in self.chat if message.from_bot and message.id not in self._heard]

    def _next(self, expected: Expected, *, peek: bool = False) -> Message | None:
        unheard = self._unheard()
        for index, message in enumerate(unheard):
            if _matches(message, expected):
                if not peek:
                    self._heard.update(each.id for each in unheard[: index + 1])
                return message
        return None

    def _describe_unheard(self) -> str:
        return ", ".join(_describe_message(message) for message in self._unheard()[-3:]) or "nothing"


def _matches(message: Message, expected: Expected) -> bool:
    if expected is None:
        return True
    if isinstance(expected, str):
        return message.text == expected
    if isinstance(expected, re.Pattern):
        return expected.search(message.text) is not None
    return bool(expected(message))


def _describe_expected(expected: Expected) -> str:
    if expected is None:
        return "a message"
    if isinstance(expected, str):
        return repr(expected)
    if isinstance(expected, re.Pattern):
        return f"a message matching {expected.pattern!r}"
    return f"a message accepted by {getattr(expected, '__qualname__', repr(expected))}"


def _describe_message(message: Message) -> str:
    text = message.text if len(message.text) <= 60 else f"{message.text[:57]}..."
    return repr(text) if message.type in {"textMessage", "extendedTextMessage"} else f"{message.type} {text!r}"
