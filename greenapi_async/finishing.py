"""Work that is finished although its task is cancelled, within a bound.

anyio's shield keeps anyio's own cancellation out. On asyncio there is another kind, ``task.cancel()``, which is also
what ``asyncio.timeout``, ``asyncio.TaskGroup`` and Ctrl-C do; against that the work runs in a task of its own, which
the cancelled one waits for before it lets the cancellation go on.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import anyio
import sniffio

__all__ = ["finish"]

T = TypeVar("T")


async def finish(work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
    """Run it to its end, through any cancellation; raises TimeoutError after so many seconds."""
    with anyio.CancelScope(shield=True):
        if sniffio.current_async_library() == "asyncio":
            return await _in_own_task(work(), seconds)
        with anyio.fail_after(seconds):
            return await work()
    raise AssertionError  # nothing cancels the shield itself


async def _in_own_task(work: Coroutine[Any, Any, T], seconds: float) -> T:
    task = asyncio.ensure_future(work)
    until = anyio.current_time() + seconds
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        left = until - anyio.current_time()
        if left <= 0:
            task.cancel()
        try:
            await asyncio.wait({task}, timeout=max(left, 0.1))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not complain that nobody did
        raise cancelled
    if task.cancelled():
        raise TimeoutError
    return task.result()
