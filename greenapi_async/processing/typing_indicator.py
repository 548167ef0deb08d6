"""A typing notice that is renewed while a block lasts."""

import logging
from collections.abc import Awaitable, Callable

import anyio

from greenapi_async._concurrency import Background
from greenapi_async.errors import GreenAPIError

__all__ = ["typing_notice"]

logger = logging.getLogger("greenapi_async")

SHOWN = 20.0
"""Seconds that one notice is shown, the most there is."""
RENEWED = 15.0
"""Seconds after which it is renewed."""


def typing_notice(send: Callable[[int], Awaitable[None]]) -> Background:
    """Give a block beside which the notice is sent again and again; one that fails is no reason to stop."""

    async def renew() -> None:
        while True:
            try:
                await send(int(SHOWN * 1000))
            except GreenAPIError as error:
                logger.info("the typing notice was not sent: %s", error)
            await anyio.sleep(RENEWED)

    return Background(renew)
