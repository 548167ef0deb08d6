"""Conversion of arguments to JSON, and the JSON names of fields. It needs no converter, so it is imported fast."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import attrs

__all__ = ["camel_case", "unstructure", "wire_names"]


def camel_case(name: str) -> str:
    """Convert snake_case to camelCase."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def wire_names(field: "attrs.Attribute[Any]") -> tuple[str, ...]:
    """Return the JSON names of a field; the first is used when writing."""
    names: tuple[str, ...] = field.metadata.get("json_names", ())
    return names or (camel_case(field.name),)


def unstructure(value: Any) -> Any:
    """Convert an argument to JSON: a model to an object without fields that are None, a sequence to an array."""
    kind = value.__class__
    if attrs.has(kind):
        fields = [field for field in attrs.fields(kind) if "derived" not in field.metadata]
        written = {wire_names(field)[0]: unstructure(getattr(value, field.name)) for field in fields}
        return {name: part for name, part in written.items() if part is not None}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [unstructure(item) for item in cast("Iterable[Any]", value)]
    return value
