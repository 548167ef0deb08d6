"""The time of one instance: a discrete-event scheduler without threads or timers.

The simulation is pure: nothing in it waits. Parts of an instance register event sources; an event is a due time and a
callback. `settle` runs every event that is due by the clock's now, in chronological order, with `now` set to the due
time of each. `next_event_at` returns when to call `settle` again. Code that waits, such as a long poll, subscribes to
`changes` and sleeps until a change or the next event.
"""

from collections.abc import Callable, Iterable

import attrs

from greenapi_async.sandbox.simulation.listeners import Listeners

__all__ = ["Event", "Timeline"]

Event = tuple[float, Callable[[], None]]
"""A due time and what happens then."""


@attrs.define(eq=False)
class Timeline:
    """The simulated time of one instance and everything that is due in it.

    Attributes:
        clock: Returns the current time in seconds since the epoch, like `time.time`.
        now: The time up to which every event has happened.
        changes: Notified whenever something in the instance changed.
    """

    clock: Callable[[], float] = attrs.field(repr=False)
    now: float = attrs.field(init=False, default=attrs.Factory(lambda self: self.clock(), takes_self=True))
    changes: Listeners = attrs.field(factory=Listeners, init=False, repr=False)
    _sources: list[Callable[[], Iterable[Event]]] = attrs.field(
        factory=list[Callable[[], Iterable[Event]]], init=False, repr=False
    )
    _expiries: list[Callable[[float], None]] = attrs.field(
        factory=list[Callable[[float], None]], init=False, repr=False
    )

    def current(self) -> float:
        """Return `now`."""
        return self.now

    def add_source(self, events: Callable[[], Iterable[Event]]) -> None:
        """Register a source of events; of two events due at the same time, the earlier source's happens first."""
        self._sources.append(events)

    def add_expiry(self, drop_expired: Callable[[float], None]) -> None:
        """Register what removes expired entries; it is called with the time at the end of every `settle`."""
        self._expiries.append(drop_expired)

    def next_event_at(self) -> float | None:
        """Return when the next event is due, or None if nothing will happen by itself."""
        at = min((at for at, _ in self._events()), default=None)
        return None if at is None else max(at, self.now)

    def settle(self) -> None:
        """Run every event that is due by now."""
        now = max(self.clock(), self.now)
        while due := [event for event in self._events() if event[0] <= now]:
            at, happen = min(due, key=lambda event: event[0])
            self.now = max(at, self.now)
            happen()
        self.now = now
        for drop_expired in self._expiries:
            drop_expired(now)

    def _events(self) -> Iterable[Event]:
        for events in self._sources:
            yield from events()
