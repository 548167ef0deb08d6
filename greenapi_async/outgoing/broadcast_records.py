"""Records of a store that may fail for a while: full disk, restart of the database."""

# ruff: noqa: D102  documented in records.py

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

import anyio

from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.records import Change, Record, RecordStore

__all__ = ["PatientRecords"]

logger = logging.getLogger("greenapi_async")

T = TypeVar("T")

BACKOFF: Final = (0.5, 30.0)


class PatientRecords(RecordStore):
    """Waits and repeats whatever fails because the store is unavailable; the same changes can be made twice.

    Args:
        records: The store.
    """

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    async def now(self) -> datetime:
        return await _patiently(self._records.now)

    async def get(self, collection: str, key: str) -> Record | None:
        return await _patiently(lambda: self._records.get(collection, key))

    async def page(self, collection: str, *, prefix: str = "", after: str = "", limit: int = 100) -> Sequence[Record]:
        return await _patiently(lambda: self._records.page(collection, prefix=prefix, after=after, limit=limit))

    async def due(self, collection: str, *, before: datetime | None = None, limit: int = 100) -> Sequence[Record]:
        return await _patiently(lambda: self._records.due(collection, before=before, limit=limit))

    async def claim(
        self, collection: str, *, lease: float, limit: int = 1, keys: Collection[str] | None = None
    ) -> Sequence[Record]:
        return await _patiently(lambda: self._records.claim(collection, lease=lease, limit=limit, keys=keys))

    async def renew(self, collection: str, versions: Mapping[str, int], *, lease: float) -> Sequence[str]:
        return await _patiently(lambda: self._records.renew(collection, versions, lease=lease))

    async def lease_left(self, collection: str, key: str) -> float:
        return await _patiently(lambda: self._records.lease_left(collection, key))

    async def apply(self, changes: Sequence[Change], *, done: Sequence[int] = (), durable: bool = True) -> bool:
        return await _patiently(lambda: self._records.apply(changes, done=done, durable=durable))


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    delay, failed = BACKOFF[0], False
    while True:
        try:
            result = await work()
        except InboxUnavailableError as error:
            if not failed:
                logger.warning("The inbox is unavailable; the broadcast waits: %s", error)
            failed = True
            await anyio.sleep(delay)
            delay = min(delay * 2, BACKOFF[1])
        else:
            if failed:
                logger.info("The inbox is available again; the broadcast continues")
            return result
