"""Waiters: what sees a notification before its handler does.

A handler may wait for something that arrives later: a person's next message, or the status of a message it just sent.
Waiting in the handler's own lane would deadlock, so notifications are offered to the waiters as soon as they are in the
inbox, before they are queued in a lane. A waiting handler gives up its slot of ``concurrency`` (``suspended``) and
acquires one again before it continues.

Messages that were in the inbox at start-up answer only conversations that were open before the restart, if they were
stored since.
"""

import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Literal

import anyio
import attrs

from greenapi_async.errors import DeliveryFailedError, TimeoutExpiredError
from greenapi_async.inbox.base import Inbox
from greenapi_async.inbox.outbox import Outbox
from greenapi_async.models.chat_ids import is_chat_number, may_be_same_chat
from greenapi_async.models.identities import Identities
from greenapi_async.models.notifications import IncomingMessageReceived, Notification, OutgoingMessageStatus
from greenapi_async.models.states import MessageStatus
from greenapi_async.processing.guarded_sends import GuardedSends
from greenapi_async.processing.mailbox import Mailbox, Offer, Request
from greenapi_async.processing.slot import suspended
from greenapi_async.processing.statuses import RecentStatuses
from greenapi_async.processing.takeovers import Takeovers

__all__ = ["Interruption", "Interrupts", "Person", "Waiters", "without_errors"]

logger = logging.getLogger("greenapi_async")

MAX_SENT = 10_000
"""Ids of sent messages whose recipients are remembered."""
_PROGRESS = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)
_FAILED = frozenset(
    {
        MessageStatus.FAILED,
        MessageStatus.NO_ACCOUNT,
        MessageStatus.NOT_IN_GROUP,
        MessageStatus.YELLOW_CARD,
        MessageStatus.SUSPENDED,
    }
)


Interruption = bool | Literal["keep"]
"""Whether a message goes to its handler and not to the open conversation, which ends (True) or goes on (``"keep"``)."""
Interrupts = Callable[[IncomingMessageReceived], Interruption]


def _never(_: IncomingMessageReceived) -> Interruption:
    return False


def without_errors(interrupts: Interrupts | None) -> Interrupts:
    """Return a function that logs what another one raises; then the message goes to the conversation."""
    if interrupts is None:
        return _never

    def interruption(message: IncomingMessageReceived) -> Interruption:
        try:
            return interrupts(message)
        except Exception:
            logger.exception("A filter of a route with interrupts= failed; the message goes to the conversation")
            return False

    return interruption


@attrs.frozen
class Person:
    """A person in a chat."""

    chat_id: str
    sender: str


@attrs.define(eq=False)
class _StatusWaiter:
    """A caller that waits for a status, and the statuses that arrived meanwhile."""

    statuses: deque[OutgoingMessageStatus] = attrs.field(factory=deque[OutgoingMessageStatus])
    arrived: anyio.Event = attrs.field(factory=anyio.Event)


class Waiters:
    """Open conversations and awaited statuses of one instance.

    Args:
        identities: Which ids belong to the same person; None knows nothing.
    """

    def __init__(self, identities: Identities | None = None) -> None:
        self._identities = Identities() if identities is None else identities
        self._runs = 0
        self._inboxes: list[Inbox] = []
        self.takeovers: Takeovers | None = None
        """The chats that the owner has taken over, of the run that began last; None unless a bot has ``takeover``."""
        self.guarded_sends: GuardedSends | None = None
        self._guards: list[Takeovers] = []
        self._listeners: list[Callable[[Notification], None]] = []
        self._mailboxes: dict[Person, Mailbox] = {}
        self._requests: dict[str, list[Mailbox]] = {}
        self._statuses = RecentStatuses()
        self._status_waiters: dict[str, set[_StatusWaiter]] = {}
        self._sent: OrderedDict[str, frozenset[str]] = OrderedDict()

    @property
    def is_active(self) -> bool:
        """True if notifications arrive while a handler waits."""
        return self._runs > 0

    @property
    def inbox(self) -> Inbox | None:
        """The inbox of the running ``process``."""
        return self._inboxes[-1] if self._inboxes else None

    @property
    def outbox(self) -> Outbox | None:
        """The outbox of the running ``process``, if its inbox has one."""
        return next((outbox for each in reversed(self._inboxes) if (outbox := getattr(each, "outbox", None))), None)

    @contextmanager
    def listening(self, listener: Callable[[Notification], None]) -> Generator[None]:
        """Call a function with each notification when it is in the inbox, while the block runs."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    @contextmanager
    def active(self, inbox: Inbox | None = None, takeovers: Takeovers | None = None) -> Generator[None]:
        """Mark the block in which ``process`` runs."""
        self._runs += 1
        inboxes = [] if inbox is None else [inbox]
        self._inboxes += inboxes
        if takeovers is not None:
            takeovers.changed = self._recheck
            self._guards.append(takeovers)
            self._guard()
        try:
            yield
        finally:
            self._runs -= 1
            for each in inboxes:
                self._inboxes.remove(each)
            if takeovers is not None:
                self._guards.remove(takeovers)
                self._guard()
                if self.takeovers is not None:
                    self.takeovers.adopt(takeovers)
            if not self._runs:
                self._statuses.clear()
                self._sent.clear()

    async def load_takeovers(self, takeovers: Takeovers) -> None:
        """Read the pauses of a run that begins; those of the client's other runs go on.

        Args:
            takeovers: The chats that the owner has taken over.
        """
        await takeovers.load()
        for other in self._guards:
            if other is not takeovers:
                takeovers.adopt(other)

    def _guard(self) -> None:
        """Guard the sends with the pauses of the run that began last."""
        takeovers = self._guards[-1] if self._guards else None
        if takeovers is not self.takeovers:
            self.takeovers, self.guarded_sends = takeovers, GuardedSends(takeovers) if takeovers is not None else None

    def offer(
        self,
        notification: Notification,
        new_offer: Callable[[IncomingMessageReceived], Offer],
        *,
        is_new: bool = True,
        is_first: bool = True,
        may_answer: bool = True,
        interrupts: Interrupts = _never,
    ) -> bool:
        """Offer a notification to the waiters.

        Conversations get new messages only: an edit, reaction, deletion or vote is no answer.

        Args:
            notification: The notification.
            new_offer: Returns what a conversation is given.
            is_new: False if it was in the inbox before the run; then only a conversation that was open before takes it.
            is_first: False if it was offered before, and was not taken.
            may_answer: False if it was written while the owner had taken over the chat.
            interrupts: Returns what a message that would be an answer does to the conversation instead.

        Returns:
            True if a conversation keeps it; it is then acknowledged there, or queued again.
        """
        if is_first:
            for listener in tuple(self._listeners):
                listener(notification)
        if isinstance(notification, OutgoingMessageStatus):
            if notification.id_message and is_first:
                self._add_status(notification.id_message, notification)
        elif self._mailboxes and isinstance(notification, IncomingMessageReceived) and _may_answer(notification):
            is_new, offer = is_new and is_first, new_offer(notification)
            mailbox = self.find(Person(notification.chat_id, notification.sender))
            if mailbox is None:
                return may_answer and self._offer_to_requests(notification, offer, is_new=is_new, interrupts=interrupts)
            if mailbox.accepts(offer.entry, is_new=is_new):
                interruption = interrupts(notification)
                if interruption is True:
                    mailbox.interrupt()
                elif may_answer and not interruption and mailbox.wants(notification):
                    mailbox.put(offer)
                    return True
        return False

    def _offer_to_requests(
        self, notification: IncomingMessageReceived, offer: Offer, *, is_new: bool, interrupts: Interrupts
    ) -> bool:
        """Offer a message to the conversations of others that wait for anybody's message in its chat."""
        for mailbox in self._requests.get(notification.chat_id, ()):
            if (
                mailbox.accepts(offer.entry, is_new=is_new, of_anybody=True)
                and mailbox.wants(notification)
                and not interrupts(notification)
            ):
                mailbox.put(offer)
                return True
        return False

    @contextmanager
    def requesting(self, chat_id: str, mailbox: Mailbox, request: Request) -> Generator[None]:
        """Send messages of anybody in a chat that pass a check to a mailbox during the block.

        Args:
            chat_id: The chat.
            mailbox: Mailbox of the conversation.
            request: What it waits for; it also applies to messages of the person.
        """
        outer, mailbox.request = mailbox.request, request
        waiting = self._requests.setdefault(chat_id, [])
        waiting.append(mailbox)
        try:
            yield
        finally:
            mailbox.request = outer
            waiting.remove(mailbox)
            if not waiting:
                del self._requests[chat_id]

    def note_sent(self, id_message: str, chat_id: str) -> None:
        """Remember the recipient of a message whose id is unique within its chat only."""
        self._sent[id_message] = self._sent.pop(id_message, frozenset[str]()) | {chat_id}
        if len(self._sent) > MAX_SENT:
            self._sent.popitem(last=False)

    def register(self, person: Person, mailbox: Mailbox) -> None:
        """Send a person's new messages to a mailbox; the person has no other one.

        Args:
            person: The person.
            mailbox: The mailbox.
        """
        self._mailboxes[person] = mailbox

    def unregister(self, person: Person) -> None:
        """Send a person's new messages to the handlers again."""
        del self._mailboxes[person]

    def ids_of(self, chat_id: str) -> tuple[str, ...]:
        """Return all known ids of a chat."""
        return self._identities.ids_of(chat_id)

    def find(self, person: Person) -> Mailbox | None:
        """Return the mailbox of a person's open conversation, also if that was opened under another id."""
        if person in self._mailboxes:
            return self._mailboxes[person]
        for chat_id in self._identities.ids_of(person.chat_id):
            for sender in self._identities.ids_of(person.sender):
                if (mailbox := self._mailboxes.get(Person(chat_id, sender))) is not None:
                    return mailbox
        return None

    async def wait_for_status(
        self, id_message: str, wanted: MessageStatus, timeout: float, chat_id: str | None = None
    ) -> OutgoingMessageStatus:
        """Wait for a status of a message, or a later one; see ``Client.wait_for_status``."""
        if not self.is_active:
            raise RuntimeError(
                "waiting for a status needs client.process(...) to run; inside `async for` it would wait for a "
                "notification behind the current one"
            )
        last: OutgoingMessageStatus | None = None
        for status in self._statuses.of(id_message):
            if self._is_about(status, chat_id):
                last = status
                if _reached(last, wanted):
                    return last
        waiter = _StatusWaiter()
        self._status_waiters.setdefault(id_message, set()).add(waiter)
        try:
            with anyio.move_on_after(timeout):
                async with suspended():
                    while True:
                        await waiter.arrived.wait()
                        waiter.arrived = anyio.Event()
                        while waiter.statuses:
                            status = waiter.statuses.popleft()
                            if self._is_about(status, chat_id):
                                last = status
                                if _reached(last, wanted):
                                    return last
        finally:
            self._status_waiters[id_message].discard(waiter)
            if not self._status_waiters[id_message]:
                del self._status_waiters[id_message]
        known = f"the last status is {last.status}" if last is not None else "no status arrived"
        raise TimeoutExpiredError(f"the message did not reach {wanted} within {timeout:g} s; {known}")

    def _recheck(self, chat_id: str) -> None:
        """Wake the open conversations of a chat, because its pause has changed."""
        chats = self._identities.ids_of(chat_id)
        for person, mailbox in self._mailboxes.items():
            if person.chat_id in chats:
                mailbox.recheck()

    def _add_status(self, id_message: str, status: OutgoingMessageStatus) -> None:
        self._statuses.add(id_message, status)
        for waiter in self._status_waiters.get(id_message, ()):
            waiter.statuses.append(status)
            waiter.arrived.set()

    def _is_about(self, status: OutgoingMessageStatus, chat_id: str | None) -> bool:
        """Check whether a status with the awaited id is about the message to this chat.

        Ids of MAX and Telegram, whose chat ids are numbers, are unique within one chat only. A message that was sent to
        a phone number has its chat's number in the status. If it is not known whose number that is, the status belongs
        to the only such message with this id; if there are more, it cannot be assigned and is ignored.
        """
        reported = status.chat_id
        if chat_id is None or not reported or reported == chat_id or not is_chat_number(reported):
            return True
        if self._has_other_id(reported) or self._has_other_id(chat_id):
            return reported in self._identities.ids_of(chat_id)
        recipients = self._sent.get(status.id_message or "", frozenset[str]())
        others = {other for other in recipients if other != chat_id and not self._has_other_id(other)}
        return may_be_same_chat(chat_id, reported) and not any(may_be_same_chat(other, reported) for other in others)

    def _has_other_id(self, chat_id: str) -> bool:
        return len(self._identities.ids_of(chat_id)) > 1


def _may_answer(notification: IncomingMessageReceived) -> bool:
    return not notification.message.is_event and not notification.recovered


def _reached(status: OutgoingMessageStatus, wanted: MessageStatus) -> bool:
    """Check whether a status is the one waited for, or a later one.

    Raises:
        DeliveryFailedError: The message failed.
    """
    sufficient = _PROGRESS[_PROGRESS.index(wanted) :] if wanted in _PROGRESS else (wanted,)
    if status.status in sufficient:
        return True
    if status.status in _FAILED:
        raise DeliveryFailedError(f"the message failed: {status.status} {status.description or ''}".rstrip())
    return False
