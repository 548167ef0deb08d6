"""Waiters: what sees a notification before its handler does.

A handler may wait for something that arrives later: a person's next message, or the status of a message it just sent.
Waiting in the handler's own lane would deadlock, so notifications are offered to the waiters as soon as they are in the
inbox, before they are queued in a lane. A waiting handler gives up its slot of ``concurrency`` (``suspended``) and
acquires one again before it continues.
"""

from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol

import anyio
import attrs

from greenapi_async.errors import DeliveryFailedError, TimeoutExpiredError
from greenapi_async.inbox.outbox import Outbox
from greenapi_async.models.notifications import IncomingMessageReceived, Notification, OutgoingMessageStatus
from greenapi_async.models.states import MessageStatus

__all__ = ["Person", "Waiters", "suspend_slot", "suspended"]

STATUSES_KEPT = 10_000
"""Messages whose statuses are kept for callers that ask after the status arrived."""
_PROGRESS = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)
_FAILED = frozenset(
    {MessageStatus.FAILED, MessageStatus.NO_ACCOUNT, MessageStatus.NOT_IN_GROUP, MessageStatus.YELLOW_CARD}
)

suspend_slot: ContextVar[Callable[[], AbstractAsyncContextManager[None]] | None] = ContextVar(
    "suspend_slot", default=None
)
"""Gives up the concurrency slot of the running handler for the length of a block."""


def suspended() -> AbstractAsyncContextManager[None]:
    """Return a context manager in which the running handler does not occupy a concurrency slot."""
    suspend = suspend_slot.get()
    return suspend() if suspend is not None else nullcontext()


@attrs.frozen
class Person:
    """A person in a chat."""

    chat_id: str
    sender: str


class Recipient(Protocol):
    """A conversation, seen from here."""

    def receive(self, notification: IncomingMessageReceived, requeue: Callable[[], None]) -> None:
        """Take a message; ``requeue`` passes it on to the handlers instead."""
        ...


class Waiters:
    """Open conversations and awaited statuses of one instance."""

    def __init__(self) -> None:
        self._runs = 0
        self._outboxes: list[Outbox] = []
        self._conversations: dict[Person, Recipient] = {}
        self._statuses: OrderedDict[str, list[OutgoingMessageStatus]] = OrderedDict()
        self._arrivals: dict[str, set[anyio.Event]] = {}

    @property
    def is_active(self) -> bool:
        """True if notifications arrive while a handler waits."""
        return self._runs > 0

    @property
    def outbox(self) -> Outbox | None:
        """The outbox of the running ``process``, if its inbox has one."""
        return self._outboxes[-1] if self._outboxes else None

    @contextmanager
    def active(self, outbox: Outbox | None = None) -> Generator[None]:
        """Mark the block in which ``process`` runs."""
        self._runs += 1
        if outbox is not None:
            self._outboxes.append(outbox)
        try:
            yield
        finally:
            self._runs -= 1
            if outbox is not None:
                self._outboxes.remove(outbox)

    def offer(self, notification: Notification, requeue: Callable[[], None]) -> bool:
        """Offer a notification to the waiters.

        Returns:
            True if a conversation keeps it; it is then acknowledged there, or passed to ``requeue``.
        """
        if isinstance(notification, OutgoingMessageStatus) and notification.id_message:
            self._add_status(notification.id_message, notification)
        elif isinstance(notification, IncomingMessageReceived) and self._conversations and not notification.recovered:
            person = Person(notification.chat_id or "", notification.sender or "")
            if (conversation := self._conversations.get(person)) is not None:
                conversation.receive(notification, requeue)
                return True
        return False

    def register(self, person: Person, conversation: Recipient) -> None:
        """Send a person's new messages to a conversation.

        Raises:
            RuntimeError: The person already has an open conversation.
        """
        if person in self._conversations:
            raise RuntimeError(f"{person.sender} already has an open conversation; end it before opening another one")
        self._conversations[person] = conversation

    def unregister(self, person: Person) -> None:
        """Send a person's new messages to the handlers again."""
        del self._conversations[person]

    async def wait_for_status(self, id_message: str, wanted: MessageStatus, timeout: float) -> OutgoingMessageStatus:
        """Wait for a status of a message, or a later one; see ``Client.wait_for_status``."""
        if not self.is_active:
            raise RuntimeError(
                "waiting for a status needs client.process(...) to run; inside `async for` it would wait for a "
                "notification behind the current one"
            )
        with anyio.move_on_after(timeout):
            async with suspended():
                while (found := self._reached(id_message, wanted)) is None:
                    await self._next_status(id_message)
                return found
        last = self._statuses.get(id_message)
        known = f"the last status is {last[-1].status}" if last else "no status arrived"
        raise TimeoutExpiredError(f"the message did not reach {wanted} within {timeout:g} s; {known}")

    def _add_status(self, id_message: str, status: OutgoingMessageStatus) -> None:
        self._statuses.setdefault(id_message, []).append(status)
        self._statuses.move_to_end(id_message)
        if len(self._statuses) > STATUSES_KEPT:
            self._statuses.popitem(last=False)
        for arrived in self._arrivals.get(id_message, ()):
            arrived.set()

    async def _next_status(self, id_message: str) -> None:
        arrived = anyio.Event()
        self._arrivals.setdefault(id_message, set()).add(arrived)
        try:
            await arrived.wait()
        finally:
            self._arrivals[id_message].discard(arrived)
            if not self._arrivals[id_message]:
                del self._arrivals[id_message]

    def _reached(self, id_message: str, wanted: MessageStatus) -> OutgoingMessageStatus | None:
        sufficient = set(_PROGRESS[_PROGRESS.index(wanted) :]) if wanted in _PROGRESS else {wanted}
        for status in self._statuses.get(id_message, ()):
            if status.status in sufficient:
                return status
            if status.status in _FAILED:
                raise DeliveryFailedError(f"the message failed: {status.status} {status.description or ''}".rstrip())
        return None
