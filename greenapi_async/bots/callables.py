"""Callables: whether a function of the user's is async, and how one that is not is called.

What is used as a handler may be a function, a method, a ``functools.partial``, a callable object, a lambda or a
decorated function. It is async if the function beneath all this is. Everything else runs in a worker thread, so that
it may block; if it returns an awaitable, as a lambda does, that is awaited in the event loop.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from types import MethodType
from typing import Any, cast

import anyio.to_thread

__all__ = ["is_async_callable", "run_in_thread", "unwrap"]


def is_async_callable(call: object) -> bool:
    """Return whether a function, or what it wraps, is async."""
    return any(inspect.iscoroutinefunction(layer) for layer in _layers(call))


def unwrap(call: Any) -> Any:
    """Return the function or class beneath partials, methods, wrappers and callable objects."""
    for layer in _layers(call):
        call = layer
    return call


def run_in_thread(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return an async function that calls a sync one in a worker thread, and awaits what it returns if it can.

    A thread cannot be cancelled: a cancelled call waits until the function has returned.
    """

    async def call(*arguments: Any, **keywords: Any) -> Any:
        def run() -> list[Any]:
            return [function(*arguments, **keywords)]  # in a list: trio rejects a coroutine as the result of a thread

        [result] = await anyio.to_thread.run_sync(run)
        return await result if inspect.isawaitable(result) else result

    return call


def _layers(call: Any) -> Iterator[Any]:
    yield call
    while not isinstance(call, type) and not (hasattr(call, "__code__") and not hasattr(call, "__wrapped__")):
        kind: Any = type(cast("object", call))
        if hasattr(call, "__wrapped__"):
            call = call.__wrapped__
        elif isinstance(call, functools.partial):
            call = cast("Any", call).func
        elif isinstance(call, MethodType):
            call = call.__func__
        elif hasattr(getattr(kind, "__call__", None), "__code__"):  # noqa: B004  __code__ matters here, not whether it is callable
            call = kind.__call__
        else:
            break
        yield call
