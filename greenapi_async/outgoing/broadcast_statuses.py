"""Statuses of a broadcast's messages.

They arrive as notifications while a bot runs over the client, in this process or, on PostgreSQL, in any process that
runs the same broadcast. What is missed is found in the journal. A status that arrives before
the answer to the send is kept until the message is known.
"""

# ProcessClient's private members are for this library.
# pyright: reportPrivateUsage=false

import math
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import anyio
import attrs

from greenapi_async.models.chat_ids import is_chat_number
from greenapi_async.models.notifications import Notification, OutgoingMessageStatus
from greenapi_async.models.states import MessageStatus
from greenapi_async.outgoing.broadcast_client import BroadcastClient
from greenapi_async.outgoing.broadcast_recipients import RecipientStatus
from greenapi_async.outgoing.broadcast_store import BroadcastRecipient, BroadcastStore

__all__ = ["Statuses", "with_status"]

MAX_EARLY = 1000
MARGIN: Final = timedelta(minutes=5)
"""How much further back the journal is read, because clocks differ."""
_ORDER = (RecipientStatus.QUEUED, RecipientStatus.SENT, RecipientStatus.DELIVERED, RecipientStatus.READ)
_PROGRESS: dict[str, RecipientStatus] = {
    MessageStatus.SENT: RecipientStatus.SENT,
    MessageStatus.DELIVERED: RecipientStatus.DELIVERED,
    MessageStatus.READ: RecipientStatus.READ,
}
_FAILURES: dict[str, str] = {
    MessageStatus.FAILED: "the message failed",
    MessageStatus.NO_ACCOUNT: "the number has no account",
    MessageStatus.NOT_IN_GROUP: "the account is not a member of the group",
    MessageStatus.YELLOW_CARD: "sending was suspended because of spam (yellowCard)",
    MessageStatus.SUSPENDED: "sending was suspended because of spam",
}


@attrs.frozen
class _Status:
    id_message: str
    chat_id: str | None
    status: MessageStatus | str | None
    description: str | None


def with_status(
    person: BroadcastRecipient, status: MessageStatus | str | None, description: str | None = None
) -> BroadcastRecipient | None:
    """Return a recipient with a newer status of the message; None if it is not newer.

    Args:
        person: The recipient.
        status: The status that the server reports.
        description: Its description.
    """
    if (progress := _PROGRESS.get(str(status))) is not None:
        if person.status in _ORDER and _ORDER.index(person.status) >= _ORDER.index(progress):
            return None
        return attrs.evolve(person, status=progress, reason="")
    failure = _FAILURES.get(str(status))
    if failure is None or person.status not in {RecipientStatus.QUEUED, RecipientStatus.SENT}:
        return None
    reason = f"{failure}: {description}" if description else failure
    return attrs.evolve(person, status=RecipientStatus.FAILED, reason=reason)


class Statuses:
    """Stores the statuses of a broadcast's messages.

    Args:
        client: The client.
        store: The records of the broadcast.
        changed: Called with the old and the new version of a recipient.
    """

    def __init__(
        self,
        client: BroadcastClient,
        store: BroadcastStore,
        changed: Callable[[BroadcastRecipient, BroadcastRecipient], object],
    ) -> None:
        self._client = client
        self._store = store
        self._changed = changed
        self._arrived: deque[_Status] = deque()
        self._early: OrderedDict[str, list[_Status]] = OrderedDict()
        self._event = anyio.Event()

    def notice(self, notification: Notification) -> None:
        """Take note of a notification; ``run`` stores it."""
        if isinstance(notification, OutgoingMessageStatus) and notification.id_message:
            chat_id, description = notification.chat_id or None, notification.description
            self._add(_Status(notification.id_message, chat_id, notification.status, description))

    def note_sent(self, id_message: str) -> None:
        """Store the statuses that arrived before the message was known."""
        for status in self._early.pop(id_message, ()):
            self._add(status)

    async def run(self) -> None:
        """Store statuses until cancelled."""
        while True:
            await self._event.wait()
            self._event = anyio.Event()
            while self._arrived:
                status = self._arrived.popleft()
                if not await self.record(status.id_message, status.status, status.description, status.chat_id):
                    self._early.setdefault(status.id_message, []).append(status)
                    if len(self._early) > MAX_EARLY:
                        self._early.popitem(last=False)

    async def record(
        self,
        id_message: str,
        status: MessageStatus | str | None,
        description: str | None = None,
        chat_id: str | None = None,
    ) -> bool:
        """Store the status of a message; return whether the broadcast has the message.

        Args:
            id_message: Id of the message.
            status: The status that the server reports.
            description: Its description.
            chat_id: The chat, as the server names it.
        """
        positions = await self._store.positions(id_message)
        for position in positions:

            def is_about(person: BroadcastRecipient) -> bool:
                return len(positions) == 1 or self._is_same(chat_id, person.recipient.chat_id)

            await self._change(
                position,
                id_message,
                lambda person: with_status(person, status, description) if is_about(person) else None,
            )
        return bool(positions)

    async def read_journal(self, age: timedelta) -> set[str]:
        """Store the statuses in the journal of outgoing messages; return the ids that it has.

        Args:
            age: Age of the oldest message of interest.
        """
        minutes = math.ceil((age + MARGIN).total_seconds() / 60)
        rows = await self._client.last_outgoing_messages(minutes=minutes)
        for row in rows:
            if row.id_message:
                await self.record(row.id_message, row.status_message, chat_id=row.chat_id)
        return {row.id_message for row in rows if row.id_message}

    async def fail(self, position: int, id_message: str, reason: str) -> None:
        """Store that a message was not sent, unless it has a status by now.

        Args:
            position: Position of the recipient.
            id_message: Id of the message.
            reason: Why.
        """

        def failed(person: BroadcastRecipient) -> BroadcastRecipient | None:
            is_queued = person.status is RecipientStatus.QUEUED
            return attrs.evolve(person, status=RecipientStatus.FAILED, reason=reason) if is_queued else None

        await self._change(position, id_message, failed)

    async def _change(
        self, position: int, id_message: str, change: Callable[[BroadcastRecipient], BroadcastRecipient | None]
    ) -> None:
        while (person := await self._store.person(position)) is not None and person.id_message == id_message:
            if (newer := change(person)) is None:
                return
            saved = await self._store.save(attrs.evolve(newer, changed=await self._store.records.now()))
            if saved is not None:
                self._changed(person, saved)
                return

    def _add(self, status: _Status) -> None:
        self._arrived.append(status)
        self._event.set()

    def _is_same(self, reported: str | None, chat_id: str) -> bool:
        known = self._client._identities.known
        if reported is None or known.main_id(reported) == known.main_id(chat_id):
            return True
        return is_chat_number(reported) and not is_chat_number(chat_id) and len(known.ids_of(chat_id)) == 1
