"""Filters by conversation state."""

from typing import Final, cast

from greenapi_async.bots.event import Event
from greenapi_async.bots.filters.filter import Filter
from greenapi_async.bots.states import State
from greenapi_async.errors import InvalidArgumentError

__all__ = ["no_state", "state"]


def state(*states: State) -> Filter:
    """Match notifications whose conversation is in one of these states.

    Args:
        *states: One or more states.

    Raises:
        InvalidArgumentError: There is no argument, or one is not a state of a ``StateGroup``.

    Example:
        >>> @router.message(filters.state(Ordering.size))
    """
    if not states:
        raise InvalidArgumentError("state() expects at least one state, got none. Example: state(Ordering.size)")
    for one in cast("tuple[object, ...]", states):
        if not isinstance(one, State) or getattr(one, "group", None) is None:
            raise InvalidArgumentError(
                f"state() expects states of a StateGroup, got {one!r}. Example: state(Ordering.size)"
            )

    def test(event: Event) -> bool:
        return event.context is not None and event.context.current in states

    return Filter(test, f"state({', '.join(map(str, states))})", reads_state=True)


no_state: Final = Filter(
    lambda event: event.context is None or event.context.current is None, "no_state", reads_state=True
)
"""Match notifications whose conversation is in no state."""
