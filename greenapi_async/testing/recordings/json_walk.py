"""Traversal of JSON values."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

__all__ = ["iter_leaves", "map_leaves"]

Change = Callable[[str | None, Any], Any]
"""Maps a leaf. Arguments: the name of the field that contains it, also through arrays, and the leaf. For the name of a
field, which is a leaf too, the first argument is None."""


def map_leaves(value: Any, change: Change, name: str | None = "") -> Any:
    """Return a value of the same shape with its leaves and the names of its fields mapped.

    Args:
        value: The JSON value.
        change: Maps a leaf.
        name: Name of the field that contains the value.
    """
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {change(None, key): map_leaves(part, change, key) for key, part in fields.items()}
    if isinstance(value, list):
        return [map_leaves(item, change, name) for item in cast("Iterable[Any]", value)]
    return change(name, value)


def iter_leaves(value: Any, name: str | None = "") -> Iterator[tuple[str | None, Any]]:
    """Yield each leaf with the name of its field, and each name of a field with None.

    Args:
        value: The JSON value.
        name: Name of the field that contains the value.
    """
    if isinstance(value, dict):
        for key, part in cast("dict[str, Any]", value).items():
            yield None, key
            yield from iter_leaves(part, key)
    elif isinstance(value, list):
        for item in cast("Iterable[Any]", value):
            yield from iter_leaves(item, name)
    else:
        yield name, value
