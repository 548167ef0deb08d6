"""Work that is finished although its task is cancelled, within a bound.

anyio's shield keeps anyio's own cancellation out. On asyncio there is another kind, ``task.cancel()``, which is also
what ``asyncio.timeout``, ``asyncio.TaskGroup`` and Ctrl-C do. When that strikes, the work is begun again in a task of
its own, which the cancelled one waits for before it lets the cancellation go on.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import anyio

__all__ = ["finish"]

T = TypeVar("T")


async def finish(work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
    """Run work that may be repeated to its end, through any cancellation; raises TimeoutError after so many seconds."""
    with anyio.CancelScope(deadline=anyio.current_time() + seconds, shield=True) as scope:
        try:
            return await work()
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and not scope.cancel_called:
                await _in_own_task(work, scope.deadline)
            raise
    raise TimeoutError


async def _in_own_task(work: Callable[[], Coroutine[Any, Any, object]], until: float) -> None:
    task = asyncio.ensure_future(work())
    while not task.done():
        left = until - anyio.current_time()
        if left <= 0:
            task.cancel()
        try:
            await asyncio.wait({task}, timeout=max(left, 0.1))
        except asyncio.CancelledError:
            continue  # once was enough: the one that struck first goes on when the work is done
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not complain that nobody did
