"""Suspensions: handlers that wait for a person or a status, and how they continue.

A handler that waits needs no concurrency slot. One that waits for a person also leaves its lane, so that the entries
behind it run. Before it continues, it returns to the front of its lane, when no other entry of the lane is running, and
then acquires a slot. Its turn is reserved at the moment in which its wait is over, so nothing that arrives later is
handled before it.

When the run stops, handlers that wait for a person are cancelled at once; they continue at the next start. A handler
whose wait is over, but not its wait for the lane, is one of them.
"""

# ruff: noqa: A002  a parameter has the name of the field

import functools
from collections import deque
from collections.abc import AsyncGenerator, Callable, Hashable, Iterable
from contextlib import asynccontextmanager

import anyio

from greenapi_async.processing.crash_suspects import CrashSuspects
from greenapi_async.processing.intake import Intake
from greenapi_async.processing.item import Item
from greenapi_async.processing.lanes import Lane, Lanes, Return

__all__ = ["Suspensions"]


class Suspensions:
    """The suspended handlers of one run."""

    def __init__(
        self,
        lanes: Lanes,
        intake: Intake,
        suspects: CrashSuspects,
        *,
        timeout: float | None,
        start_handlers: Callable[[], None],
    ) -> None:
        """Create the registry of one run.

        Args:
            lanes: The lanes and slots.
            intake: Knows which lane an entry belongs to.
            suspects: The crash suspects.
            timeout: ``handler_timeout``.
            start_handlers: Starts the handlers of ready lanes.
        """
        self._lanes = lanes
        self._intake = intake
        self._suspects = suspects
        self._timeout = timeout
        self._start_handlers = start_handlers
        self._stopped = False
        self._slot_waiters: deque[anyio.Event] = deque()
        self._lane_of: dict[int, Lane] = {}
        """The lane in whose front a running entry is."""
        self._left: dict[int, Hashable] = {}
        """Key of the lane that an entry has left while its handler waits for a person."""
        self._returning: dict[int, Return] = {}

    def begin(self, id: int, lane: Lane) -> None:
        """Note that the handler of the first entry of a lane starts.

        Args:
            id: Id of the entry.
            lane: The lane.
        """
        self._lane_of[id] = lane

    def end(self, id: int) -> Lane | None:
        """Note that a handler has ended.

        Returns:
            The lane in whose front the entry is; None if it has left it, because a task that the handler left behind
            waits for a person.
        """
        self._left.pop(id, None)
        return self._lane_of.pop(id, None)

    def is_awaited(self, item: Item) -> bool:
        """Return whether a handler, or the end of the run, waits until the handler of an item has ended.

        Args:
            item: The item, whose handler runs.
        """
        if self._stopped or self._lanes.ready or self._slot_waiters:
            return True
        lane = self._lane_of.get(item.id)
        return lane is None or len(lane.ids) > 1 or bool(lane.returning) or lane.after is not None

    async def recall(self, item: Item) -> None:
        """Offer what waits behind an item in its lane to its conversations; see ``Intake.recall``."""
        if (lane := self._lane_of.get(item.id)) is not None:
            await self._intake.recall(item, lane)

    async def adopt(self, item: Item) -> None:
        """Add what was handled together with an item in an earlier attempt; see ``Intake.adopt``."""
        lane = self._lane_of.get(item.id)
        if lane is not None and item.journal is not None and (members := await item.journal.members()):
            await self._intake.adopt(item, lane, members)

    def disband(self, item: Item) -> None:
        """Queue what was gathered with an item if another handler, or none, has got the item this time."""
        lane = self._lane_of.get(item.id)
        if item.gathered and not item.has_given_list:
            self._intake.disband(item, lane.key if lane is not None else self._left[item.id])

    def stop(self, running: Iterable[Item]) -> None:
        """Release the handlers that wait for a person.

        Args:
            running: The items whose handlers run.
        """
        self._stopped = True
        for item in running:
            item.is_stopping = True
            _release(item)
        for returning in self._returning.values():
            returning.ended.set()

    def wake(self) -> None:
        """Resume handlers for which there is a slot."""
        while self._slot_waiters and self._lanes.acquire_slot():
            self._slot_waiters.popleft().set()

    @asynccontextmanager
    async def suspend(self, item: Item, *, for_person: bool) -> AsyncGenerator[Callable[[], None]]:
        """Return a block in which the handler of an item waits; see ``slot.SuspendSlot``."""
        if not item.running:  # the handler has returned; this runs in a task it left behind
            yield _nothing
            return
        if not item.suspensions:
            item.suspend(anyio.current_time())
        item.suspensions += 1
        item.persons += for_person
        if self._stopped:
            _release(item)
        if item.suspensions == 1:
            self._lanes.free_slot()
        if for_person and item.persons == 1 and (lane := self._lane_of.pop(item.id, None)) is not None:
            self._left[item.id] = self._intake.leave_lane(item, lane)
        self._start_handlers()
        try:
            if item.suspensions == 1 and item.is_suspect:
                await self._suspects.suspend(item)
                self._start_handlers()
            yield functools.partial(self._reserve_turn, item)
        finally:
            if for_person and item.persons == 1 and item.running:
                await self.return_to_lane(item)
            item.persons -= for_person
            if not item.is_released:  # otherwise it never continues
                item.suspensions -= 1
            if item.needs_slot:
                with anyio.CancelScope(shield=True):
                    await self._acquire_slot(item)

    async def return_to_lane(self, item: Item) -> None:
        """Wait until no other handler of the item's lane runs, if it has left that; not if the run stops."""
        self._reserve_turn(item)
        returning = self._returning.get(item.id)
        if returning is None:
            return
        try:
            with anyio.CancelScope(shield=True):
                await returning.ended.wait()
        finally:
            del self._returning[item.id]
            returning.is_withdrawn = True
            if returning.lane is not None:
                self._lane_of[item.id] = returning.lane

    def _reserve_turn(self, item: Item) -> None:
        if item.id in self._left and not self._stopped:
            self._returning[item.id] = self._intake.return_to_lane(item, self._left.pop(item.id))

    async def _acquire_slot(self, item: Item) -> None:
        if item.is_suspect:
            await self._suspects.resume(item)
        if not self._lanes.acquire_slot():
            slot = anyio.Event()
            self._slot_waiters.append(slot)
            await slot.wait()
        item.resume(anyio.current_time(), self._timeout)


def _release(item: Item) -> None:
    """End the handler of an item if it waits for a person; it continues at the next start."""
    if item.persons and item.scope is not None:
        item.scope.cancel()


def _nothing() -> None:
    pass
