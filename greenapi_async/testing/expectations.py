"""Waiting for what a bot says in a chat."""

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

from greenapi_async.sandbox import Instance
from greenapi_async.testing.backend import Stage
from greenapi_async.testing.journal import Record
from greenapi_async.testing.messages import Message
from greenapi_async.testing.report import Explanation

__all__ = ["Chat", "Expected"]

Expected: TypeAlias = str | re.Pattern[str] | Callable[[Message], object] | None
"""A text, a pattern to be found in it, a function that says yes to the message, or nothing, which is any message."""


class Chat:
    """One chat of an instance, and how far its people have heard the bot in it."""

    def __init__(self, record: Record, stage: Stage, instance: Instance, id: str) -> None:  # noqa: A002  its name
        self.id = id
        """The chat id."""
        self.instance = instance
        """The instance of the bot."""
        self._record = record
        self._stage = stage
        self._heard: set[str] = set()

    @property
    def chat(self) -> list[Message]:
        """All that stands in the chat, both ways, the oldest first."""
        stored = self._stage.do(lambda: self.instance.chat(self.id))
        return [Message(self._stage, self.instance, each) for each in stored]

    async def hears(self, expected: Expected = None, /, *, timeout: float = 30.0) -> Message | Explanation:
        """Wait for the next message of the bot that is as expected; those before it count as heard too.

        A text must be equal, a pattern is searched for, a function is called with the message, and with nothing any
        message will do. What comes within ``timeout`` seconds is given; otherwise something false that tells why.
        """
        heard = await self._stage.wait(self.instance, lambda: self._next(expected), timeout)
        if heard is not None:
            return heard
        return self._record.explain(self._not_heard(expected, timeout), self.instance, self.chat)

    async def hears_nothing(self, *, timeout: float = 30.0) -> Literal[True] | Explanation:
        """Wait so many seconds, and say whether the bot was silent; what it said all the same is not heard yet."""
        said = await self._stage.wait(self.instance, lambda: self._next(None, look_only=True), timeout)
        if said is None:
            return True
        return self._record.explain(f"the bot said {_words(said)}", self.instance, self.chat)

    def _unheard(self) -> list[Message]:
        return [message for message in self.chat if message.from_bot and message.id not in self._heard]

    def _next(self, expected: Expected, *, look_only: bool = False) -> Message | None:
        unheard = self._unheard()
        for index, message in enumerate(unheard):
            if _is(message, expected):
                if not look_only:
                    self._heard.update(each.id for each in unheard[: index + 1])
                return message
        return None

    def _not_heard(self, expected: Expected, seconds: float) -> str:
        heard = ", ".join(_words(message) for message in self._unheard()[-3:])
        return f"not heard within {seconds:g} s: {_told(expected)}; {f'but {heard}' if heard else 'nothing was said'}"


def _is(message: Message, expected: Expected) -> bool:
    if expected is None:
        return True
    if isinstance(expected, str):
        return message.text == expected
    if isinstance(expected, re.Pattern):
        return expected.search(message.text) is not None
    return bool(expected(message))


def _told(expected: Expected) -> str:
    if expected is None:
        return "any message"
    if isinstance(expected, str):
        return repr(expected)
    if isinstance(expected, re.Pattern):
        return f"something like {expected.pattern!r}"
    return f"a message for {getattr(expected, '__qualname__', repr(expected))}"


def _words(message: Message) -> str:
    words = message.text if len(message.text) <= 60 else f"{message.text[:57]}..."
    return repr(words) if message.type in {"textMessage", "extendedTextMessage"} else f"{message.type} {words!r}"
