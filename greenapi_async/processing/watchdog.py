"""Watchdog: reports handlers that take long, and stops the cancellation of those that ignore it."""

import logging
from collections.abc import Callable, Collection

import anyio

from greenapi_async.processing.item import Item

__all__ = ["Watchdog"]

logger = logging.getLogger("greenapi_async")

LONG = 60.0
"""Seconds after which the log says that a handler is still running."""
IGNORED_AFTER = 5.0
"""Seconds after ``handler_timeout`` in which a cancelled handler should have ended."""
TOLERANCE = 0.01
"""Seconds by which a timer may be early."""


class Watchdog:
    """Inspects the running handlers of a run."""

    def __init__(self, running: Collection[Item], limit: float | None, on_ignored: Callable[[Item], None]) -> None:
        """Create a watchdog.

        Args:
            running: The items whose handlers are running; it changes meanwhile.
            limit: ``handler_timeout``.
            on_ignored: Called with an item whose handler ignored its cancellation.
        """
        self._running = running
        self._limit = limit
        self._on_ignored = on_ignored

    async def run(self) -> None:
        """Inspect the handlers until cancelled."""
        while True:
            now = anyio.current_time()
            wait = LONG if self._limit is None else IGNORED_AFTER
            for item in tuple(self._running):
                if not item.suspensions:
                    wait = min(wait, self._inspect(item, now))
            await anyio.sleep(wait)

    def _inspect(self, item: Item, now: float) -> float:
        """Return the seconds until the handler of an item is to be inspected again."""
        spent = item.time_spent(now)
        if not item.reported and spent >= LONG - TOLERANCE:
            item.reported = True
            logger.warning(
                "A handler has been running for %d s (instance %d, chat %s, entry %d)",
                spent,
                item.id_instance,
                item.notification.chat_id if item.notification is not None else None,
                item.id,
            )
        if (
            self._limit is not None
            and item.timeout is not None
            and item.timeout.cancel_called
            and item.body is not None
            and not item.body.shield
            and spent >= self._limit + IGNORED_AFTER - TOLERANCE
        ):
            item.body.shield = True  # or anyio repeats the cancellation in each iteration of the event loop
            self._on_ignored(item)
            logger.error(
                "A handler ignores its cancellation after handler_timeout=%g s; its chat waits until it returns "
                "(instance %d, chat %s, entry %d)",
                self._limit,
                item.id_instance,
                item.notification.chat_id if item.notification is not None else None,
                item.id,
            )
        return LONG if item.reported else LONG - spent
