"""An inbox in memory."""

# ruff: noqa: A002, D102  what the methods do and how parameters are called is told in base.py

import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import anyio.lowlevel
import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.inbox.cache import Tail
from greenapi_async.inbox.notifier import News
from greenapi_async.inbox.outbox_memory import MemoryOutbox
from greenapi_async.inbox.retention import MARKS_AT_ONCE, Purge

__all__ = ["MemoryInbox"]


class MemoryInbox(Inbox):
    """An inbox that is lost with its process: for tests, and where a crash may lose notifications."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._last = 0
        self._waiting = Tail()
        self._quarantined: dict[int, Entry] = {}
        self._marks: dict[bytes, int] = {}
        self._purge = Purge()
        self._news = News()
        self.outbox = MemoryOutbox(clock=clock)
        """Remembers what ``send_message(..., once=...)`` sent."""

    async def put(self, arrival: Entry) -> bool:
        await anyio.lowlevel.checkpoint()
        now = self._clock()
        self._forget_marks(int(now))
        if any(mark in self._marks for mark in arrival.unless):
            return False
        for mark in arrival.keys:
            self._marks.pop(mark, None)
            self._marks[mark] = int(now)
        self._add(
            Entry(
                id=self._last + 1,
                id_instance=arrival.id_instance,
                body=arrival.body,
                receipt_id=arrival.receipt_id,
                error=arrival.error,
                recovered=arrival.recovered,
                stored=datetime.fromtimestamp(now, UTC),
            )
        )
        return True

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        await anyio.lowlevel.checkpoint()
        return self._waiting.read(instances, after, limit)

    async def news(self, after: int) -> int:
        return await self._news.after(after)

    async def done(self, id: int) -> None:
        self._waiting.remove(id)
        self._quarantined.pop(id, None)

    async def failed(self, id: int, attempts: int, due: datetime, failure: str) -> None:
        due = due.astimezone(UTC)
        self._waiting.change(id, lambda entry: attrs.evolve(entry, attempts=attempts, due=due, failure=failure))

    async def quarantine(self, id: int, attempts: int, failure: str) -> None:
        entry = self._waiting.remove(id)
        if entry is not None:
            self._quarantined[id] = attrs.evolve(entry, attempts=attempts, due=None, failure=failure)

    async def quarantined(self) -> Sequence[Entry]:
        return [entry for _, entry in sorted(self._quarantined.items())]

    async def release(self, id: int) -> None:
        self._add(attrs.evolve(self._taken_out(id), id=self._last + 1, attempts=0, failure=None))

    async def drop(self, id: int) -> None:
        self._taken_out(id)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def _add(self, entry: Entry) -> None:
        self._last = entry.id
        self._waiting.add(entry)
        self._news.tell()

    def _taken_out(self, id: int) -> Entry:
        entry = self._quarantined.pop(id, None)
        if entry is None:
            raise InvalidArgumentError(f"entry {id} is not in quarantine")
        return entry

    def _forget_marks(self, now: int) -> None:
        cutoff = self._purge.cutoff(now)
        if cutoff is None:
            return
        for _ in range(MARKS_AT_ONCE):
            oldest = next(iter(self._marks), None)
            if oldest is None or cutoff <= self._marks[oldest] <= now:
                self._purge.finished()
                return
            if self._marks.pop(oldest) > now:  # the clock was set back; it must not keep those behind it
                self._marks[oldest] = now
