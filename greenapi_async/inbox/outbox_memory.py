"""Outbox in memory."""

# ruff: noqa: D102  documented in outbox.py

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

import attrs

from greenapi_async.inbox.outbox import KEEP_SECONDS, RECORDS_AT_ONCE, Outbox, OutboxRecord

__all__ = ["MemoryOutbox"]


class MemoryOutbox(Outbox):
    """Outbox for tests: it is lost with the process, and then a message can be sent again."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._records: dict[tuple[int, str], OutboxRecord] = {}

    async def begin(self, id_instance: int, key: str, chat_id: str, digest: bytes) -> OutboxRecord:
        now = datetime.fromtimestamp(self._clock(), UTC)
        for known_key, record in list(islice(self._records.items(), RECORDS_AT_ONCE)):
            if (now - record.begun).total_seconds() <= KEEP_SECONDS:
                break
            del self._records[known_key]
        known = self._records.get((id_instance, key))
        if known is not None:
            return attrs.evolve(known, is_new=False, age=(now - known.begun).total_seconds())
        new = OutboxRecord(is_new=True, chat_id=chat_id, digest=digest, begun=now, age=0)
        self._records[id_instance, key] = new
        return new

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        self._records[id_instance, key] = attrs.evolve(self._records[id_instance, key], id_message=id_message)

    async def claim(self, id_instance: int, key: str, id_message: str) -> bool:
        for (instance, other), record in self._records.items():
            if instance == id_instance and other != key and record.id_message == id_message:
                return False
        await self.sent(id_instance, key, id_message)
        return True

    async def forget(self, id_instance: int, key: str) -> None:
        self._records.pop((id_instance, key), None)
