"""Conversion between JSON and models, based on cattrs.

Parsing is tolerant: a field may have several names, a number may arrive as a string, "yes" and "no" are bools, an
unknown value of an enum stays a string, and ``raw`` keeps the original object. Values that cannot be converted raise
ValueError, TypeError or KeyError; callers turn these into ``DecodeError`` or ``MalformedNotification``.

Models are parsed by a precomputed list of fields per class instead of cattrs' generated code, because most values
already have the right type and need no hook call.
"""

import enum
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar, Union, cast, get_args, get_origin

import attrs
from cattrs import Converter

from greenapi_async.models.base import Model

__all__ = [
    "as_array",
    "camel_case",
    "ignore_body",
    "list_of",
    "object_of",
    "object_or_none",
    "structure",
    "structure_fields",
    "unstructure",
    "wire_names",
]

T = TypeVar("T")
M = TypeVar("M", bound=Model)

_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False}
_MILLISECONDS_FROM = 100_000_000_000
"""Larger timestamps are milliseconds: as seconds they would be after the year 5000."""
_PRIMITIVES = {str, int, float, bool, types.NoneType}
"""Values of exactly these types are accepted without calling the hook, if the field's type is the same."""


class _Field(NamedTuple):
    """Parser of one field of a model."""

    argument: str
    name: str
    required: bool
    accepted: frozenset[type]
    hook: Callable[[Any, Any], Any]
    type: Any


class _Plan(NamedTuple):
    """Parser of a model: pairs of a field's name and an alternative to it, and the fields."""

    aliases: list[tuple[str, str]]
    fields: list[_Field]


_PLANS: dict[type[Model], _Plan] = {}


def camel_case(name: str) -> str:
    """Convert snake_case to camelCase."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def wire_names(field: "attrs.Attribute[Any]") -> tuple[str, ...]:
    """Return the JSON names of a field; the first is used when writing."""
    names: tuple[str, ...] = field.metadata.get("wire", ())
    return names or (camel_case(field.name),)


def _structure_str(value: Any, _: object = None) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise _unexpected("a string", value)


def _structure_int(value: Any, _: object = None) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    raise _unexpected("an integer", value)


def _structure_float(value: Any, _: object = None) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _unexpected("a number", value)
    return float(value)


def _structure_bool(value: Any, _: object = None) -> bool:
    if isinstance(value, bool):
        return value
    found = _BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise _unexpected('a boolean, "yes" or "no"', value)
    return found


def _structure_datetime(value: Any, _: object = None) -> datetime:
    seconds = _structure_float(value)
    if abs(seconds) > _MILLISECONDS_FROM:
        seconds /= 1000
    return datetime.fromtimestamp(seconds, UTC)


def _structure_mapping(value: Any, _: object = None) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    raise _unexpected("an object", value)


def _unexpected(expected: str, value: Any) -> TypeError:
    return TypeError(f"expected {expected}, got {type(value).__name__}")


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list


def _list_hook_factory(converter: Converter) -> Callable[[Any], Callable[[Any, Any], list[Any]]]:
    def factory(kind: Any) -> Callable[[Any, Any], list[Any]]:
        (item,) = get_args(kind)

        def hook(value: Any, _: object) -> list[Any]:
            """Structure an array; a single value counts as an array of one."""
            values = cast("Iterable[Any]", value) if isinstance(value, list) else (value,) if value else ()
            return [converter.structure(each, item) for each in values]

        return hook

    return factory


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in {Union, types.UnionType}


def _open_enum(kind: Any) -> type[enum.StrEnum] | None:
    if not _is_union(kind):
        return None
    return next((part for part in get_args(kind) if isinstance(part, type) and issubclass(part, enum.StrEnum)), None)


def _open_enum_hook(kind: Any) -> Callable[[Any, Any], str | None]:
    members = _open_enum(kind)
    assert members is not None  # noqa: S101  guaranteed by the predicate of this factory

    def hook(value: Any, _: object) -> str | None:
        if value is None:
            return None
        try:
            return members(value)
        except ValueError:
            return _structure_str(value)

    return hook


def _model_hook(kind: type[M]) -> Callable[[Any, Any], M]:
    return lambda value, _: kind(raw=value, **structure_fields(kind, value))


def structure_fields(kind: type[Model], value: Any) -> dict[str, Any]:
    """Return the constructor arguments of a model, without its derived fields.

    Args:
        kind: Class of the model.
        value: The JSON object.
    """
    source = _structure_mapping(value)
    plan = _PLANS.get(kind) or _plan(kind)
    for name, alias in plan.aliases:
        if name not in source and alias in source:
            source = {**source, name: source[alias]}
    arguments: dict[str, Any] = {}
    for argument, name, required, accepted, hook, type_ in plan.fields:
        if name in source or required:
            found = source[name]
            arguments[argument] = found if type(found) in accepted else hook(found, type_)
    return arguments


def _plan(kind: type[Model]) -> _Plan:
    """Compute how a class is parsed. Required fields come last, so that invalid values are reported before missing."""
    plan = _Plan([], [])
    for field in sorted(attrs.fields(kind), key=_is_required):
        if field.init and "derived" not in field.metadata:
            name, *aliases = wire_names(field)
            plan.aliases.extend((name, alias) for alias in aliases)
            type_, accepted = _without_none(field.type)
            hook = _CONVERTER.get_structure_hook(type_)
            plan.fields.append(_Field(field.alias, name, _is_required(field), accepted, hook, type_))
    _PLANS[kind] = plan
    return plan


def _is_required(field: "attrs.Attribute[Any]") -> bool:
    return field.default is attrs.NOTHING


def _without_none(kind: Any) -> tuple[Any, frozenset[type]]:
    """Return ``str`` for ``str | None``, and the types of values that need no conversion."""
    parts = get_args(kind) if _is_union(kind) and _open_enum(kind) is None else ()
    others = [part for part in parts if part is not types.NoneType]
    if len(others) == 1:
        return others[0], frozenset({types.NoneType, *others} & _PRIMITIVES)
    return kind, frozenset({kind} & _PRIMITIVES)


def _converter() -> Converter:
    converter = Converter(detailed_validation=False)
    converter.register_structure_hook(str, _structure_str)
    converter.register_structure_hook(int, _structure_int)
    converter.register_structure_hook(float, _structure_float)
    converter.register_structure_hook(bool, _structure_bool)
    converter.register_structure_hook(datetime, _structure_datetime)
    converter.register_structure_hook_func(lambda kind: kind == Mapping[str, Any], _structure_mapping)
    converter.register_structure_hook_factory(_is_list, _list_hook_factory(converter))
    converter.register_structure_hook_factory(lambda kind: _open_enum(kind) is not None, _open_enum_hook)
    converter.register_structure_hook_factory(
        lambda kind: isinstance(kind, type) and issubclass(kind, Model), _model_hook
    )
    return converter


_CONVERTER = _converter()


def structure(kind: type[T], value: Any) -> T:
    """Convert a JSON value to a model.

    Args:
        kind: Class of the model.
        value: The JSON value.

    Raises:
        ValueError: A value is not convertible.
        TypeError: A value has the wrong type.
        KeyError: A required field is missing.
    """
    return _CONVERTER.structure(value, kind)


def object_of(kind: type[T]) -> Callable[[Any], T]:
    """Return a decoder for an answer that is one object."""
    return lambda value: _CONVERTER.structure(value, kind)


def object_or_none(kind: type[T]) -> Callable[[Any], T | None]:
    """Return a decoder for an answer that is one object or null."""
    return lambda value: None if value is None else _CONVERTER.structure(value, kind)


def list_of(kind: type[T]) -> Callable[[Any], list[T]]:
    """Return a decoder for an answer that is an array of objects."""
    return lambda value: [_CONVERTER.structure(item, kind) for item in as_array(value)]


def ignore_body(_: Any) -> None:
    """Ignore an answer without meaning (quirk 14)."""


def as_array(value: Any) -> Iterable[Any]:
    """Return a JSON array.

    Raises:
        TypeError: The value is not an array.
    """
    if isinstance(value, list):
        return cast("Iterable[Any]", value)
    raise _unexpected("an array", value)


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
