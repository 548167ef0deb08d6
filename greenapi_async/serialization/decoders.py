"""Decoders of answers. They import the converter, and the class of the answer, when the first answer is decoded."""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeGuard, TypeVar, cast

__all__ = ["as_array", "ignore_body", "is_object", "list_of", "object_of", "object_or_none", "rows_of"]

T = TypeVar("T")

_OBJECT = (dict, Mapping)
"""Types of a JSON object. ``dict`` comes first because it is the common case and fast to check."""


def object_of(kind: Callable[[], type[T]]) -> Callable[[Any], T]:
    """Return a decoder for an answer that is one object.

    Args:
        kind: Returns the class of the answer.
    """

    def decode(value: Any) -> T:
        answer: T = _structure()(kind(), value)
        return answer

    return decode


@functools.cache
def _structure() -> Callable[[type[Any], Any], Any]:
    from greenapi_async.serialization.converter import structure  # noqa: PLC0415  keeps the client's import cheap

    return structure


def object_or_none(kind: Callable[[], type[T]]) -> Callable[[Any], T | None]:
    """Return a decoder for an answer that is one object or null."""
    decode = object_of(kind)
    return lambda value: None if value is None else decode(value)


def list_of(kind: Callable[[], type[T]]) -> Callable[[Any], list[T]]:
    """Return a decoder for an answer that is an array of objects."""
    return rows_of(object_of(kind))


def rows_of(row: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    """Return a decoder for an answer that is an array of objects.

    Args:
        row: Decoder of one object. An item that is no object is decoded like an empty object, so that it does not hide
            the others and is not overlooked.

    Raises:
        TypeError: The answer is not an array, or has items of which none is an object.
    """

    def decode(value: Any) -> list[T]:
        items = [*as_array(value)]
        if items and not any(map(is_object, items)):
            raise TypeError(f"expected objects, got {type(items[0]).__name__}")
        return [row(item if is_object(item) else {}) for item in items]

    return decode


def ignore_body(_: Any) -> None:
    """Ignore an answer without meaning (quirk 14)."""


def is_object(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Return whether a JSON value is an object."""
    return isinstance(value, _OBJECT)


def as_array(value: Any) -> Iterable[Any]:
    """Return a JSON array.

    Raises:
        TypeError: The value is not an array.
    """
    if isinstance(value, list):
        return cast("Iterable[Any]", value)
    raise TypeError(f"expected an array, got {type(value).__name__}")
