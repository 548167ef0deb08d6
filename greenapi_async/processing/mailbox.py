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
    """

    since: float | None = None
    _offers: list[Offer] = attrs.field(factory=list[Offer])
    _arrived: anyio.Event = attrs.field(factory=anyio.Event)

    def put(self, offer: Offer, *, is_new: bool) -> bool:
        """Add a message if it may be an answer.

        Args:
            offer: The message.
            is_new: Whether it arrived during the run and is offered for the first time.

        Returns:
            Whether it was added.
        """
        entry = offer.entry
        if not is_new and (self.since is None or entry.attempts or entry.stored.timestamp() < self.since):
            return False
        insort(self._offers, offer, key=lambda each: each.entry.id)
        self._arrived.set()
        return True

    def take(self) -> Offer | None:
        """Remove and return the first message; None if there is none."""
        return self._offers.pop(0) if self._offers else None

    async def wait(self) -> None:
        """Wait until there is a message."""
        while not self._offers:
            self._arrived = anyio.Event()
            await self._arrived.wait()

    def close(self) -> None:
        """Pass all messages on to the handlers."""
        while (offer := self.take()) is not None:
            offer.requeue()
