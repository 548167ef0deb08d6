"""Filter by a predicate of the user's."""

from collections.abc import Callable
from typing import Any

from greenapi_async.bots.filters.filter import Filter
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.processing.options import is_async

__all__ = ["where"]


def where(predicate: Callable[[Any], object]) -> Filter:
    """Match notifications for which a predicate returns a true value.

    Args:
        predicate: A synchronous function of one notification.

    Raises:
        InvalidArgumentError: ``predicate`` is not a synchronous function.

    Example:
        >>> filters.where(lambda notification: notification.sender_name == "Anna")
    """
    if isinstance(predicate, type) or is_async(predicate) or not callable(predicate):
        raise InvalidArgumentError(f"where() expects a synchronous function of one notification, got {predicate!r}")
    name: str = getattr(predicate, "__name__", repr(predicate))
    return Filter(lambda event: bool(predicate(event.notification)), f"where({name})")
