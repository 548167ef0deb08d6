"""Leases of broadcasts: one process sends a broadcast, and the broadcasts of an instance send in turns.

Both are records with a lease, in the inbox's store. The lease of a broadcast is renewed while it runs; when its process
dies, it expires, and another process that runs the same broadcast continues.

The turn of an instance is leased for the sending of one message. Its record has the time from which the next message
may be sent, the length of the pause until then, and the numbers of messages sent on this day, for the daily limit. So
pause and limit hold for all broadcasts of an instance together, in all processes, and across restarts. If the time is
further away than the pause is long, the clock was set back, and the pause begins anew.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import anyio
import attrs

from greenapi_async._internal.concurrency import CLEAN_UP, current_time
from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.records import PutRecord, Record, RecordStore
from greenapi_async.outgoing.broadcast_pace import add_sent
from greenapi_async.outgoing.broadcast_store import KEEP

__all__ = ["BroadcastLease", "Turn", "Turns"]

LEASE_SECONDS: Final = 30.0
TOLERANCE: Final = 1.0
"""Seconds by which times may be rounded."""
_BEGINNING = datetime.fromtimestamp(0, UTC)


class BroadcastLease:
    """Lease of one broadcast.

    Args:
        records: Where it is.
        id_instance: The instance.
        name: Name of the broadcast.
    """

    def __init__(self, records: RecordStore, id_instance: int, name: str) -> None:
        self._records = records
        self._collection = f"broadcast lease {id_instance} {name}"
        self._version = 0
        self._expires: datetime | None = None
        self._ends = 0.0

    async def acquire(self) -> bool:
        """Take the lease; return False if another process has it."""
        expires = await self._records.now() + KEEP
        await _create(self._records, self._collection, {}, expires)
        began = current_time()
        claimed = await self._records.claim(self._collection, lease=LEASE_SECONDS)
        if claimed:
            self._version, self._expires, self._ends = claimed[0].version, expires, began + LEASE_SECONDS
        return bool(claimed)

    async def keep(self, lost: Callable[[], object], check: Callable[[], Any]) -> None:
        """Renew the lease until it is lost.

        Args:
            lost: Called when another process may have taken over.
            check: Async function that is called with each renewal.
        """
        while (left := self._ends - CLEAN_UP - current_time()) > 0:  # a renewal that is cancelled may take so long
            await anyio.sleep(min(LEASE_SECONDS / 3, left))
            began = current_time()
            try:
                with anyio.CancelScope(deadline=self._ends - CLEAN_UP):
                    if not await self._records.renew(self._collection, {"it": self._version}, lease=LEASE_SECONDS):
                        break
                    self._ends = began + LEASE_SECONDS
                    await check()
            except InboxUnavailableError:
                continue  # until the lease has ended
        lost()

    async def is_held(self) -> bool:
        """Return whether a process has the lease; up to its end, also one that was killed."""
        left = await self._records.lease_left(self._collection, "it")
        return 0 < left <= LEASE_SECONDS + TOLERANCE  # more is left in a file from before the computer was restarted

    async def release(self) -> None:
        """Release the lease, so that another process can take over at once."""
        released = _record(self._collection, {}, self._version, _BEGINNING, self._expires)
        await self._records.apply([released], durable=False)


@attrs.frozen
class Turn:
    """Right of a broadcast to send one message.

    Attributes:
        now: The time by the store's clock.
        sent: Messages that the instance's broadcasts have sent, by slot.
    """

    now: datetime
    sent: Mapping[str, int]
    _collection: str
    _version: int

    def used(self, now: datetime, pause: float) -> PutRecord:
        """Return the change that ends the turn after a message was sent.

        Args:
            now: When it was sent.
            pause: Seconds until the next turn.
        """
        return _paused(self._collection, add_sent(self.sent, now), self._version, now, pause)

    def unused(self) -> PutRecord:
        """Return the change that ends the turn without a message."""
        return _paused(self._collection, self.sent, self._version, self.now, 0.0)


class Turns:
    """Turns of an instance's broadcasts.

    Args:
        records: Where they are.
        id_instance: The instance.
    """

    def __init__(self, records: RecordStore, id_instance: int) -> None:
        self._records = records
        self._collection = f"broadcast turn {id_instance}"
        self._version = 0

    async def look(self) -> tuple[datetime, datetime, Mapping[str, int]]:
        """Return the current time, when the next message may be sent, and what was sent; others may have the turn."""
        await _create(self._records, self._collection, {})
        record, now = await self._records.get(self._collection, "it"), await self._records.now()
        if record is None or record.due is None:
            return now, _BEGINNING, {}
        sent, pause = _sent(record), _pause(record)
        if (record.due - now).total_seconds() <= pause + TOLERANCE:
            return now, record.due, sent
        renewed = _paused(self._collection, sent, record.version, now, pause)
        await self._records.apply([renewed])
        return now, now + timedelta(seconds=pause), sent

    async def take(self) -> Turn | None:
        """Take the turn; return None if it is too early, or somebody else's."""
        claimed = await self._records.claim(self._collection, lease=LEASE_SECONDS)
        if not claimed:
            return None
        self._version = claimed[0].version
        return Turn(await self._records.now(), _sent(claimed[0]), self._collection, self._version)

    async def renew(self) -> None:
        """Keep the turn for longer, if it is taken: a send can search for minutes."""
        await self._records.renew(self._collection, {"it": self._version}, lease=LEASE_SECONDS)


def _sent(record: Record) -> Mapping[str, int]:
    value: Mapping[str, Any] = record.value or {}
    sent: Mapping[str, int] = value.get("sent", {})
    return sent


def _pause(record: Record) -> float:
    value: Mapping[str, Any] = record.value or {}
    return float(value.get("pause", 0))


def _paused(collection: str, sent: Mapping[str, int], replaces: int, now: datetime, pause: float) -> PutRecord:
    return _record(collection, {"sent": sent, "pause": pause}, replaces, now + timedelta(seconds=pause))


async def _create(records: RecordStore, collection: str, value: Any, expires: datetime | None = None) -> None:
    if await records.get(collection, "it") is None:
        await records.apply([_record(collection, value, None, _BEGINNING, expires)])


def _record(
    collection: str, value: Any, replaces: int | None, due: datetime, expires: datetime | None = None
) -> PutRecord:
    return PutRecord(collection=collection, key="it", value=value, replaces=replaces, due=due, expires=expires)
