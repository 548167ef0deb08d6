"""Slots of a rate limit that several processes share: what a store of them does, and one in memory.

A method that allows N requests per second has N slots. The store keeps, for each process, until when each of its slots
is busy: one whose request is in progress until a bound, which the process extends; one whose response arrived until a
period later. A process reports all of its slots at once and takes new ones in the same step, so a report can be
repeated: slots of an answer that was lost are not in the next report, and are free again.

A slot is granted up to ``horizon`` before it is free, with the time to wait. If M slots are busy, the i-th new one
starts when the (M + i - N)-th earliest of them ends: from then on at most N are busy.

Processes that wait take turns. Each gets an equal part of the slots within the horizon, and those that have waited
longer come first, as long as they come when they were told to. Times are milliseconds of the store's clock. If it was
set back, the last report lies in the future; all times are then moved back by as much.
"""

import math
from collections.abc import Callable
from typing import Protocol

import attrs

__all__ = ["Answer", "MemorySlotStore", "Report", "SlotStore", "StoreUnavailableError", "Terms"]

LATE = 250
"""Milliseconds by which a waiting process may be late before its turn passes to others."""


class StoreUnavailableError(Exception):
    """The store of the slots does not answer, or not as it should."""


@attrs.frozen(kw_only=True)
class Terms:
    """Terms of one method, the same in all processes; times in milliseconds."""

    slots: int
    hold: int
    """For how long a reported slot stays busy if its process is not heard of again."""
    horizon: int
    """How long before a slot is free it can be granted."""
    soonest: int
    """Shortest time after which a process that waits asks again."""
    latest: int
    """Longest time after which a process that waits asks again."""
    warm_up: int
    """For how long nothing is granted after the store lost its state."""


@attrs.frozen(kw_only=True)
class Report:
    """Slots that a process holds of a method, and how many more it wants."""

    process: str
    number: int
    """Grows with each report of a process; one with a smaller number is late and changes nothing."""
    held: int
    """Slots whose requests are in progress, or about to start."""
    cooling: tuple[int, ...]
    """Milliseconds until each of the other slots is free."""
    wanted: int
    pause: int
    """Milliseconds for which nothing is granted to any process; 0 if there is no reason for a pause."""


@attrs.frozen
class Answer:
    """Slots that the store granted; times in milliseconds."""

    again: int
    """When to ask again, if more is wanted."""
    delays: tuple[int, ...]
    """For each granted slot, how long to wait before its request may be sent."""


class SlotStore(Protocol):
    """Store of the slots of one instance."""

    async def exchange(self, method: str, terms: Terms, report: Report) -> Answer:
        """Replace what the store knows about a process, and grant it slots, in one atomic step.

        Args:
            method: Name of the API method.
            terms: Its terms.
            report: What the process holds and wants.

        Raises:
            StoreUnavailableError: The store does not answer; whether it took the report is unknown.
        """
        ...


@attrs.define
class _Process:
    number: int = -1
    seen: int = 0
    ends: list[int] = attrs.field(factory=list[int])
    """Until when each of its slots is busy."""
    wanted: int = 0
    asked: int = 0
    """Since when it has waited for its turn."""
    expected: int = 0
    """Until when its turn is kept for it."""


@attrs.define
class _Method:
    paused: int = 0
    processes: dict[str, _Process] = attrs.field(factory=dict[str, _Process])


class MemorySlotStore(SlotStore):
    """Slots in memory, for one process; the other stores do the same in Lua and SQL.

    Args:
        clock: Returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._methods: dict[str, _Method] = {}
        self._since = -(2**60)  # there was no state that could have been lost

    def forget(self) -> None:
        """Lose the state, as a server does that is restarted."""
        self._methods.clear()
        self._since = math.floor(self._clock() * 1000)

    async def exchange(self, method: str, terms: Terms, report: Report) -> Answer:
        """Exchange a report for slots; see ``SlotStore.exchange``."""
        now = math.floor(self._clock() * 1000)
        state = self._methods.setdefault(method, _Method())
        me = state.processes.setdefault(report.process, _Process())
        self._since = min(self._since, now)  # if the clock was set back; so is all that follows
        _set_back(state, max(each.seen for each in state.processes.values()) - now)
        if report.number < me.number:
            return Answer(terms.soonest, ())
        waited = me.wanted > 0
        me.number, me.seen, me.wanted = report.number, now, report.wanted
        me.ends = [now + terms.hold] * report.held + [now + rest for rest in report.cooling]
        me.asked = me.asked if waited else now
        if report.pause:
            state.paused = max(state.paused, now + report.pause)
        for process in [name for name, each in state.processes.items() if each.seen + terms.hold < now]:
            del state.processes[process]

        ends = sorted(end for each in state.processes.values() for end in each.ends if end > now)
        earliest = max(now, state.paused, self._since + terms.warm_up)
        starts = [max(earliest, now if number < 0 else ends[number]) for number in _indices(len(ends), terms.slots)]
        free = sum(start <= now + terms.horizon for start in starts)

        others = [each for each in state.processes.values() if each is not me and each.wanted and each.expected >= now]
        share = math.ceil(free / (len(others) + 1))
        ahead = sum(min(each.wanted, share) for each in others if each.asked < me.asked)
        count = max(0, min(report.wanted, share, free - ahead))

        again = terms.soonest
        if free == count < terms.slots:
            again = min(max(starts[count] - terms.horizon - now, terms.soonest), terms.latest)
        me.ends += [start + terms.hold for start in starts[:count]]
        me.wanted -= count
        me.asked = now if count else me.asked
        me.expected = now + again + LATE
        return Answer(again, tuple(start - now for start in starts[:count]))


def _set_back(state: _Method, milliseconds: int) -> None:
    if milliseconds <= 0:
        return
    state.paused -= milliseconds
    for each in state.processes.values():
        each.seen -= milliseconds
        each.asked -= milliseconds
        each.expected -= milliseconds
        each.ends = [end - milliseconds for end in each.ends]


def _indices(busy: int, slots: int) -> range:
    """Return, for each new slot, the index of the busy slot that must end before it starts; negative for none."""
    return range(busy - slots, busy)
