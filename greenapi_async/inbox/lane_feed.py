"""Lane feed: what a process was given of an inbox that several processes use.

A process holds lanes (an instance's chats), one fence number for each. Their entries reach it lane by lane, so their
ids in the store do not grow in the order in which they arrive here. The feed numbers them anew: the id of an entry in
this process grows in the order of delivery, as ``Inbox.waiting`` promises, and leads to the id in the store, the lane
and its fence.

A lane has a version that changes with each new entry. An entry that this process stores itself in a lane of its own is
delivered at once if the version shows that nothing is missed. Everything else makes the lane ``stale``, and it is read.

The feed only keeps books; it neither waits nor reads. Bodies are kept within bounds, ids for as long as entries are
not finished.
"""

# ruff: noqa: A002  a parameter has the name of the field

from collections import OrderedDict
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import contextmanager

import attrs

from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.cache import select_after

__all__ = ["FIRST_STORED_ID", "FedEntry", "HeldLane", "LaneFeed", "LaneKey"]

FIRST_STORED_ID = 1_000_000_000_000
"""Ids from here on are those of the store, ids below are those of one process."""
MAX_BODIES = 1000
MAX_CHARACTERS = 4_000_000
"""Entries kept with their bodies, and the characters of these; others are read again."""
SPARSE = 100

LaneKey = tuple[int, str]
"""Instance and chat."""


@attrs.define(eq=False)
class HeldLane:
    """A lane that this process holds."""

    key: LaneKey
    fence: int
    interrupted: bool = False
    """Whether its last holder died."""
    version: int = 0
    """The version up to which its entries were read."""
    read: int = 0
    """Id in the store of the last entry that was read."""
    stale: bool = True
    """Whether it may have entries that were not read."""
    unfinished: set[int] = attrs.field(factory=set[int])
    """Ids of its entries that were delivered."""
    pins: int = 0
    """Handlers in progress; an entry can be done before its handler has ended."""
    idle_since: float = 0.0


@attrs.define(eq=False)
class FedEntry:
    """An entry that this process was given."""

    id: int
    stored_id: int
    lane: HeldLane
    interrupted: bool
    entry: Entry | None = None
    """The entry, under its id in this process; None if it must be read again."""


class LaneFeed:
    """Books of the lanes and entries that this process holds.

    Args:
        clock: Returns the seconds by a clock that is never set.

    Attributes:
        lanes: The lanes that this process holds.
        newest: Id of the entry that was delivered last.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.lanes: dict[LaneKey, HeldLane] = {}
        self._dropped: set[tuple[LaneKey, int]] | None = None
        self._clock = clock
        self.newest = 0
        self._entries: dict[int, FedEntry] = {}
        self._pinned: dict[int, HeldLane] = {}
        self._ids: list[int] = []  # ascending; includes some that are finished
        self._bodies: OrderedDict[int, int] = OrderedDict()
        self._characters = 0

    def hold(self, key: LaneKey, fence: int, *, interrupted: bool = False) -> HeldLane:
        """Note that this process holds a lane; nothing of it is known yet.

        Args:
            key: Instance and chat.
            fence: The number under which it is held.
            interrupted: Whether its last holder died.
        """
        lane = self.lanes[key] = HeldLane(key, fence, interrupted=interrupted, idle_since=self._clock())
        return lane

    @contextmanager
    def remembering_dropped(self) -> Generator[Collection[tuple[LaneKey, int]]]:
        """Return the lanes, with their fences, that are dropped while the block runs; one block at a time."""
        self._dropped = dropped = set[tuple[LaneKey, int]]()
        try:
            yield dropped
        finally:
            self._dropped = None

    def deliver(self, lane: HeldLane, entries: Iterable[Entry]) -> None:
        """Number entries of a lane that follow the last one that was read.

        Args:
            lane: The lane.
            entries: The entries under their ids in the store, ascending.
        """
        for entry in entries:
            if entry.id <= lane.read:
                continue
            suspected = lane.interrupted and (not lane.read or entry.attempts > 0 or entry.failure is not None)
            self.newest += 1
            numbered = attrs.evolve(entry, id=self.newest, interrupted=suspected, lane=lane.key[1])
            fed = self._entries[self.newest] = FedEntry(self.newest, entry.id, lane, suspected)
            self._ids.append(self.newest)
            lane.unfinished.add(self.newest)
            lane.read = entry.id
            self.keep(fed, numbered)

    def is_next(self, lane: HeldLane, version: int) -> bool:
        """Return whether an entry with which a lane got this version can be delivered without reading the lane."""
        return not lane.stale and lane.version + 1 == version

    def keep(self, fed: FedEntry, entry: Entry) -> None:
        """Keep an entry with its body, under its id in this process, and evict the oldest beyond the bounds."""
        self._forget(fed)
        fed.entry = entry
        self._bodies[fed.id] = size = len(entry.body) + len(entry.failure or "")
        self._characters += size
        while len(self._bodies) > MAX_BODIES or self._characters > MAX_CHARACTERS:
            oldest = self._entries[next(iter(self._bodies))]
            self._forget(oldest)
            if oldest is fed:
                fed.entry = entry  # the caller needs it
                break

    def find(self, id: int) -> FedEntry | None:
        """Return an entry by its id in this process; None if it is finished, lost or unknown."""
        return self._entries.get(id)

    def find_stored(self, stored_id: int) -> FedEntry | None:
        """Return an entry by its id in the store, as an operator knows it; None if it is not here."""
        return next((fed for fed in self._entries.values() if fed.stored_id == stored_id), None)

    def delayed(self) -> list[FedEntry]:
        """Return the entries that wait for a retry, and those of which that is not known any more."""
        return [fed for fed in self._entries.values() if fed.entry is None or fed.entry.due is not None]

    def after(self, instances: Collection[int], after: int, limit: int) -> list[FedEntry]:
        """Return unfinished entries, ordered by id.

        Args:
            instances: Ids of the instances whose entries to return.
            after: Only entries with a greater id.
            limit: Greatest number of entries.
        """
        return select_after(self._ids, self._entries, after, limit, lambda fed: fed.lane.key[0] in instances)

    def finish(self, id: int) -> None:
        """Note that an entry is done or in quarantine."""
        fed = self._entries.pop(id, None)
        if fed is None:
            return
        self._forget(fed)
        fed.lane.unfinished.discard(id)
        if not fed.lane.unfinished:
            fed.lane.idle_since = self._clock()
        if len(self._ids) > 2 * len(self._entries) + SPARSE:
            self._ids = list(self._entries)

    def pin(self, id: int) -> bool:
        """Hold the lane of an entry until ``unpin``, even if the entry is finished; return False if it is not held."""
        fed = self._entries.get(id)
        if fed is None:
            return False
        self._pinned[id] = fed.lane
        fed.lane.pins += 1
        return True

    def unpin(self, id: int) -> None:
        """Hold the lane of an entry no longer than for its entries."""
        lane = self._pinned.pop(id, None)
        if lane is not None:
            lane.pins -= 1
            lane.idle_since = self._clock()

    def idle(self, seconds: float) -> list[HeldLane]:
        """Return the lanes that have had nothing to do for some seconds."""
        limit = self._clock() - seconds
        return [
            lane
            for lane in self.lanes.values()
            if not lane.unfinished and not lane.pins and not lane.stale and lane.idle_since <= limit
        ]

    def stale(self, instances: Collection[int]) -> list[HeldLane]:
        """Return the lanes of some instances that must be read."""
        return [lane for lane in self.lanes.values() if lane.stale and lane.key[0] in instances]

    def undelivered(self, instances: Collection[int], after: int) -> int:
        """Return the number of lanes with entries that the reader has not read yet, and of lanes not read at all.

        Args:
            instances: Ids of the reader's instances.
            after: The last id that it has read.
        """
        unread = {fed.lane.key for fed in self.after(instances, after, MAX_BODIES)}
        return len(unread) + sum(not lane.unfinished for lane in self.stale(instances))

    def drop(self, lanes: Iterable[HeldLane]) -> list[int]:
        """Forget lanes; return the ids of their entries that are unfinished or pinned."""
        ids: set[int] = set()
        for lane in lanes:
            if self._dropped is not None:
                self._dropped.add((lane.key, lane.fence))
            if lane.pins:
                ids |= {pinned for pinned, held in self._pinned.items() if held is lane}
            if self.lanes.get(lane.key) is lane:
                del self.lanes[lane.key]
            ids |= lane.unfinished
            for id in list(lane.unfinished):  # noqa: A001  the name of the field
                self.finish(id)
        return sorted(ids)

    def _forget(self, fed: FedEntry) -> None:
        fed.entry = None
        size = self._bodies.pop(fed.id, None)
        if size is not None:
            self._characters -= size
