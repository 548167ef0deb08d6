"""Crash suspects: which entry ends the process, so that it is quarantined although no handler failed.

A handler can end the whole process (``os._exit``, out of memory, a segmentation fault). Its entry stays in the inbox,
and without a count it would end every process after that. Entries that arrive while a run is active are not written to
before their handler starts; that would double the commits. So after a crash the inbox does not say what was in
progress. It is found out in two steps, both recorded in the inbox before the handler starts, with ``Inbox.failed``:

1. Entries found at start-up that may have been in progress (the first of its lane, or one with failed attempts) are
   marked without counting, and run concurrently as usual. The entries behind them only waited and cost nothing extra.
2. Entries that are found marked at the next start were in progress when the process ended. These suspects run one at a
   time, beside the usual concurrency of all others, and the attempt is counted before it begins. If the process ends
   again, the entry is known to be the only suspect in progress, and the attempt of step 1 is counted as well. When
   ``attempts`` are counted, the entry is quarantined at the next start without running.

A process that dies at each attempt is therefore started ``attempts`` + 1 times: once with the entry unmarked, then once
per attempt. Entries that only ran beside it are never counted while it runs. The entry behind one that waits for a
person may have been in progress, too, so it is marked like the first of its lane.

A mark is removed with the entry, replaced by an ordinary failure, or withdrawn: when the graceful shutdown begins, and
when the run is cancelled. While a suspect waits for a person or a status, its count is withdrawn and the next suspect
runs. The mark replaces the traceback of an earlier failure, which was logged.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from datetime import UTC, datetime

import anyio

from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.processing.item import Item, Suspicion
from greenapi_async.processing.lanes import Lane

__all__ = ["CrashSuspects"]

logger = logging.getLogger("greenapi_async")

SHARED_MARK = "The process ended while this was handled, possibly because of another notification."
ALONE_MARK = "The process ended while this was handled."
WITHDRAWN_MARK = "Handling was cut short by a shutdown."
MAX_MET = 10_000
"""Lanes of which is remembered, while start-up goes on, that their first entry was met."""


class CrashSuspects:
    """Marks entries in progress, and the queue of suspects that run one at a time."""

    def __init__(
        self,
        inbox: Inbox,
        persist: Callable[[str, Callable[[], Awaitable[None]]], Awaitable[None]],
        stopped: Callable[[], bool],
    ) -> None:
        """Create the registry of one run.

        Args:
            inbox: Where the marks are.
            persist: Runs an operation on the inbox, with retries.
            stopped: Whether the run is shutting down.
        """
        self._inbox = inbox
        self._persist = persist
        self._stopped = stopped
        self._marked: set[Item] = set()
        self._current: Item | None = None
        self._lanes: deque[tuple[Lane, Item]] = deque()
        self._met: set[Hashable] = set()
        self._possible: set[int] = set()
        self._resuming: deque[tuple[Item, anyio.Event]] = deque()

    def classify(self, item: Item, entry: Entry, key: Hashable) -> None:
        """Set the suspicion of an entry that was found at start-up.

        Args:
            item: The item.
            entry: Its entry.
            key: Key of its lane; the first entry of each lane may have been in progress.
        """
        first_in_lane = key not in self._met
        if len(self._met) >= MAX_MET:
            self._met.clear()  # costs an unnecessary mark for each lane that is met again
        self._met.add(key)
        if entry.failure == ALONE_MARK:
            item.suspicion = Suspicion.ALONE
        elif entry.failure == SHARED_MARK:
            item.suspicion = Suspicion.SHARED
        elif first_in_lane or entry.attempts:
            item.suspicion = Suspicion.POSSIBLE

    def expect(self, key: Hashable, following: int | None, item: Item | None) -> None:
        """Suspect what is behind an item that left its lane to wait for a person: it may have been in progress, too.

        Args:
            key: Key of the lane.
            following: Id of the next entry; None if there is none yet.
            item: Its item, if it is in memory.
        """
        if following is None:
            self._met.discard(key)
        elif item is None:
            self._possible.add(following)
        elif item.suspicion is None and item.found:
            item.suspicion = Suspicion.POSSIBLE

    def put_aside(self, item: Item) -> None:
        """Remember the suspicion of an item that is not kept in memory."""
        if item.suspicion is Suspicion.POSSIBLE:
            self._possible.add(item.id)

    def recall(self, item: Item) -> None:
        """Set the suspicion of an item that was put aside and read again."""
        if item.id in self._possible:
            self._possible.discard(item.id)
            item.suspicion = Suspicion.POSSIBLE

    def all_met(self) -> None:
        """Note that all entries that were found at start-up are classified."""
        self._met.clear()

    def enqueue(self, lane: Lane, item: Item) -> None:
        """Hold a lane whose first entry is a suspect until it may run.

        Args:
            lane: The lane.
            item: Its first entry.
        """
        lane.held = True
        self._lanes.append((lane, item))

    def take(self) -> Lane | None:
        """Return the next lane whose first entry may run now, or None; suspects that continue come first."""
        if self._current is not None:
            return None
        if self._resuming:
            self._current, turn = self._resuming.popleft()
            turn.set()
            return None
        if not self._lanes:
            return None
        lane, self._current = self._lanes.popleft()
        lane.held = False
        return lane

    async def begin(self, item: Item) -> bool:
        """Record durably that the handler of an item begins; return False if the run was stopped meanwhile."""
        self._marked.add(item)
        if item.suspicion is Suspicion.POSSIBLE:
            await self._mark(item, item.attempts, SHARED_MARK)
        else:
            counted = 2 if item.suspicion is Suspicion.SHARED else 1
            await self._mark(item, item.attempts + counted, ALONE_MARK)
        if self._stopped():
            await self._withdraw(item)
            return False
        return True

    async def unmark(self, item: Item) -> None:
        """Note that the handler of an item has returned or failed, which is about to be recorded.

        What waits to be handled together with another item stays in the inbox; its mark is withdrawn.
        """
        self._marked.discard(item)
        if item.suspicion is not None and item.gathered_by is not None and not item.acknowledged:
            await self._try_mark(item, item.attempts, WITHDRAWN_MARK)

    def end(self, item: Item) -> None:
        """Note that what became of an item is recorded; it is no suspect any more."""
        item.suspicion = None
        self._marked.discard(item)
        if self._current is item:
            self._current = None

    async def suspend(self, item: Item) -> None:
        """Withdraw the count of a suspect that waits for a person or a status, and let the next suspect run."""
        if self._current is not item:
            return
        try:
            if item in self._marked:
                await self._try_mark(item, item.attempts, SHARED_MARK)
        finally:
            self._current = None

    async def resume(self, item: Item) -> None:
        """Wait until a suspect may continue, and count its attempt again."""
        if self._stopped():
            return
        waiting = item, anyio.Event()
        self._resuming.append(waiting)
        try:
            self.take()
            await waiting[1].wait()
        finally:
            if waiting in self._resuming:
                self._resuming.remove(waiting)
        if item in self._marked and not self._stopped():
            await self._try_mark(item, item.attempts + 1, ALONE_MARK)

    async def withdraw_all(self) -> None:
        """Withdraw the marks of all items in progress, and hold no suspect back: the run is shutting down."""
        while self._resuming:
            self._resuming.popleft()[1].set()
        marked = list(self._marked)
        async with anyio.create_task_group() as tasks:  # together, so that they share a commit
            for item in marked:
                tasks.start_soon(self._withdraw, item)

    async def _withdraw(self, item: Item) -> None:
        if item in self._marked:
            self._marked.discard(item)
            await self._try_mark(item, item.attempts, WITHDRAWN_MARK)

    async def _try_mark(self, item: Item, attempts: int, mark: str) -> None:
        try:
            await self._mark(item, attempts, mark)
        except InboxUnavailableError as error:  # only when stopped
            logger.warning(
                "The inbox is unavailable; entry %d keeps its crash mark: %s", item.id, error, extra=item.log_fields
            )

    async def _mark(self, item: Item, attempts: int, mark: str) -> None:
        due = datetime.fromtimestamp(item.stored, UTC)  # in the past, whatever happened to the clock
        await self._persist("failed", lambda: self._inbox.failed(item.id, attempts, due, mark))
