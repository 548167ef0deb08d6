"""Go through a JSON value and change what is neither an object nor an array."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

__all__ = ["changed", "leaves"]

Change = Callable[[str | None, Any], Any]
"""Given the name of the field that a value stands in, through arrays, and the value; a name itself has none."""


def changed(value: Any, change: Change, name: str | None = "") -> Any:
    """Give a value of the same shape, names of fields changed too."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {change(None, key): changed(part, change, key) for key, part in fields.items()}
    if isinstance(value, list):
        return [changed(item, change, name) for item in cast("Iterable[Any]", value)]
    return change(name, value)


def leaves(value: Any, name: str | None = "") -> Iterator[tuple[str | None, Any]]:
    """Give each value with the name of its field; a name itself has none."""
    if isinstance(value, dict):
        for key, part in cast("dict[str, Any]", value).items():
            yield None, key
            yield from leaves(part, key)
    elif isinstance(value, list):
        for item in cast("Iterable[Any]", value):
            yield from leaves(item, name)
    else:
        yield name, value
