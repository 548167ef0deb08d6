"""Retries: lanes, and entries that have left theirs, that wait until an attempt is due."""

# ruff: noqa: A002  a parameter has the name of the field

import functools
from collections.abc import Callable, Collection, Hashable

import attrs

from greenapi_async.processing.lanes import Lane

__all__ = ["Delayed", "Retries"]


@attrs.frozen(eq=False)
class Retry:
    """A lane whose first entry waits for its retry."""

    lane: Lane


@attrs.frozen(eq=False)
class Delayed:
    """An entry that lets its lane run before its retry."""

    key: Hashable
    id: int


class Retries:
    """The retries of one run.

    Args:
        call_later: Calls a function after some seconds.
        lane_due: Called with a lane that is due.
        entry_due: Called with an entry that is due.
    """

    def __init__(
        self,
        call_later: Callable[[Callable[[], None], float], None],
        *,
        lane_due: Callable[[Lane], None],
        entry_due: Callable[[Delayed], None],
    ) -> None:
        self._call_later = call_later
        self._lane_due = lane_due
        self._entry_due = entry_due
        self._lanes: dict[Lane, Retry] = {}
        self._entries: dict[int, Delayed] = {}

    def add_lane(self, lane: Lane, seconds: float) -> None:
        """Make the first entry of a lane due after some seconds.

        Args:
            lane: The lane.
            seconds: Seconds from now.
        """
        self._lanes[lane] = retry = Retry(lane)
        self._call_later(functools.partial(self._due, retry), seconds)

    def add_entry(self, delayed: Delayed, seconds: float) -> None:
        """Make an entry due after some seconds that has left its lane.

        Args:
            delayed: The entry.
            seconds: Seconds from now.
        """
        self._entries[delayed.id] = delayed
        self._call_later(functools.partial(self._due, delayed), seconds)

    def hurry(self, id: int) -> None:
        """Make an entry due at once that waits for its retry; may be called outside of a task."""
        due = self._entries.get(id) or next(
            (retry for lane, retry in self._lanes.items() if lane.ids and lane.ids.first == id), None
        )
        if due is not None:
            self._call_later(functools.partial(self._due, due), 0.0)

    def drop(self, ids: Collection[int]) -> list[Lane]:
        """Return the lanes whose first entry waits for its retry and is one of these; they wait no longer."""
        lost = set(ids)
        lanes = [lane for lane in self._lanes if lane.ids and lane.ids.first in lost]
        for lane in lanes:
            del self._lanes[lane]
        return lanes

    def _due(self, due: Retry | Delayed) -> None:
        if isinstance(due, Delayed):
            if self._entries.get(due.id) is due:  # otherwise it was handled earlier, because somebody asked for it
                del self._entries[due.id]
                self._entry_due(due)
        elif self._lanes.get(due.lane) is due:
            del self._lanes[due.lane]
            self._lane_due(due.lane)
