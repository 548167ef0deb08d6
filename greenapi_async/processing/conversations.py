"""Conversations: a handler that waits for what the same person writes next.

Listening starts when the block is entered, before the first question is sent. Messages that were in the inbox before
are not answers; messages still in the server's queue are, because they arrive later. Edits, reactions, deletions and
votes are not answers either: ``Waiters`` leaves them to the handlers. An answer is removed from the inbox when it is
returned; the notification that started the conversation when its handler returns. Messages that nobody asked for go to
the handlers when the block ends.

While the owner has taken over the chat (``takeovers``), what it sends waits, and what the person writes is no answer.
The time for an answer begins anew when the pause is over.

What is asked and heard is recorded in the ``journal`` of the handler. When the handler runs again, after a restart or a
failure, recorded questions are not sent, recorded answers are returned at once, and the first open question waits for
its answer, which may be in the inbox already.

``hear(check=...)`` waits for a message of anybody in the chat. While it waits, messages that do not pass the check go
to the handlers, the person's own among them. Those of others that arrived before its question are no answers.

A conversation with a person inside another one with the same person shares its mailbox: it hears what the person writes
while it lasts, and leaves the rest to the outer one. A conversation of another handler with the person waits for its
turn, unless the two handlers would wait for each other.
"""

# pyright: reportPrivateUsage=false

import functools
import json
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypeVar, cast

import anyio
import anyio.lowlevel

from greenapi_async._internal.checks import is_positive
from greenapi_async.errors import (
    ConversationCancelledError,
    ConversationEndedError,
    ConversationTimeoutError,
    InvalidArgumentError,
)
from greenapi_async.inbox.base import Entry
from greenapi_async.models.bound import Cancel, Conversation
from greenapi_async.models.forms import FormTexts
from greenapi_async.models.notifications import IncomingMessageReceived
from greenapi_async.models.sending import SentMessage
from greenapi_async.models.sent import bind_sent
from greenapi_async.polling.parsing import NotificationParser
from greenapi_async.processing.awaited import Hold
from greenapi_async.processing.choices import Choices
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.forms import fill_form
from greenapi_async.processing.item import Item, current_item
from greenapi_async.processing.journal import ASKS_ANYBODY, KEEP, Dialogue, Journal, Step
from greenapi_async.processing.mailbox import Mailbox, Offer, Request
from greenapi_async.processing.slot import suspended
from greenapi_async.processing.waiters import Person
from greenapi_async.processing.words import call_sync, check_sync, matcher

__all__ = ["ChatConversation"]

T = TypeVar("T")
Check: TypeAlias = Callable[[IncomingMessageReceived], bool]

MAX_TIMEOUT: Final = KEEP.total_seconds()
"""The journal keeps a step for so long."""

_entered: ContextVar[tuple["ChatConversation", ...]] = ContextVar("_entered", default=())
"""The conversations around the running code; also those of another handler, if that has started the running one."""


class ChatConversation(Conversation):
    """The conversation that ``Client.conversation`` returns; ``Conversation`` documents its methods."""

    def __init__(self, client: ProcessClient, person: Person, *, timeout: float, cancel: Cancel | None) -> None:
        self._waiters = client._waiters
        if not self._waiters.is_active:
            raise RuntimeError(
                "a conversation needs client.process(handler, inbox=...) or bots.run(...); inside `async for` the "
                "answer would wait behind the notification that waits for it"
            )
        if not is_positive(timeout, MAX_TIMEOUT):
            raise InvalidArgumentError(
                f"timeout is {timeout!r}; expected a positive number of seconds, at most {MAX_TIMEOUT:.0f} (366 days)"
            )
        self._client = client
        self._person = person
        self._timeout = timeout
        self._cancels = matcher("cancel", cancel)
        self._has_cancel = cancel is not None
        self._is_open = False
        self._item: Item | None = None
        self._mailbox = Mailbox()
        self._dialogue: Dialogue

    async def __aenter__(self) -> Self:
        self._item = current_item.get()
        if self._item is not None and self._item.is_stopping:
            async with suspended(for_person=True):  # which releases the handler: others have left their turns
                await anyio.lowlevel.checkpoint()
        is_resumed = self._held_for_others() is not None and await self._has_open_question()
        while (first := self._begin(is_resumed=is_resumed)) is not None:
            with self._waiting_for(first) as ended:
                async with suspended(for_person=True):
                    await ended.wait()
        self._is_open = True
        try:
            await self._resume()
        except BaseException:
            self._leave()
            raise
        _entered.set((*self._around(), self))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave()

    async def say(self, text: str) -> SentMessage:  # noqa: D102  documented in Conversation
        self._check_open()
        step = await self._dialogue.begin("say", text, self._timeout)
        if step.sent is None:
            return await self._send(step, text)
        sent = SentMessage(id_message=step.sent)
        bind_sent(sent, self._client, {"chatId": self._person.chat_id})
        return sent

    async def hear(  # noqa: D102
        self, question: str | None = None, *, check: Check | None = None
    ) -> IncomingMessageReceived:
        if check is None:
            return await self._hear("hear", question)
        if not callable(cast("object", check)):
            raise InvalidArgumentError(f"check is {check!r}; expected a function of the message, such as a filter")
        check_sync("check", check)
        return await self._hear(ASKS_ANYBODY, question, check)

    async def ask(self, question: str) -> str:  # noqa: D102
        return await self._hear_text("ask", question)

    async def choose(self, question: str, options: Sequence[str], *, again: str | None = None) -> str:  # noqa: D102
        choices = Choices(options)
        text = f"{question}\n{choices}"
        while True:
            chosen = choices.find(await self._hear_text("choose", text))
            if chosen is not None:
                return choices.options[chosen]
            text = f"{again or question}\n{choices}"

    async def form(  # noqa: D102
        self,
        kind: type[T],
        *,
        texts: FormTexts | None = None,
        translate: Callable[[str], str] | None = None,
        known: Mapping[str, object] | None = None,
        confirm: bool = True,
    ) -> T:
        self._check_open()
        return await fill_form(self, kind, texts=texts, translate=translate, known=known, confirm=confirm)

    async def step(self, name: str, function: Callable[..., Awaitable[T]], *args: object) -> T:  # noqa: D102
        self._check_open()
        step = await self._dialogue.begin("step", name, self._timeout)
        if step.outcome is None:
            running = cast("object", function(*args))
            if not isinstance(running, Awaitable):
                raise InvalidArgumentError(f"step {name!r} has the function {function!r}; expected an async one")
            result = await cast("Awaitable[object]", running)
            try:
                copied: object = json.loads(json.dumps(result, allow_nan=False))
            except (TypeError, ValueError) as error:
                raise InvalidArgumentError(
                    f"step {name!r} returned a result that cannot be stored as JSON: {error}"
                ) from None
            with anyio.CancelScope(shield=True):
                await self._dialogue.end(step, "returned", copied)
        return cast("T", step.value)

    def _begin(self, *, is_resumed: bool) -> Mailbox | Hold | None:
        """Listen to the person, or return whose end must be awaited first."""
        if (found := self._waiters.find(self._person)) is not None:
            if (outer := self._find_outer()) is not None:
                self._mailbox = outer._mailbox
                if not self._has_cancel:
                    self._cancels = outer._cancels
                return None
            if found.is_behind([each._mailbox for each in self._around()]):
                raise RuntimeError(
                    f"{self._person.sender} has an open conversation with another handler, which waits for the end of "
                    "one of this handler"
                )
            return found
        if not is_resumed and (hold := self._held_for_others()) is not None:
            return hold
        self._waiters.register(self._person, self._mailbox)
        return None

    @contextmanager
    def _waiting_for(self, first: Mailbox | Hold) -> Generator[anyio.Event]:
        """Note during the block that the conversations around this one wait; give the event for which they do."""
        if isinstance(first, Hold):
            yield first.ended
            return
        around = [each._mailbox for each in self._around()]
        for each in around:
            each.awaits.append(first)
        try:
            yield first.closed
        finally:
            for each in around:
                each.awaits.remove(first)

    def _held_for_others(self) -> Hold | None:
        """Return what is held for another handler that was in a conversation in the chat before a restart."""
        item = self._item
        if item is None or item.awaited is None:
            return None
        chat_ids = self._waiters.ids_of(self._person.chat_id)
        return item.awaited.find(self._client.id_instance, chat_ids, apart_from=item.key)

    async def _has_open_question(self) -> bool:
        """Return whether the conversation had asked something before a restart that was not answered."""
        journal = _journal_of(self._item, self._client.id_instance)
        return journal is not None and await journal.has_open_question(self._person.chat_id, self._person.sender)

    async def _resume(self) -> None:
        item = self._item
        journal = _journal_of(item, self._client.id_instance) or Journal(None, "", _without_retries, lambda: True)
        chat_id = self._person.chat_id
        is_own_chat = item is None or item.chat_id in self._waiters.ids_of(chat_id)
        self._dialogue = await journal.open(chat_id, self._person.sender, is_own_chat=is_own_chat)
        if self._dialogue.is_resumed:
            started = self._dialogue.started
            self._mailbox.since = min(started, self._mailbox.since or started)
            await self._recall()

    async def _recall(self) -> None:
        """Offer what waits behind the running entry in its lane to the conversations."""
        if self._item is not None and self._item.recall is not None:
            await self._item.recall()

    async def _release_held(self) -> None:
        """Offer what was held for the open conversations of the handler since the start of the run."""
        for each in (*self._around(), self):
            if each._item is not None and each._item.awaited is not None and each._dialogue.is_resumed:
                await each._item.awaited.resume(each._dialogue.key)

    def _leave(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        if self._waiters.find(self._person) is self._mailbox and not self._find_outer():
            self._waiters.unregister(self._person)
            self._mailbox.close()

    def _find_outer(self) -> "ChatConversation | None":
        """Return the innermost open conversation with the same person around the running code."""
        mailbox = self._waiters.find(self._person)
        return next((each for each in reversed(self._around()) if each._mailbox is mailbox), None)

    def _around(self) -> list["ChatConversation"]:
        """Return the open conversations around this one."""
        item = current_item.get()
        return [each for each in _entered.get() if each is not self and each._is_open and each._item is item]

    def _check_open(self) -> None:
        if not self._is_open:
            raise RuntimeError("this conversation is not open; use it inside `async with notification.conversation()`")

    async def _hear(self, kind: str, question: str | None, check: Check | None = None) -> IncomingMessageReceived:
        self._check_open()
        step = await self._dialogue.begin(kind, question, self._timeout)
        if step.outcome == "answered":
            notification = self._parse(step)
        elif step.outcome is None:
            if check is None or question is not None:
                self._mailbox.pass_on(self._is_of_person)
            request = Request(functools.partial(self._answers, check), step.started) if check is not None else None
            with self._requesting(request):
                notification = await self._wait_for_answer(step, question)
        elif step.outcome == "interrupted":
            self._mailbox.interrupt()
            raise _interrupted()
        else:
            raise self._timed_out()
        if self._is_cancelled_by(notification):
            raise ConversationCancelledError("the person cancelled the conversation")
        return notification

    async def _hear_text(self, kind: str, question: str) -> str:
        while True:
            notification = await self._hear(kind, question)
            if notification.text:
                return notification.text

    def _is_of_person(self, notification: IncomingMessageReceived) -> bool:
        return self._waiters.find(Person(notification.chat_id, notification.sender)) is self._mailbox

    def _is_cancelled_by(self, notification: IncomingMessageReceived) -> bool:
        return self._is_of_person(notification) and self._cancels(notification)

    def _answers(self, check: Check, notification: IncomingMessageReceived) -> bool:
        return self._is_cancelled_by(notification) or bool(call_sync("check", check, notification))

    def _requesting(self, request: Request | None) -> AbstractContextManager[None]:
        if request is None:
            return nullcontext()
        return self._waiters.requesting(self._person.chat_id, self._mailbox, request)

    async def _wait_for_answer(self, step: Step, question: str | None) -> IncomingMessageReceived:
        if step.kind == ASKS_ANYBODY:
            self._mailbox.pass_on(self._mailbox.wants)
            if question is None or self._dialogue.is_resumed:
                await self._recall()
        await self._check_interrupted(step)
        if question is not None and step.sent is None:
            await self._send(step, question)
        await self._release_held()
        offer = await self._next_offer(step)
        if offer is None:
            await self._dialogue.end(step, "timed out")
            raise self._timed_out()
        try:
            with anyio.CancelScope(shield=True):
                await offer.acknowledge(self._dialogue.answered(step, offer.fields()))
        except BaseException:
            self._mailbox.put(offer)
            raise
        return offer.notification

    async def _next_offer(self, step: Step) -> Offer | None:
        chat_id, takeovers = self._person.chat_id, self._waiters.takeovers
        if takeovers is not None:
            step.deadline = takeovers.extended(chat_id, step.deadline, self._timeout)
        if self._dialogue.seconds_left(step) <= 0:  # it passed while the process was down
            return None
        if not self._mailbox.is_ready:
            async with suspended(for_person=True) as reserve:
                while not self._mailbox.is_ready:
                    pause = takeovers.seconds_left(chat_id) if takeovers is not None else 0.0
                    seconds = pause or self._dialogue.seconds_left(step)
                    if seconds <= 0:
                        break
                    with anyio.move_on_after(seconds):
                        await self._mailbox.wait(reserve)
                    if pause and takeovers is not None and not takeovers.seconds_left(chat_id):
                        await self._dialogue.begin_anew(step, self._timeout)
        await self._check_interrupted(step)
        if (error := self._mailbox.error) is not None:
            self._mailbox.error = None
            raise error
        return self._mailbox.take()

    async def _check_interrupted(self, step: Step) -> None:
        if self._mailbox.is_interrupted:
            await self._dialogue.end(step, "interrupted")
            raise _interrupted()

    async def _send(self, step: Step, text: str) -> SentMessage:
        if self._item is None and self._waiters.takeovers is not None:
            await self._waiters.takeovers.until_over(self._person.chat_id)
        sent = await self._client.send_message(self._person.chat_id, text, once=step.once)
        await self._dialogue.sent(step, sent.id_message, self._timeout)
        return sent

    def _parse(self, step: Step) -> IncomingMessageReceived:
        """Return a recorded answer, which is acknowledged."""

        async def acknowledge() -> None:
            pass

        fields: dict[str, Any] = step.value
        entry = Entry(id_instance=self._client.id_instance, **fields)
        return cast("IncomingMessageReceived", NotificationParser(self._client).parse_entry(entry, acknowledge))

    def _timed_out(self) -> ConversationTimeoutError:
        return ConversationTimeoutError(f"no answer within {self._timeout:g} s")


def _interrupted() -> ConversationEndedError:
    return ConversationEndedError("a route with interrupts=True has ended the conversation")


def _journal_of(item: Item | None, id_instance: int) -> Journal | None:
    """Return the journal of the running handler, if the conversation belongs to its instance."""
    return item.journal if item is not None and item.running and item.id_instance == id_instance else None


async def _without_retries(operation: str, work: Callable[[], Awaitable[T]]) -> T:  # noqa: ARG001  not needed
    return await work()
