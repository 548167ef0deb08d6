"""Lanes: which handlers may run now.

Pure bookkeeping without I/O: it never waits and starts nothing. A lane is a FIFO queue of entries, by default one lane
per chat, and holds their ids only. Its first entry runs, or waits for a retry, and everything behind it waits; lanes
run concurrently, up to a limit. Lanes with work take turns, so a long lane does not starve the others.

A handler that waits for a person leaves its lane, so that the entries behind it run. Before it continues, it returns to
the front of its lane: as soon as no other entry of it is running, and before the next one starts.

Two lanes become one when it turns out that their chats are one (``rename``). If an entry of each is already running,
one lane is blocked behind the other until that is empty.
"""

# ruff: noqa: A002  a parameter has the name of the field

from collections import deque
from collections.abc import Hashable
from collections.abc import Set as AbstractSet

import anyio
import attrs

from greenapi_async.processing.id_queue import IdQueue

__all__ = ["Lane", "Lanes", "Return"]

_NONE: "frozenset[Lane]" = frozenset()


@attrs.define(eq=False)
class Return:
    """An entry whose handler wants to continue in its lane.

    Attributes:
        id: Its id.
        lane: The lane in whose front it is; None while it waits.
        ended: Set when it is there, or when the run stops.
        is_withdrawn: Whether nobody waits for that any more.
    """

    id: int
    lane: "Lane | None" = None
    ended: anyio.Event = attrs.field(factory=anyio.Event)
    is_withdrawn: bool = False


@attrs.define(eq=False)
class Lane:
    """A queue whose entries run one at a time."""

    key: Hashable
    ids: IdQueue = attrs.field(factory=IdQueue)
    held: bool = False
    """Whether it is ready, running or waiting for a retry."""
    before: "AbstractSet[Lane]" = _NONE
    """Lanes that must be empty before it may run."""
    after: "Lane | None" = None
    """The lane that it is ``before``."""
    returning: deque[Return] = attrs.field(factory=deque[Return])
    """Entries that left it while their handlers waited for a person, and run before the others."""

    @property
    def parts(self) -> "list[Lane]":
        """The lane, whose first entry runs, and the one that has its other entries since the two became one."""
        return [self] if self.after is None else [self, self.after]


class Lanes:
    """All lanes with entries, and the free concurrency slots."""

    def __init__(self, concurrency: int) -> None:
        self._free_slots = concurrency
        self._lanes: dict[Hashable, Lane] = {}
        self._ready: deque[Lane] = deque()

    @property
    def ready(self) -> int:
        """Number of lanes that could run if they had a slot."""
        return len(self._ready)

    @property
    def free(self) -> int:
        """Number of slots that no ready lane will take."""
        return self._free_slots - len(self._ready)

    def add(self, key: Hashable, id: int) -> Lane:
        """Append an entry to the lane with this key.

        Args:
            key: Key of the lane; the lane is created if needed.
            id: Id of the entry.
        """
        lane = self._get(key)
        lane.ids.append(id)
        return lane

    def insert(self, key: Hashable, id: int) -> Lane:
        """Put an entry at its place in the lane with this key, by its id, but behind one that was started.

        Args:
            key: Key of the lane; the lane is created if needed.
            id: Id of the entry.
        """
        lane = self._get(key)
        lane.ids.insert(id, keep_first=self._is_busy(lane))
        return lane

    def has(self, key: Hashable) -> bool:
        """Return whether the lane with this key has entries."""
        return key in self._lanes

    def find(self, key: Hashable) -> Lane | None:
        """Return the lane with this key, if it has entries."""
        return self._lanes.get(key)

    def all(self) -> list[Lane]:
        """Return the lanes with entries."""
        return list(self._lanes.values())

    def make_ready(self, lane: Lane) -> None:
        """Queue a lane to run, unless it is held already."""
        if not lane.held:
            lane.held = True
            self._ready.append(lane)

    def take(self) -> Lane | None:
        """Return the next ready lane and occupy a slot for it, or None if there is no lane or no slot."""
        if not self._ready or not self._free_slots:
            return None
        self._free_slots -= 1
        return self._ready.popleft()

    def acquire_slot(self) -> bool:
        """Occupy a slot without a lane; return False if there is none."""
        if not self._free_slots:
            return False
        self._free_slots -= 1
        return True

    def free_slot(self) -> None:
        """Free a slot; its lane stays held until ``release``."""
        self._free_slots += 1

    def release(self, lane: Lane) -> Lane | None:
        """Release a held lane, and remove it if it is empty.

        Returns:
            The lane that can become ready: this one, or the one that it blocked; None if there is none.
        """
        lane.held = False
        if self._let_return(lane):
            return None
        if lane.ids:
            return lane
        if self._lanes.get(lane.key) is lane:
            del self._lanes[lane.key]
        unblocked, lane.after = lane.after, None
        if unblocked is None:
            return None
        unblocked.before -= {lane}
        if self._let_return(unblocked):
            return None
        return unblocked if unblocked.ids and not unblocked.before else None

    def leave(self, lane: Lane) -> Lane | None:
        """Take the running entry out of a lane while its handler waits for a person.

        Returns:
            The lane that can become ready, as ``release`` returns it.
        """
        lane.ids.popleft()
        return self.release(lane)

    def come_back(self, key: Hashable, id: int) -> Return:
        """Put an entry that left its lane in front of the lane with this key, when no other entry of it is running.

        Args:
            key: Key of the lane; the lane is created if needed.
            id: Id of the entry.
        """
        lane = self._get(key)
        coming = Return(id)
        lane.returning.append(coming)
        self._let_return(lane)
        return coming

    def _let_return(self, lane: Lane) -> bool:
        """Move the first returning entry to the front of a lane if nothing is in its way."""
        while lane.returning and lane.returning[0].is_withdrawn:
            lane.returning.popleft()
        if not lane.returning or lane.held or lane.before:
            return False
        coming = lane.returning.popleft()
        lane.held = True
        lane.ids.appendleft(coming.id)
        coming.lane = lane
        coming.ended.set()
        return True

    def rename(self, lane: Lane, key: Hashable) -> None:
        """Move a lane to another key; if a lane has that key already, they become one.

        Args:
            lane: The lane.
            key: Its new key.
        """
        if self._lanes.get(lane.key) is lane:
            del self._lanes[lane.key]
        lane.key = key
        other = self._lanes.get(key)
        if other is None:
            self._lanes[key] = lane
        elif not self._is_busy(lane):
            self._absorb(other, lane)
        elif not self._is_busy(other):
            self._lanes[key] = lane
            self._absorb(lane, other)
        else:
            running = lane.ids.popleft()
            other.ids.merge(lane.ids, keep_first=True)
            other.returning.extend(lane.returning)
            lane.returning.clear()
            lane.ids = IdQueue([running])
            lane.after = other
            other.before |= {lane}

    def _get(self, key: Hashable) -> Lane:
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(key)
        return lane

    def _is_busy(self, lane: Lane) -> bool:
        """Return whether the first entry of a lane has been started."""
        return lane.held and lane not in self._ready

    def _absorb(self, lane: Lane, other: Lane) -> None:
        """Move the entries of another lane, which is not busy, into a lane."""
        if other.held:
            self._ready.remove(other)
            other.held = False
        lane.ids.merge(other.ids, keep_first=self._is_busy(lane))
        other.ids = IdQueue()
        lane.returning.extend(other.returning)
        other.returning.clear()
        for blocking in other.before:
            blocking.after = lane
        lane.before |= other.before
        if not self._is_busy(lane) and lane.before and lane.held:
            self._ready.remove(lane)
            lane.held = False
