"""Typing indicator that is renewed while a block runs."""

import logging
from collections.abc import Awaitable, Callable

import anyio

from greenapi_async._internal.concurrency import Background
from greenapi_async.errors import GreenAPIError

__all__ = ["Background", "typing_indicator"]

logger = logging.getLogger("greenapi_async")

SHOWN = 20.0
"""Seconds one indicator is shown: the server's maximum."""
RENEWED = 15.0
"""Seconds after which it is renewed."""


def typing_indicator(send: Callable[[int], Awaitable[None]]) -> Background:
    """Return a context manager that keeps sending the indicator; a failed one is logged.

    Args:
        send: Sends one indicator for so many milliseconds.
    """

    async def renew() -> None:
        while True:
            try:
                await send(int(SHOWN * 1000))
            except GreenAPIError as error:
                logger.info("Could not send the typing indicator: %s", error)
            await anyio.sleep(RENEWED)

    return Background(renew)
