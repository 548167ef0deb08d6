"""Words: a message that is exactly one of some words, or that a function accepts, as ``cancel=`` takes them."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from greenapi_async._internal.checks import must_be_awaited
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.bound import Cancel

__all__ = ["call_sync", "check_sync", "matcher"]


def matcher(name: str, given: Cancel | None) -> Callable[[Any], bool]:
    """Return a function that tells whether a message is one of some words, in upper or lower case.

    Args:
        name: Name of the argument, for the error message.
        given: One or several words, or the function itself; None matches nothing.

    Raises:
        InvalidArgumentError: A word is empty or not a string, or the function is async.
    """
    if callable(given):
        function = check_sync(name, given)
        return lambda notification: bool(call_sync(name, function, notification))
    words: list[Any] = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    words = [] if given is None else words
    if any(not isinstance(word, str) or not word.strip() for word in words):
        raise InvalidArgumentError(f"{name} is {given!r}; expected words, or a function of the message")
    folded = {word.strip().casefold() for word in words}
    return lambda notification: (notification.text or "").strip().casefold() in folded


def check_sync(name: str, function: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return a function of a message if it is not async.

    Args:
        name: Name of the argument, for the error message.
        function: The function.

    Raises:
        InvalidArgumentError: It is async.
    """
    if inspect.iscoroutinefunction(function):
        raise _async_function(name, function)
    return function


def call_sync(name: str, function: Callable[[Any], object], message: Any) -> object:
    """Return what a function of a message returns, which must not be an awaitable: that would count as true.

    Args:
        name: Name of the argument, for the error message.
        function: The function.
        message: The message.

    Raises:
        InvalidArgumentError: It is one, as from a lambda that calls an async function.
    """
    result = function(message)
    if must_be_awaited(result):
        raise _async_function(name, function)
    return result


def _async_function(name: str, function: object) -> InvalidArgumentError:
    return InvalidArgumentError(f"{name} is {function!r}; expected a function that is not async")
