"""Changes of one leaf of a JSON value, and the attributes in which two models differ."""

import copy
import enum
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard, Union, cast, get_args, get_origin

import attrs

from greenapi_async import Message
from greenapi_async.models.base import Model


def _deep(levels: int) -> Any:
    return {"a": [_deep(levels - 1)]} if levels else "bottom"


INVALID: tuple[Any, ...] = (
    "",
    None,
    {},
    [],
    {"a": 1},
    ["word", {}],
    "word",
    "1e400",
    10**400,
    1e308,
    -1,
    True,
    _deep(100),
)

Path = tuple[str | int, ...]
_HINTS: dict[type[Model], dict[str, Any]] = {}


def is_array(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def mutations(value: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the path of each leaf, what replaces it, and the value with the replacement."""
    for path, leaf in leaves(value):
        for new in (*INVALID, [leaf], {"value": leaf}):
            if new != leaf:
                yield path, new, replaced(value, path, new)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the path and the value of everything that is neither an object nor an array."""
    if isinstance(value, dict):
        for name, part in cast("dict[str, Any]", value).items():
            yield from leaves(part, (*path, name))
    elif is_array(value):
        for index, part in enumerate(value):
            yield from leaves(part, (*path, index))
    else:
        yield path, value


def replaced(value: Any, path: Path, new: Any) -> Any:
    """Return a JSON value in which the part at the path is another."""
    changed = copy.copy(value)
    if len(path) > 1:
        changed[path[0]] = replaced(value[path[0]], path[1:], new)
    elif path:
        changed[path[0]] = new
    return changed if path else new


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Return the paths of the attributes that differ; an array is one attribute unless its items are models."""
    if isinstance(one, Model) and type(one) is type(other):
        found: list[str] = []
        for field in attrs.fields(type(one)):
            if field.eq:
                found += differences(getattr(one, field.name), getattr(other, field.name), f"{path}.{field.name}")
        return found
    if is_array(one) and is_array(other) and len(one) == len(other) and one and _are_models(one):
        pairs = zip(one, other, strict=True)
        return [found for part, counterpart in pairs for found in differences(part, counterpart, f"{path}[]")]
    return [] if type(one) is type(other) and one == other else [path]


def _are_models(values: list[Any]) -> bool:
    return all(isinstance(value, Model) for value in values)


def wrong_types(model: Model, path: str = "") -> list[str]:
    """Return the paths of the attributes whose value does not have the annotated type."""
    hints = _hints(type(model))
    wrong: list[str] = []
    for field in attrs.fields(type(model)):
        value = getattr(model, field.name)
        if field.name != "raw" and not conforms(value, hints[field.name]):
            wrong.append(f"{path}.{field.name}")
        for part in value if is_array(value) else [value]:
            if isinstance(part, Model):
                wrong += wrong_types(part, f"{path}.{field.name}")
    return wrong


def _hints(kind: type[Model]) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = typing.get_type_hints(kind, localns={"Message": Message})
    return _HINTS[kind]


def conforms(value: Any, kind: Any) -> bool:
    """Return whether a value has a type; of generic types only ``list`` and ``Mapping`` are understood."""
    if kind is None or kind is types.NoneType:
        return value is None
    if get_origin(kind) in {Union, types.UnionType}:
        return any(conforms(value, part) for part in get_args(kind))
    if get_origin(kind) is list:
        (item,) = get_args(kind)
        return is_array(value) and all(conforms(part, item) for part in value)
    if get_origin(kind) is not None:
        return isinstance(value, Mapping)
    if kind is float:
        return type(value) is float
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return isinstance(value, kind)
    return kind is Any or (isinstance(value, kind) and (kind is bool or type(value) is not bool))
