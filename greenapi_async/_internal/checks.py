"""Checks of arguments that several parts of the package make."""

import inspect
import math

__all__ = ["is_positive", "must_be_awaited"]


def is_positive(value: object, most: float = math.inf) -> bool:
    """Return whether a value is a number above 0, and not a bool.

    Args:
        value: The value.
        most: Greatest number.
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= most


def must_be_awaited(value: object) -> bool:
    """Return whether what a function has returned must be awaited, though the function is not async.

    A coroutine is closed, because nobody will await it.

    Args:
        value: What it has returned.
    """
    if inspect.iscoroutine(value):
        value.close()
    return inspect.isawaitable(value)
