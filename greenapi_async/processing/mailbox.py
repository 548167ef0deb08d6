"""Mailbox: new messages of a person, or of anybody in the chat, for the open conversation until it asks for them."""

from bisect import insort
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

import anyio
import attrs

from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.records import Change
from greenapi_async.models.notifications import IncomingMessageReceived

__all__ = ["Mailbox", "Offer", "Request"]


@attrs.frozen(eq=False)
class Offer:
    """A message that a conversation may consume.

    Attributes:
        entry: Its entry in the inbox.
        notification: The message.
        requeue: Passes it on to the handlers, at its place.
        acknowledge: Removes its entry from the inbox, in one transaction with changes of records.
    """

    entry: Entry
    notification: IncomingMessageReceived
    requeue: Callable[[], None]
    acknowledge: Callable[[Sequence[Change]], Awaitable[None]]

    def fields(self) -> dict[str, Any]:
        """Return what must be stored to parse it again."""
        return {"body": self.entry.body, "receipt_id": self.entry.receipt_id, "error": self.entry.error}


@attrs.frozen(eq=False)
class Request:
    """Wait for a message of anybody in the chat.

    Attributes:
        check: Returns whether a message is the awaited one.
        since: Messages that were stored at this time or later are meant, in seconds by the clock of the inbox.
    """

    check: Callable[[IncomingMessageReceived], bool]
    since: float


@attrs.define(eq=False)
class Mailbox:
    """Messages of one person, and those that a request asks for, in the order of their entries.

    Attributes:
        since: Messages that were stored at this time or later answer it, even if they were in the inbox at start-up; in
            seconds by the clock of the inbox. None accepts only what arrives during the run.
        is_interrupted: Whether a route with ``interrupts=True`` has ended the conversation.
        request: What the conversation waits for, if that is not just any message of the person.
        error: What the check of a request has raised.
        closed: Set when the conversation has ended.
        awaits: The conversations of other handlers whose ends its handler awaits.
    """

    since: float | None = None
    is_interrupted: bool = False
    request: Request | None = None
    error: Exception | None = None
    closed: anyio.Event = attrs.field(factory=anyio.Event)
    awaits: "list[Mailbox]" = attrs.field(factory=list["Mailbox"])
    _offers: list[Offer] = attrs.field(factory=list[Offer])
    _arrived: anyio.Event = attrs.field(factory=anyio.Event)
    _reserve: Callable[[], None] | None = None
    _is_awaited: bool = False

    @property
    def is_ready(self) -> bool:
        """True if there is a message, or the conversation is interrupted, or a check has failed."""
        return bool(self._offers) or self.is_interrupted or self.error is not None

    def accepts(self, entry: Entry, *, is_new: bool, of_anybody: bool = False) -> bool:
        """Return whether a message may be an answer.

        Args:
            entry: The message's entry.
            is_new: Whether it arrived during the run and is offered for the first time.
            of_anybody: Whether it is a message of somebody else, for a request.
        """
        since = self.request.since if of_anybody and self.request is not None else self.since
        return is_new or (since is not None and not entry.attempts and entry.stored.timestamp() >= since)

    def wants(self, notification: IncomingMessageReceived) -> bool:
        """Return whether a message passes the check of the request, if there is one.

        An error of the check is raised in the conversation, and the message is not wanted.
        """
        if self.request is None:
            return True
        try:
            return self.request.check(notification)
        except Exception as error:  # noqa: BLE001  raised in the conversation
            self.error = error
            self._wake()
            return False

    def is_behind(self, others: Collection["Mailbox"]) -> bool:
        """Return whether its handler waits for the end of one of some conversations, or is in one of them.

        Args:
            others: The mailboxes of those conversations.
        """
        seen = set[Mailbox]()
        pending = [self]
        while pending:
            one = pending.pop()
            if one in others:
                return True
            if one not in seen:
                seen.add(one)
                pending += one.awaits
        return False

    def put(self, offer: Offer) -> None:
        """Add a message."""
        insort(self._offers, offer, key=lambda each: each.entry.id)
        self._wake()

    def interrupt(self) -> None:
        """End the conversation at its next question."""
        self.is_interrupted = True
        self._wake()

    def pass_on(self, is_wanted: Callable[[IncomingMessageReceived], bool]) -> None:
        """Pass the messages on to the handlers that are not wanted any more.

        Args:
            is_wanted: Returns whether a message is wanted.
        """
        kept: list[Offer] = []
        offers, self._offers = self._offers, kept
        for offer in offers:
            if is_wanted(offer.notification):
                kept.append(offer)
            else:
                offer.requeue()

    def take(self) -> Offer | None:
        """Remove and return the first message; None if there is none."""
        return self._offers.pop(0) if self._offers else None

    def recheck(self) -> None:
        """End the wait for a message, because the time for it has changed."""
        self._arrived.set()

    async def wait(self, reserve: Callable[[], None] | None) -> None:
        """Wait until there is a message, or the conversation is interrupted, or the time for a message has changed.

        Args:
            reserve: Called at that moment if the conversation goes on, so that nothing that arrives later is handled
                before.

        Raises:
            RuntimeError: Another task waits for one already.
        """
        if self._is_awaited:
            raise RuntimeError("this conversation waits for an answer already; ask one question after the other")
        self._is_awaited = True
        try:
            if not self.is_ready:
                self._arrived, self._reserve = anyio.Event(), reserve
                await self._arrived.wait()
        finally:
            self._reserve = None
            self._is_awaited = False

    def close(self) -> None:
        """Pass all messages on to the handlers, and let the next conversation with the person begin."""
        self.closed.set()
        while (offer := self.take()) is not None:
            offer.requeue()

    def _wake(self) -> None:
        self._arrived.set()
        if self._reserve is not None:
            self._reserve()
