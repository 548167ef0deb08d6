"""Watchdog: reports handlers that take long."""

import logging
from collections.abc import Collection

import anyio

from greenapi_async.processing.item import Item

__all__ = ["report_long_handlers"]

logger = logging.getLogger("greenapi_async")

LONG = 60.0
"""Seconds after which the log says that a handler is still running."""
TOLERANCE = 0.01
"""Seconds by which a timer may be early."""


async def report_long_handlers(running: Collection[Item]) -> None:
    """Log each handler that runs for a minute, without waits for a person or a status; never returns.

    Args:
        running: The items whose handlers are running; it changes meanwhile.
    """
    while True:
        now = anyio.current_time()
        wait = LONG
        for item in tuple(running):
            if item.suspensions or item.reported:
                continue
            spent = item.time_spent(now)
            if spent < LONG - TOLERANCE:
                wait = min(wait, LONG - spent)
                continue
            item.reported = True
            logger.warning(
                "A handler has been running for %.0f s (instance %d, chat %s, entry %d)",
                spent,
                item.id_instance,
                item.chat_id,
                item.id,
                extra=item.log_fields,
            )
        await anyio.sleep(wait)
