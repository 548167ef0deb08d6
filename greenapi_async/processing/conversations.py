"""Conversations: a handler that waits for what the same person writes next.

Listening starts when the block is entered, before the first question is sent. Messages that were in the inbox before
are not answers; messages still in the server's queue are, because they arrive later. Edits, reactions, deletions and
votes are not answers either: ``Waiters`` leaves them to the handlers. An answer is acknowledged when it is returned;
the notification that started the conversation when its handler returns. A process that is killed in between therefore
asks again from the beginning. Messages that nobody asked for go to the handlers when the block ends.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

import anyio

from greenapi_async.errors import ConversationCancelledError, ConversationTimeoutError, InvalidArgumentError
from greenapi_async.models.bound import Conversation
from greenapi_async.models.notifications import IncomingMessageReceived
from greenapi_async.models.sending import SentMessage
from greenapi_async.processing.waiters import Person, Waiters, suspended

__all__ = ["ChatConversation"]


class ChatConversation(Conversation):
    """The conversation that ``Client.conversation`` returns; ``Conversation`` documents its methods."""

    def __init__(
        self,
        waiters: Waiters,
        send: Callable[[str, str], Awaitable[SentMessage]],
        person: Person,
        *,
        timeout: float,
        cancel: str | None,
    ) -> None:
        if not waiters.is_active:
            raise RuntimeError(
                "a conversation needs client.process(handler, inbox=...) or bots.run(...); inside `async for` the "
                "answer would wait behind the notification that waits for it"
            )
        if isinstance(timeout, bool) or not timeout > 0:
            raise InvalidArgumentError(f"timeout is {timeout!r}; expected a positive number of seconds")
        self._waiters = waiters
        self._send = send
        self._person = person
        self._timeout = timeout
        self._cancel = cancel
        self._is_open = False
        self._received: deque[tuple[IncomingMessageReceived, Callable[[], None]]] = deque()
        self._arrived = anyio.Event()

    def receive(self, notification: IncomingMessageReceived, requeue: Callable[[], None]) -> None:
        """Take a message of the person; ``Waiters`` calls this."""
        self._received.append((notification, requeue))
        self._arrived.set()

    async def __aenter__(self) -> Self:
        self._waiters.register(self._person, self)
        self._is_open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._is_open:
            self._is_open = False
            self._waiters.unregister(self._person)
            while self._received:
                _, requeue = self._received.popleft()
                requeue()

    async def say(self, text: str) -> SentMessage:  # noqa: D102  documented in Conversation
        return await self._send(self._person.chat_id, text)

    async def hear(self, question: str | None = None) -> IncomingMessageReceived:  # noqa: D102
        if not self._is_open:
            raise RuntimeError("this conversation is not open; use it inside `async with notification.conversation()`")
        if question is not None:
            await self.say(question)
        with anyio.move_on_after(self._timeout):
            async with suspended():
                while not self._received:
                    self._arrived = anyio.Event()
                    await self._arrived.wait()
        if not self._received:
            raise ConversationTimeoutError(f"no answer within {self._timeout:g} s")
        taken = notification, _ = self._received.popleft()
        try:
            await notification.ack()
        except BaseException:
            self._received.appendleft(taken)
            raise
        if self._cancel is not None and (notification.text or "").strip().casefold() == self._cancel.strip().casefold():
            raise ConversationCancelledError(f"the person sent the cancel word {self._cancel!r}")
        return notification

    async def ask(self, question: str) -> str:  # noqa: D102
        while True:
            notification = await self.hear(question)
            if notification.text:
                return notification.text

    async def choose(self, question: str, options: Sequence[str], *, again: str | None = None) -> str:  # noqa: D102
        known = {option.strip().casefold(): option for option in options}
        if len(known) < 2 or len(known) < len(options) or "" in known:
            raise InvalidArgumentError(f"options is {list(options)!r}; expected two or more distinct, non-empty texts")
        known |= {str(number): option for number, option in enumerate(options, start=1) if str(number) not in known}
        listed = "\n".join(f"{number}. {option}" for number, option in enumerate(options, start=1))
        text = f"{question}\n{listed}"
        while True:
            answer = (await self.ask(text)).strip().casefold().rstrip(".")
            if answer in known:
                return known[answer]
            text = f"{again or question}\n{listed}"
