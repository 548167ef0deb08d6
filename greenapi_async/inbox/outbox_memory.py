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
    """Outbox for tests: it is lost with the process, and then a message can be sent again.

    Args:
        clock: Returns the current time in seconds since the epoch.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._records: dict[tuple[int, str], OutboxRecord] = {}

    async def begin(
        self,
        id_instance: int,
        key: str,
        chat_id: str,
        digest: bytes,
        *,
        attempt: str = "",
        replaces: str | None = None,
        server_time: datetime | None = None,
    ) -> OutboxRecord:
        now = datetime.fromtimestamp(self._clock(), UTC)
        self._delete_expired(now, server_time)
        known = self._records.get((id_instance, key))
        if known is not None and (known.id_message is not None or known.attempt != replaces):
            if known.attempt == attempt and known.server_time is None:
                known = self._records[id_instance, key] = attrs.evolve(known, server_time=server_time)
            return attrs.evolve(known, is_new=False, age=(now - known.begun).total_seconds())
        self._records.pop((id_instance, key), None)  # the oldest record is the first
        new = OutboxRecord(
            is_new=True,
            chat_id=chat_id,
            digest=digest,
            attempt=attempt,
            begun=now,
            age=0,
            server_time=server_time,
        )
        self._records[id_instance, key] = new
        return new

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        known = self._records.get((id_instance, key))
        if known is not None:
            self._records[id_instance, key] = attrs.evolve(known, id_message=id_message)

    async def claim(self, id_instance: int, key: str, id_message: str) -> bool:
        own = self._records.get((id_instance, key))
        if own is None or own.id_message not in {None, id_message}:
            return False
        for (instance, other), record in self._records.items():
            if instance == id_instance and other != key and record.id_message == id_message:
                return False
        self._records[id_instance, key] = attrs.evolve(own, id_message=id_message)
        return True

    async def is_claimed(self, id_instance: int, id_message: str) -> bool:
        return any(
            instance == id_instance and record.id_message == id_message
            for (instance, _), record in self._records.items()
        )

    async def forget(self, id_instance: int, key: str, attempt: str = "") -> None:
        known = self._records.get((id_instance, key))
        if known is not None and known.attempt == attempt and known.id_message is None:
            del self._records[id_instance, key]

    def _delete_expired(self, now: datetime, server_time: datetime | None) -> None:
        for key, record in list(islice(self._records.items(), RECORDS_AT_ONCE)):
            begun, until = (record.begun, now) if record.server_time is None else (record.server_time, server_time)
            if until is not None and (until - begun).total_seconds() > KEEP_SECONDS:
                del self._records[key]
