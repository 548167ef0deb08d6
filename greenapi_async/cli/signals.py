"""Ctrl-C and SIGTERM, for work that should end in its own time."""

import signal
import sys
from collections.abc import Awaitable, Callable

import anyio

from greenapi_async.errors import GreenAPIError

__all__ = ["until_signal"]


async def until_signal(work: Callable[[], Awaitable[None]], stop: Callable[[], bool]) -> None:
    """Run work; at a signal call ``stop``, and cancel the work where that gives False: there is nothing to wait for."""
    if sys.platform == "win32":  # Ctrl-C is a KeyboardInterrupt there
        await work()
        return
    failure: GreenAPIError | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_heed, stop, tasks.cancel_scope)
        try:
            await work()
        except GreenAPIError as error:
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _heed(stop: Callable[[], bool], work: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            if not stop():
                work.cancel()
