"""Filters of the state that somebody is in."""

from typing import Final

from greenapi_async.bots.checking import is_a
from greenapi_async.bots.event import Event
from greenapi_async.bots.filters.filter import Filter
from greenapi_async.bots.states import State
from greenapi_async.errors import InvalidArgumentError

__all__ = ["no_state", "state"]


def state(*states: State) -> Filter:
    """Match who is in one of these states."""
    if not states:
        raise InvalidArgumentError("state() is given nothing; a state is needed, as in state(Ordering.size)")
    for one in states:
        if not is_a(one, State) or getattr(one, "group", None) is None:
            raise InvalidArgumentError(f"state() is given {one!r}; a state of a group is needed, as in Ordering.size")

    def test(event: Event) -> bool:
        return event.context is not None and event.context.current in states

    return Filter(test, f"state({', '.join(map(str, states))})", reads_state=True)


no_state: Final = Filter(
    lambda event: event.context is None or event.context.current is None, "no_state", reads_state=True
)
"""Match who is in no state."""
