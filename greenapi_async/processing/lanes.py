"""Lanes: which handlers may run now.

Pure bookkeeping without I/O: it never waits and starts nothing. A lane is a FIFO queue of items, by default one lane
per chat. Its first item runs, or waits for a retry, and everything behind it waits; lanes run concurrently, up to a
limit. Lanes with work take turns, so a long lane does not starve the others.

Two lanes become one when it turns out that their chats are one (``rename``). If an item of each is already running, one
lane is blocked behind the other until that is empty.
"""

from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import attrs

__all__ = ["Lane", "Lanes"]

T = TypeVar("T")


@attrs.define(eq=False)
class Lane(Generic[T]):
    """A queue whose items run one at a time."""

    key: Hashable
    items: deque[T] = attrs.field(factory=deque[T])
    held: bool = False
    """Whether it is ready, running or waiting for a retry."""
    before: "set[Lane[T]]" = attrs.field(factory=set["Lane[Any]"])
    """Lanes that must be empty before it may run."""
    after: "Lane[T] | None" = None
    """The lane that it is ``before``."""


class Lanes(Generic[T]):
    """All lanes with items, and the free concurrency slots."""

    def __init__(self, concurrency: int) -> None:
        self._free_slots = concurrency
        self._lanes: dict[Hashable, Lane[T]] = {}
        self._ready: deque[Lane[T]] = deque()

    def add(self, key: Hashable, item: T) -> Lane[T]:
        """Append an item to the lane with this key.

        Args:
            key: Key of the lane; the lane is created if needed.
            item: The item.
        """
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(key)
        lane.items.append(item)
        return lane

    def has(self, key: Hashable) -> bool:
        """Return whether the lane with this key has items."""
        return key in self._lanes

    def all(self) -> list[Lane[T]]:
        """Return the lanes with items."""
        return list(self._lanes.values())

    def make_ready(self, lane: Lane[T]) -> None:
        """Queue a lane to run, unless it is held already."""
        if not lane.held:
            lane.held = True
            self._ready.append(lane)

    def take(self) -> Lane[T] | None:
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

    def release(self, lane: Lane[T]) -> Lane[T] | None:
        """Release a held lane, and remove it if it is empty.

        Returns:
            The lane that can become ready: this one, or the one that it blocked; None if there is none.
        """
        lane.held = False
        if lane.items:
            return lane
        if self._lanes.get(lane.key) is lane:
            del self._lanes[lane.key]
        unblocked, lane.after = lane.after, None
        if unblocked is None:
            return None
        unblocked.before.discard(lane)
        return unblocked if unblocked.items and not unblocked.before else None

    def rename(self, lane: Lane[T], key: Hashable, order: Callable[[T], int]) -> None:
        """Move a lane to another key; if a lane has that key already, they become one.

        Args:
            lane: The lane.
            key: Its new key.
            order: Returns the position of an item in the common lane.
        """
        if self._lanes.get(lane.key) is lane:
            del self._lanes[lane.key]
        lane.key = key
        other = self._lanes.get(key)
        if other is None:
            self._lanes[key] = lane
        elif not self._is_busy(lane):
            self._absorb(other, lane, order)
        elif not self._is_busy(other):
            self._lanes[key] = lane
            self._absorb(lane, other, order)
        else:
            running = lane.items.popleft()
            self._insert(other, lane.items, order)
            lane.items = deque([running])
            lane.after = other
            other.before.add(lane)

    def _is_busy(self, lane: Lane[T]) -> bool:
        """Return whether the first item of a lane has been started."""
        return lane.held and lane not in self._ready

    def _absorb(self, lane: Lane[T], other: Lane[T], order: Callable[[T], int]) -> None:
        """Move the items of another lane, which is not busy, into a lane."""
        if other.held:
            self._ready.remove(other)
            other.held = False
        self._insert(lane, other.items, order)
        other.items = deque()
        for blocking in other.before:
            blocking.after = lane
        lane.before |= other.before
        if not self._is_busy(lane) and lane.before and lane.held:
            self._ready.remove(lane)
            lane.held = False

    def _insert(self, lane: Lane[T], items: deque[T], order: Callable[[T], int]) -> None:
        running = lane.items.popleft() if self._is_busy(lane) else None
        lane.items = deque(sorted((*lane.items, *items), key=order))
        if running is not None:
            lane.items.appendleft(running)
