"""What an application provides, made anew for each run of a handler.

A factory gives the value itself, something to await, or a context manager that gives the value and is left when the
handler has ended. A value is known by its type: a context manager that already is what was asked for is not entered,
so that ``provide={Pool: lambda: pool}`` does not close the pool after the first handler.
"""

import inspect
from collections.abc import Callable, Mapping
from contextlib import AsyncContextDecorator, AsyncExitStack, ContextDecorator
from typing import Annotated, Any, cast, get_origin

from greenapi_async.bots.signatures import Function
from greenapi_async.errors import InvalidArgumentError

__all__ = ["Provide", "provided", "settle"]

Provide = Mapping[Any, Callable[..., object]]
"""Types, and the functions that make them."""


def provided(provide: Provide | None, names: Mapping[str, Any]) -> dict[Any, Function]:
    """Check what is provided."""
    functions: dict[Any, Function] = {}
    for kind, factory in (provide or {}).items():
        if kind is None or isinstance(kind, str):
            raise InvalidArgumentError(f"provide has {kind!r}; a type is needed, as in provide={{Database: make_db}}")
        if not callable(factory):
            words = f"provide has {factory!r} for {kind!r}; a function that makes it is needed, as in lambda: it"
            raise InvalidArgumentError(words)
        if inspect.isgeneratorfunction(factory) or inspect.isasyncgenfunction(factory):
            way = "asynccontextmanager" if inspect.isasyncgenfunction(factory) else "contextmanager"
            raise InvalidArgumentError(f"{Function.declared(factory, names)} is a generator; decorate it with {way}")
        functions[kind] = Function.declared(factory, names)
    return functions


async def settle(stack: AsyncExitStack, kind: Any, value: Any) -> Any:
    """Make a value of what a factory gave: await it, enter it, or take it as it is."""
    while not _is_one(value, kind):
        made: Any = type(cast("object", value))
        if hasattr(made, "__aenter__"):
            return await stack.enter_async_context(value)
        if hasattr(made, "__enter__"):
            return stack.enter_context(value)
        if not inspect.isawaitable(value):
            break
        value = await value
    return value


def _is_one(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Annotated:
        kind = kind.__origin__
    try:
        return isinstance(value, get_origin(kind) or kind)
    except TypeError:  # a kind that cannot be asked about, such as a protocol
        return not (inspect.isawaitable(value) or isinstance(value, AsyncContextDecorator | ContextDecorator))
