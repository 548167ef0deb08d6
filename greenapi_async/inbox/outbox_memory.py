"""An outbox in memory."""

# ruff: noqa: D102  what the methods do is told in outbox.py

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

import attrs

from greenapi_async.inbox.outbox import KEPT, REMOVED_AT_ONCE, Outbox, OutboxRecord

__all__ = ["MemoryOutbox"]


class MemoryOutbox(Outbox):
    """An outbox that is lost with its process, and then a key may be sent again: for tests."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._attempts: dict[tuple[int, str], OutboxRecord] = {}

    async def begin(self, id_instance: int, key: str, chat_id: str, digest: bytes) -> OutboxRecord:
        now = datetime.fromtimestamp(self._clock(), UTC)
        self._forget_old(now)
        known = self._attempts.get((id_instance, key))
        if known is not None:
            return attrs.evolve(known, is_new=False, age=(now - known.begun).total_seconds())
        new = OutboxRecord(is_new=True, chat_id=chat_id, digest=digest, begun=now, age=0)
        self._attempts[id_instance, key] = new
        return new

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        self._attempts[id_instance, key] = attrs.evolve(self._attempts[id_instance, key], id_message=id_message)

    async def claim(self, id_instance: int, key: str, id_message: str) -> bool:
        others = (each for place, each in self._attempts.items() if place[0] == id_instance and place[1] != key)
        if any(each.id_message == id_message for each in others):
            return False
        await self.sent(id_instance, key, id_message)
        return True

    async def forget(self, id_instance: int, key: str) -> None:
        self._attempts.pop((id_instance, key), None)

    def _forget_old(self, now: datetime) -> None:
        oldest = list(islice(self._attempts.items(), REMOVED_AT_ONCE))
        for place, attempt in oldest:
            if (now - attempt.begun).total_seconds() <= KEPT:
                return
            del self._attempts[place]
