"""Mailbox: new messages of a person for the open conversation, until it asks for them."""

from bisect import insort
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import anyio
import attrs

from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.records import Change
from greenapi_async.models.notifications import IncomingMessageReceived

__all__ = ["Mailbox", "Offer"]


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


@attrs.define(eq=False)
class Mailbox:
    """Messages of one person in the order of their entries.

    Attributes:
        since: Messages that were stored at this time or later answer it, even if they were in the inbox at start-up; in
            seconds by the clock of the inbox. None accepts only what arrives during the run.
        is_interrupted: Whether a route with ``interrupts=True`` has ended the conversation.
        closed: Set when the conversation has ended.
    """

    since: float | None = None
    is_interrupted: bool = False
    closed: anyio.Event = attrs.field(factory=anyio.Event)
    _offers: list[Offer] = attrs.field(factory=list[Offer])
    _arrived: anyio.Event = attrs.field(factory=anyio.Event)
    _reserve: Callable[[], None] | None = None

    @property
    def is_ready(self) -> bool:
        """True if there is a message, or the conversation is interrupted."""
        return bool(self._offers) or self.is_interrupted

    def accepts(self, entry: Entry, *, is_new: bool) -> bool:
        """Return whether a message may be an answer.

        Args:
            entry: The message's entry.
            is_new: Whether it arrived during the run and is offered for the first time.
        """
        return is_new or (self.since is not None and not entry.attempts and entry.stored.timestamp() >= self.since)

    def put(self, offer: Offer) -> None:
        """Add a message."""
        insort(self._offers, offer, key=lambda each: each.entry.id)
        self._wake()

    def interrupt(self) -> None:
        """End the conversation at its next question."""
        self.is_interrupted = True
        self._wake()

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
        """
        try:
            if not self.is_ready:
                self._arrived, self._reserve = anyio.Event(), reserve
                await self._arrived.wait()
        finally:
            self._reserve = None

    def close(self) -> None:
        """Pass all messages on to the handlers, and let the next conversation with the person begin."""
        self.closed.set()
        while (offer := self.take()) is not None:
            offer.requeue()

    def _wake(self) -> None:
        self._arrived.set()
        if self._reserve is not None:
            self._reserve()
