"""Wait for the answer of a long poll."""

from typing import Any

import anyio

from greenapi_async.sandbox.api.methods import Waiting

SHORTEST = 0.001


async def wait_for(waiting: Waiting) -> Any:
    """Look whenever the instance changed or something in it is due; None when the time is over."""
    instance = waiting.instance
    deadline = anyio.current_time() + waiting.seconds
    while True:
        changed = anyio.Event()
        with instance.changes.listening(changed.set):
            found = waiting.look()
            now = anyio.current_time()
            if found is not None or now >= deadline:
                return found
            event_at = instance.next_event_at()
            until = deadline if event_at is None else now + max(event_at - instance.clock(), SHORTEST)
            with anyio.CancelScope(deadline=min(until, deadline)):
                await changed.wait()
