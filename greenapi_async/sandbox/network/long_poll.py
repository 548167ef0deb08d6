"""Waiting for the result of a long poll."""

from typing import Any, Final

import anyio

from greenapi_async.sandbox.api.methods import LongPoll

__all__ = ["wait_for"]

SHORTEST_WAIT: Final = 0.001


async def wait_for(poll: LongPoll) -> Any:
    """Return the result of a long poll, or None after its timeout.

    The result is looked up whenever the instance changes and whenever an event in it is due.

    Args:
        poll: The long poll.
    """
    timeline = poll.instance.timeline
    deadline = anyio.current_time() + poll.seconds
    while True:
        changed = anyio.Event()
        with timeline.changes.listening(changed.set):
            found = poll.look()
            now = anyio.current_time()
            if found is not None or now >= deadline:
                return found
            event_at = timeline.next_event_at()
            until = deadline if event_at is None else now + max(event_at - timeline.clock(), SHORTEST_WAIT)
            with anyio.CancelScope(deadline=min(until, deadline)):
                await changed.wait()
