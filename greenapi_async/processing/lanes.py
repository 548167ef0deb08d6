"""Lanes: which handlers may run now.

Pure bookkeeping without I/O: it never waits and starts nothing. A lane is a FIFO queue of items, by default one lane
per chat. Its first item runs, or waits for a retry, and everything behind it waits; lanes run concurrently, up to a
limit. Lanes with work take turns, so a long lane does not starve the others.
"""

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

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

    def release(self, lane: Lane[T]) -> bool:
        """Release a held lane; return False, and remove the lane, if it is empty."""
        lane.held = False
        if not lane.items:
            self._lanes.pop(lane.key, None)
            return False
        return True
