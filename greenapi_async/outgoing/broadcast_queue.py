"""The server's queue, as a broadcast sees it.

The server sends first in, first out. So a broadcast hands over a message only when the queue is empty: then at most one
of its messages waits, and an ordinary message overtakes all others. It is delayed by the message that waits and by the
one that has just left, two sending delays at most. If the queue does not empty, nothing is handed over, so nothing can
expire there after 24 hours.

A message that has left the queue gets a status. If none arrives, because no bot runs, statuses are switched off or the
process was down, it is looked up in the journal of outgoing messages. What the journal does not show either, although
it has had time to catch up, was dropped: somebody cleared the queue, or 24 hours have passed.
"""

# ProcessClient's private members are for this library.
# pyright: reportPrivateUsage=false

import logging
from datetime import datetime, timedelta
from typing import Final

import attrs

from greenapi_async._internal.concurrency import current_time
from greenapi_async.errors import QuotaExceededError
from greenapi_async.models.states import MessageStatus
from greenapi_async.outgoing.broadcast_client import BroadcastClient
from greenapi_async.outgoing.broadcast_recipients import RecipientStatus
from greenapi_async.outgoing.broadcast_statuses import Statuses
from greenapi_async.outgoing.broadcast_store import BroadcastRecipient, BroadcastStore

__all__ = ["ServerQueue"]

logger = logging.getLogger("greenapi_async")

JOURNAL_LAG: Final = 150.0
"""Seconds after which the journal shows a message for certain, from when it left the queue; the manual says 120."""
SOON: Final = 10.0
"""Seconds without a status after which the journal is read, if no bot receives statuses."""
LOST = "it left the server's queue without being sent: the queue was cleared, or the message waited there for 24 hours"
QUEUE_SECONDS: Final = 86_400.0
UNKNOWN_AGE: Final = timedelta(days=3)
_MAX_POLL = 30.0


@attrs.define
class _InFlight:
    """Message without a status.

    Attributes:
        person: Its recipient.
        is_old: Whether its status may have arrived while nobody listened.
        gone_at: When it was first missing in the queue; None while it waits there.
    """

    person: BroadcastRecipient
    is_old: bool
    gone_at: float | None = None
    _age: timedelta = attrs.field(default=timedelta(0), alias="age")
    _since: float = attrs.field(factory=current_time)

    @property
    def age(self) -> timedelta:
        """Time since it was handed over; a clock that is set meanwhile does not count."""
        return self._age + timedelta(seconds=current_time() - self._since)


class ServerQueue:
    """Messages of a broadcast in the server's queue.

    Args:
        client: The client.
        store: The records of the broadcast.
        statuses: Stores statuses.
        delay: The sending delay of the instance in seconds.
    """

    def __init__(self, client: BroadcastClient, store: BroadcastStore, statuses: Statuses, delay: float) -> None:
        self._client = client
        self._store = store
        self._statuses = statuses
        self._delay = delay
        self._in_flight: dict[str, _InFlight] = {}
        self._read_at = float("-inf")

    def __len__(self) -> int:
        return len(self._in_flight)

    def add(self, person: BroadcastRecipient) -> None:
        """Follow a message that was handed over just now."""
        if person.id_message:
            self._in_flight[person.id_message] = _InFlight(person, is_old=False)

    def add_old(self, person: BroadcastRecipient, now: datetime) -> None:
        """Follow a message that was handed over in an earlier run, so that its status may have been missed.

        Args:
            person: Its recipient.
            now: The current time.
        """
        if person.id_message:
            changed = person.changed
            age = UNKNOWN_AGE if changed is None or changed > now else now - changed  # the clock can be set back
            self._in_flight[person.id_message] = _InFlight(person, is_old=True, age=age)

    def note(self, person: BroadcastRecipient) -> None:
        """Take note of a new status of a recipient."""
        if person.status is not RecipientStatus.QUEUED and person.id_message:
            self._in_flight.pop(person.id_message, None)

    async def look(self) -> int:
        """Return the number of messages that wait in the queue, those of others included."""
        rows = await self._client.show_messages_queue()
        waiting = {row.message_id for row in rows}
        now = current_time()
        for id_message, message in self._in_flight.items():
            if id_message in waiting:
                message.gone_at = None
            elif message.gone_at is None:
                message.gone_at = now
        return len(rows)

    def poll_seconds(self, waiting: int) -> float:
        """Return after how many seconds the queue may be empty.

        Args:
            waiting: Messages that wait.
        """
        return min(max(self._delay * waiting / 2, 1.0), _MAX_POLL)

    def describe(self, waiting: int) -> str:
        """Return why nothing is handed over.

        Args:
            waiting: Messages that wait.
        """
        seconds = self._delay * waiting
        what = "1 message" if waiting == 1 else f"{waiting} messages"
        if seconds > QUEUE_SECONDS:
            return f"the server's queue has {what}, for longer than the 24 hours after which it drops them"
        return f"the server's queue has {what}, for {seconds:g} s"

    async def resolve(self, *, every: float) -> None:
        """Look up in the journal what has left the queue without a status.

        Args:
            every: Seconds between two requests of the journal.
        """
        now = current_time()
        patience = JOURNAL_LAG if self._client._waiters.is_active else SOON
        gone = [each for each in self._in_flight.values() if each.gone_at is not None]
        if not any(each.is_old or now - (each.gone_at or now) >= patience for each in gone):
            return
        if now - self._read_at < every:
            return
        logged = await self._read_journal_if_allowed(max(each.age for each in self._in_flight.values()))
        for message in self._in_flight.values():
            message.is_old = False
        for id_message, message in list(self._in_flight.items()):
            if message.gone_at is None or now - message.gone_at < JOURNAL_LAG:
                continue
            if logged is None or id_message in logged:  # without a status
                await self._statuses.record(id_message, MessageStatus.SENT)
            else:
                await self._statuses.fail(message.person.position, id_message, LOST)
            self._in_flight.pop(id_message, None)

    async def _read_journal_if_allowed(self, age: timedelta) -> set[str] | None:
        self._read_at = current_time()
        try:
            return await self._statuses.read_journal(age)
        except QuotaExceededError as error:
            logger.warning("Statuses that were missed stay unknown: %s", error)
            return None
