"""Who may run now: each lane in order, lanes side by side, no more than so many at once.

Pure bookkeeping: it never waits and starts nothing. A lane is a queue of items; its first item runs, or is put off
after a failure, and everything behind it waits. Lanes that have something to run take turns, so that a long one holds
no other up.
"""

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

import attrs

__all__ = ["Lane", "Lanes"]

T = TypeVar("T")


@attrs.define(eq=False)
class Lane(Generic[T]):
    """A queue whose items run one after the other."""

    key: Hashable
    items: deque[T] = attrs.field(factory=deque[T])
    held: bool = False
    """Whether it is queued to run, runs, or is put off."""


class Lanes(Generic[T]):
    """All lanes that have items."""

    def __init__(self, concurrency: int) -> None:
        self._free = concurrency
        self._lanes: dict[Hashable, Lane[T]] = {}
        self._ready: deque[Lane[T]] = deque()

    def add(self, key: Hashable, item: T) -> Lane[T]:
        """Queue an item behind its lane's others."""
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(key)
        lane.items.append(item)
        return lane

    def offer(self, lane: Lane[T]) -> None:
        """Let a lane take its turn; one that is held already keeps its place."""
        if not lane.held:
            lane.held = True
            self._ready.append(lane)

    def take(self) -> Lane[T] | None:
        """Give the next lane to run, and a place to run it in; None when there is neither."""
        if not self._ready or not self._free:
            return None
        self._free -= 1
        return self._ready.popleft()

    def enter(self) -> bool:
        """Take a place for what needs no lane; False when there is none."""
        if not self._free:
            return False
        self._free -= 1
        return True

    def leave(self) -> None:
        """Give a place back; its lane stays held until ``release``."""
        self._free += 1

    def release(self, lane: Lane[T]) -> bool:
        """Let go of a lane; False, and the lane is gone, when nothing is left in it."""
        lane.held = False
        if not lane.items:
            self._lanes.pop(lane.key, None)
            return False
        return True
