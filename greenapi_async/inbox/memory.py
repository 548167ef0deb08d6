"""Inbox in memory."""

# ruff: noqa: A002, D102  documented in base.py

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import anyio.lowlevel
import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.inbox.cache import EntryCache
from greenapi_async.inbox.identities import MemoryIdentities
from greenapi_async.inbox.notifier import Notifier
from greenapi_async.inbox.outbox_memory import MemoryOutbox
from greenapi_async.inbox.records_memory import MemoryRecords
from greenapi_async.inbox.retention import KEYS_AT_ONCE, Retention

__all__ = ["MemoryInbox"]


class MemoryInbox(Inbox):
    """Inbox that is lost with its process: for tests, and where a crash may lose notifications.

    Args:
        clock: Returns the current time in seconds since the epoch.
        monotonic: Returns the seconds by a clock that is never set, by which deduplication keys age; None for
            ``time.monotonic``, or for ``clock`` if that is given.

    Attributes:
        outbox: Records the messages sent with ``send_message(..., once=...)``.
        identities: Which ids belong to the same person.
        records: What features keep beside notifications.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time, monotonic: Callable[[], float] | None = None) -> None:
        self._clock = clock
        self._monotonic = monotonic or (time.monotonic if clock is time.time else clock)
        self._newest_id = 0
        self._waiting = EntryCache()
        self._quarantined: dict[int, Entry] = {}
        self._keys: dict[bytes, int] = {}
        self._retention: Retention | None = None
        self._notifier = Notifier()
        self.outbox = MemoryOutbox(clock=clock)
        self.identities = MemoryIdentities()
        self.records = MemoryRecords(self._remove, clock=clock, monotonic=self._monotonic)

    async def put(self, entry: Entry) -> bool:
        await anyio.lowlevel.checkpoint()
        now = self._clock()
        if self._retention is None:
            self._retention = Retention(now, self._monotonic())
        time = self._retention.advance(now, self._monotonic())
        self._expire_keys(self._retention, time)
        if any(key in self._keys for key in entry.unless):
            return False
        for key in entry.keys:
            self._keys.pop(key, None)
            self._keys[key] = time
        self._add(
            Entry(
                id=self._newest_id + 1,
                id_instance=entry.id_instance,
                body=entry.body,
                receipt_id=entry.receipt_id,
                error=entry.error,
                recovered=entry.recovered,
                stored=datetime.fromtimestamp(now, UTC),
            )
        )
        return True

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        await anyio.lowlevel.checkpoint()
        return self.read_cached(instances, after, limit)

    def read_cached(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        return self._waiting.read(instances, after, limit)

    async def wait_for_change(self, after: int) -> int:
        return await self._notifier.wait(after)

    async def done(self, id: int) -> None:
        self._remove(id)

    async def failed(self, id: int, attempts: int, due: datetime, failure: str) -> None:
        due = due.astimezone(UTC)
        self._waiting.update(id, lambda entry: attrs.evolve(entry, attempts=attempts, due=due, failure=failure))

    async def quarantine(self, id: int, attempts: int, failure: str) -> None:
        entry = self._waiting.remove(id)
        if entry is not None:
            self._quarantined[id] = attrs.evolve(entry, attempts=attempts, due=None, failure=failure)

    async def quarantined(self) -> Sequence[Entry]:
        return [entry for _, entry in sorted(self._quarantined.items())]

    async def count_others(self, instances: Collection[int]) -> Mapping[int, int]:
        """Return the number of waiting entries of each instance that is not among these.

        Args:
            instances: Ids of instances.
        """
        return self._waiting.count_others(instances)

    async def count_quarantined(self) -> int:
        """Return the number of entries in quarantine."""
        return len(self._quarantined)

    async def release(self, id: int) -> None:
        self._add(attrs.evolve(self._pop_quarantined(id), id=self._newest_id + 1, attempts=0, failure=None))

    async def drop(self, id: int) -> None:
        self._pop_quarantined(id)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def _remove(self, id: int) -> None:
        self._waiting.remove(id)
        self._quarantined.pop(id, None)

    def _add(self, entry: Entry) -> None:
        self._newest_id = entry.id
        self._waiting.add(entry)
        self._notifier.notify()

    def _pop_quarantined(self, id: int) -> Entry:
        entry = self._quarantined.pop(id, None)
        if entry is None:
            raise InvalidArgumentError(f"entry {id} is not in quarantine")
        return entry

    def _expire_keys(self, retention: Retention, now: int) -> None:
        cutoff = retention.cutoff(now)
        if cutoff is None:
            return
        for _ in range(KEYS_AT_ONCE):
            oldest = next(iter(self._keys), None)
            if oldest is None or cutoff <= self._keys[oldest]:
                retention.finished()
                return
            del self._keys[oldest]
