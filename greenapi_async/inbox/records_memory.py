"""Records in memory."""

# ruff: noqa: D102  documented in records.py

import json
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

import attrs

from greenapi_async.inbox.records import (
    EXPIRED_AT_ONCE,
    Change,
    PutRecord,
    Record,
    RecordStore,
    check_changes,
    new_version,
)

__all__ = ["MemoryRecords"]


@attrs.frozen
class _Stored:
    """A change that was applied, and the lease."""

    put: PutRecord
    version: int
    lease_until: float = float("-inf")

    def record(self) -> Record:
        put = self.put
        return Record(
            key=put.key,
            value=json.loads(put.json),
            version=self.version,
            due=None if put.due is None else put.due.astimezone(UTC),
            expires=None if put.expires is None else put.expires.astimezone(UTC),
        )


class MemoryRecords(RecordStore):
    """Records that are lost with their process.

    Args:
        done: Removes an entry of the inbox.
        clock: Returns the current time in seconds since the epoch.
        monotonic: Returns the seconds by a clock that is never set.
    """

    def __init__(
        self,
        done: Callable[[int], object],
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._done = done
        self._clock = clock
        self._monotonic = monotonic
        self._stored: dict[tuple[str, str], _Stored] = {}
        self._dates: dict[str, list[tuple[float, str]]] = {}
        """When the records of each collection are due, in order, with their keys."""

    async def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    async def get(self, collection: str, key: str) -> Record | None:
        stored = self._find(collection, key)
        return None if stored is None else stored.record()

    async def page(self, collection: str, *, prefix: str = "", after: str = "", limit: int = 100) -> Sequence[Record]:
        found = {each.put.key: each for each in self._all(collection) if each.put.key.startswith(prefix)}
        keys = sorted(key for key in found if key > after)
        return [found[key].record() for key in keys[: max(limit, 0)]]

    async def due(self, collection: str, *, before: datetime | None = None, limit: int = 100) -> Sequence[Record]:
        until = self._clock() if before is None else before.timestamp()
        return [each.record() for each in islice(self._due(collection, until), max(limit, 0))]

    async def claim(
        self, collection: str, *, lease: float, limit: int = 1, keys: Collection[str] | None = None
    ) -> Sequence[Record]:
        now = self._monotonic()
        due = (
            each
            for each in self._due(collection, self._clock())
            if each.lease_until <= now and (keys is None or each.put.key in keys)
        )
        free = list(islice(due, max(limit, 0)))
        leased = [attrs.evolve(each, version=new_version(), lease_until=now + lease) for each in free]
        self._stored.update({(collection, each.put.key): each for each in leased})
        return [each.record() for each in leased]

    async def renew(self, collection: str, versions: Mapping[str, int], *, lease: float) -> Sequence[str]:
        until, held = self._monotonic() + lease, list[str]()
        for key, version in versions.items():
            stored = self._find(collection, key)
            if stored is not None and stored.version == version:
                self._stored[collection, key] = attrs.evolve(stored, lease_until=until)
                held.append(key)
        return held

    async def lease_left(self, collection: str, key: str) -> float:
        stored = self._find(collection, key)
        return 0.0 if stored is None else max(stored.lease_until - self._monotonic(), 0.0)

    async def apply(
        self,
        changes: Sequence[Change],
        *,
        done: Sequence[int] = (),
        durable: bool = True,  # noqa: ARG002  nothing is
    ) -> bool:
        changes = check_changes(changes)
        now = self._clock()
        for key, stored in list(islice(self._stored.items(), EXPIRED_AT_ONCE)):
            if _is_expired(stored, now):
                self._remove(*key)
            else:
                del self._stored[key]
                self._stored[key] = stored  # behind those that were not checked
        if not all(self._fits(change) for change in changes):
            return False
        for change in changes:
            if isinstance(change, PutRecord):
                self._remove(change.collection, change.key)
                self._add((change.collection, change.key), _Stored(change, change.version))
            else:
                self._remove(change.collection, change.key)
        for each in done:
            self._done(each)
        return True

    def _fits(self, change: Change) -> bool:
        stored = self._find(change.collection, change.key)
        if isinstance(change, PutRecord):
            version = None if stored is None else stored.version
            return change.replaces in {version, "any"} or version == change.version
        return stored is None or change.version in {stored.version, "any"}

    def _find(self, collection: str, key: str) -> _Stored | None:
        stored = self._stored.get((collection, key))
        return None if stored is None or _is_expired(stored, self._clock()) else stored

    def _all(self, collection: str) -> Iterator[_Stored]:
        now = self._clock()
        for (each, _), stored in self._stored.items():
            if each == collection and not _is_expired(stored, now):
                yield stored

    def _due(self, collection: str, until: float) -> Iterator[_Stored]:
        now = self._clock()
        for due, key in self._dates.get(collection, ()):
            if due > until:
                break
            stored = self._stored[collection, key]
            if not _is_expired(stored, now):
                yield stored

    def _add(self, key: tuple[str, str], stored: _Stored) -> None:
        self._stored[key] = stored
        if stored.put.due is not None:
            insort(self._dates.setdefault(key[0], []), (stored.put.due.timestamp(), key[1]))

    def _remove(self, collection: str, key: str) -> None:
        stored = self._stored.pop((collection, key), None)
        if stored is not None and stored.put.due is not None:
            dates = self._dates[collection]
            del dates[bisect_left(dates, (stored.put.due.timestamp(), key))]


def _is_expired(stored: _Stored, now: float) -> bool:
    return stored.put.expires is not None and stored.put.expires.timestamp() <= now
