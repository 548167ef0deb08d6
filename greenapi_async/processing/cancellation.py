"""Cancellation of handlers that may ignore it.

No event loop can kill a task, and anyio repeats a cancellation in each iteration of the event loop until the task has
left the cancelled scope. A handler that catches its cancellation and waits again makes that a busy loop. A handler is
therefore cancelled in bursts: the cancellation is delivered for some iterations, long enough for clean-up code that
waits in several places, and then held back for a second by a shield.
"""

from collections.abc import Callable

import anyio
import anyio.lowlevel

__all__ = ["CANCEL_GRACE", "cancel_in_bursts"]

CANCEL_GRACE = 5.0
"""Seconds for a cancelled handler to end before it is taken for one that ignores its cancellation."""
BURST = 50
"""Iterations of the event loop."""
PAUSE = 1.0
"""Seconds between two bursts."""


async def cancel_in_bursts(
    cancelled: anyio.CancelScope, shielded: anyio.CancelScope, ended: anyio.Event, give_up: Callable[[], bool]
) -> None:
    """Cancel work until it has ended.

    Args:
        cancelled: The scope to cancel.
        shielded: A scope inside it, around the work; it stays shielded if the work has not ended.
        ended: Set when the work has ended.
        give_up: Called after each burst, while the cancellation is effective; returns whether to stop.
    """
    cancelled.cancel()
    while True:
        shielded.shield = False
        for _ in range(BURST):
            if ended.is_set():
                return
            await anyio.lowlevel.checkpoint()
        if ended.is_set():
            return
        last = give_up()
        shielded.shield = True
        if last:
            return
        with anyio.move_on_after(PAUSE):
            await ended.wait()
