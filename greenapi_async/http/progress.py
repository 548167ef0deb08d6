"""Calls of the progress callbacks of uploads and downloads."""

import inspect

from greenapi_async.models.files import Progress

__all__ = ["report"]


async def report(progress: Progress, done: int, total: int | None) -> None:
    """Call a progress callback, and await its result if it is asynchronous.

    Args:
        progress: The callback.
        done: Bytes transferred.
        total: All bytes; None if unknown.
    """
    result = progress(done, total)
    if inspect.isawaitable(result):
        await result
