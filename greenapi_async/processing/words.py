"""Words: a message that is exactly one of some words, as ``cancel=`` of a conversation and others take it."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.bound import Cancel

__all__ = ["matcher"]


def matcher(name: str, given: Cancel | None) -> Callable[[Any], bool]:
    """Return a function that tells whether a message is one of some words, in upper or lower case.

    Args:
        name: Name of the argument, for the error message.
        given: One or several words, or the function itself; None matches nothing.

    Raises:
        InvalidArgumentError: A word is empty or not a string, or the function is async.
    """
    if callable(given):
        if inspect.iscoroutinefunction(given):
            raise InvalidArgumentError(f"{name} is {given!r}; expected a function that is not async")
        return given
    words: list[Any] = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    words = [] if given is None else words
    if any(not isinstance(word, str) or not word.strip() for word in words):
        raise InvalidArgumentError(f"{name} is {given!r}; expected words, or a function of the message")
    folded = {word.strip().casefold() for word in words}
    return lambda notification: (notification.text or "").strip().casefold() in folded
