"""What runs when a bot starts and stops."""

from collections.abc import Mapping, Sequence
from typing import Any

from greenapi_async.bots.registry import Declared
from greenapi_async.bots.signatures import Function, async_function, takes
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.bound import BoundClient

__all__ = ["hook", "started", "stopped"]


def hook(call: Any, names: Mapping[str, Any]) -> Function:
    """Check a hook: it takes nothing, or the clients."""
    function = async_function(call, "a hook", names)
    if not takes(call) and not takes(call, None):
        raise InvalidArgumentError(f"{function} is a hook; it takes nothing, or one thing, the list of clients")
    return function


async def started(declared: Declared, clients: Sequence[BoundClient]) -> None:
    """Run what is declared for the start, in the order written; the first that fails ends it."""
    for one in declared.family():
        for function in one.starts:
            await _run(function, clients)


async def stopped(declared: Declared, clients: Sequence[BoundClient]) -> None:
    """Run what is declared for the stop, the last first; what fails is raised when all have run."""
    functions = [function for one in declared.family() for function in one.stops]
    failures: list[Exception] = []
    for function in reversed(functions):
        try:
            await _run(function, clients)
        except Exception as error:  # noqa: BLE001  raised below
            failures.append(error)
    if len(failures) == 1:
        raise failures[0]
    if failures:
        raise ExceptionGroup("several hooks failed", failures)


async def _run(function: Function, clients: Sequence[BoundClient]) -> None:
    await (function.call() if takes(function.call) else function.call(clients))
