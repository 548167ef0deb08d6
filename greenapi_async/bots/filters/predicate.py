"""A filter of one's own."""

from collections.abc import Callable
from typing import Any

from greenapi_async.bots.filters.filter import Filter
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.processing.options import is_async

__all__ = ["where"]


def where(predicate: Callable[[Any], object]) -> Filter:
    """Match the notifications of which a plain function says something true."""
    if isinstance(predicate, type) or is_async(predicate) or not callable(predicate):
        raise InvalidArgumentError(f"where() is given {predicate!r}; a plain function of a notification is needed")
    name: str = getattr(predicate, "__name__", repr(predicate))
    return Filter(lambda event: bool(predicate(event.notification)), f"where({name})")
