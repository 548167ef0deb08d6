"""A handler that waits for what the same person writes next.

Listening starts when the block is entered, so before the first question is sent. What the inbox had before that is not
an answer; what the server's queue still held is one, because it comes in later. What the person wrote and nobody asked
for goes to the handlers when the block ends. An answer leaves the inbox when it is given out, the notification that
began the conversation when its handler returns: a process that is killed between asks again from the beginning.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import anyio

from greenapi_async.errors import ConversationCancelledError, ConversationTimeoutError, InvalidArgumentError
from greenapi_async.loop.listening import Answers, Listening, Person, resting
from greenapi_async.models.notifications import IncomingMessageReceived
from greenapi_async.models.sending import SentMessage

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = ["Conversation"]


class Speaker(Protocol):
    """What is needed of the client."""

    @property
    def listening(self) -> Listening:
        """What is heard of it."""
        ...

    async def send_message(self, chat_id: str, message: str) -> SentMessage:
        """Send a text."""
        ...


class Conversation:
    """A talk with one person in one chat; what they write goes here while the block lasts.

    Each answer may take ``timeout`` seconds; then ``ConversationTimeoutError`` is raised, and
    ``ConversationCancelledError`` when the person writes the word of ``cancel``. A handler that lets one of the two out
    is done: it is not tried again.
    """

    def __init__(self, speaker: Speaker, person: Person, *, timeout: float, cancel: str | None) -> None:
        if not speaker.listening.is_fed:
            raise RuntimeError(
                "a conversation needs client.process(handler, inbox=...) or run(...): in a loop of `async for` the "
                "answer would wait behind the body that waits for it"
            )
        if isinstance(timeout, bool) or not timeout > 0:
            raise InvalidArgumentError(f"timeout is {timeout!r}; seconds above 0 are needed")
        self._speaker = speaker
        self._person = person
        self._timeout = timeout
        self._cancel = cancel
        self._open: AbstractContextManager[Answers] | None = None
        self._answers: Answers | None = None

    async def __aenter__(self) -> Self:
        self._open = self._speaker.listening.to(self._person)
        self._answers = self._open.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._open is not None:
            self._answers = None
            self._open.__exit__(None, None, None)

    async def say(self, text: str) -> SentMessage:
        """Send a text, and wait for nothing."""
        return await self._speaker.send_message(self._person.chat_id, text)

    async def hear(self, question: str | None = None) -> IncomingMessageReceived:
        """Ask, if there is a question, and give the next message, of whatever type."""
        answers = self._answers
        if answers is None:
            raise RuntimeError("a conversation listens only within its block: async with notification.conversation()")
        if question is not None:
            await self.say(question)
        with anyio.move_on_after(self._timeout):
            async with resting():
                await answers.wait()
        notification = await answers.take()
        if notification is None:
            raise ConversationTimeoutError(f"no answer came within {self._timeout:g} s")
        if self._cancel is not None and (notification.text or "").strip().casefold() == self._cancel.strip().casefold():
            raise ConversationCancelledError(f"the person wrote {self._cancel}")
        return notification

    async def ask(self, question: str) -> str:
        """Ask, and give the text of the answer; one without a text, such as a sticker, is asked again."""
        while True:
            notification = await self.hear(question)
            if notification.text:
                return notification.text

    async def choose(self, question: str, options: Sequence[str], *, again: str | None = None) -> str:
        """Ask with numbered options, and give the one that was answered by its number or its words.

        Another answer is met with ``again``, the question itself if left out. Two options or more are needed, no two
        alike.
        """
        known = {option.strip().casefold(): option for option in options}
        if len(known) < 2 or len(known) < len(options) or "" in known:
            raise InvalidArgumentError(
                f"options is {list(options)!r}; two or more are needed, no two alike, none empty"
            )
        known |= {str(number): option for number, option in enumerate(options, start=1) if str(number) not in known}
        listed = "\n".join(f"{number}. {option}" for number, option in enumerate(options, start=1))
        words = f"{question}\n{listed}"
        while True:
            answer = (await self.ask(words)).strip().casefold().rstrip(".")
            if answer in known:
                return known[answer]
            words = f"{again or question}\n{listed}"
