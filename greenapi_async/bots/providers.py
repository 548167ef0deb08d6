"""Providers: the application's factories for dependency injection.

A provider is called once per handler run. It returns the dependency itself, an awaitable, or a context manager that is
exited when the handler has finished. A context manager that already is of the requested type is the dependency itself
and is not entered, so that ``provide={Pool: lambda: pool}`` does not close the pool after the first handler.
"""

import inspect
from collections.abc import Callable, Mapping
from contextlib import AsyncContextDecorator, AsyncExitStack, ContextDecorator
from typing import Annotated, Any, cast, get_origin

from greenapi_async.bots.signatures import Function
from greenapi_async.errors import InvalidArgumentError

__all__ = ["Provide", "acquire", "check_providers"]

Provide = Mapping[Any, Callable[..., object]]
"""Providers by the type that they provide."""


def check_providers(provide: Provide | None, names: Mapping[str, Any]) -> dict[Any, Function]:
    """Read the signatures of providers.

    Args:
        provide: The providers; None means none.
        names: Local names of the scope in which they are registered.

    Raises:
        InvalidArgumentError: A key is not a type, or a provider cannot be called or is a plain generator function.
    """
    functions: dict[Any, Function] = {}
    for kind, factory in (provide or {}).items():
        if kind is None or isinstance(kind, str):
            raise InvalidArgumentError(
                f"provide= expects types as keys, got {kind!r}. Example: provide={{Database: open_database}}"
            )
        if not callable(factory):
            raise InvalidArgumentError(
                f"provide= expects functions, got {factory!r} for {kind!r}. "
                "Example: provide={Database: lambda: database}"
            )
        if inspect.isgeneratorfunction(factory) or inspect.isasyncgenfunction(factory):
            decorator = "asynccontextmanager" if inspect.isasyncgenfunction(factory) else "contextmanager"
            function = Function.inspect(factory, names)
            raise InvalidArgumentError(f"The provider {function} is a generator function. Decorate it with {decorator}")
        functions[kind] = Function.inspect(factory, names)
    return functions


async def acquire(stack: AsyncExitStack, kind: Any, value: Any) -> Any:
    """Turn what a provider returned into the dependency: await it, enter it, or use it unchanged.

    Args:
        stack: Exits the context managers.
        kind: The type that is provided.
        value: What the provider returned.
    """
    while not _is_instance(value, kind):
        returned: Any = type(cast("object", value))
        if hasattr(returned, "__aenter__"):
            return await stack.enter_async_context(value)
        if hasattr(returned, "__enter__"):
            return stack.enter_context(value)
        if not inspect.isawaitable(value):
            break
        value = await value
    return value


def _is_instance(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Annotated:
        kind = kind.__origin__
    try:
        return isinstance(value, get_origin(kind) or kind)
    except TypeError:  # a type without instance checks, such as a protocol
        return not (inspect.isawaitable(value) or isinstance(value, AsyncContextDecorator | ContextDecorator))
