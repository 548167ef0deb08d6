"""Conversion between JSON and models, based on cattrs.

Parsing is tolerant: a field may have several names, numbers and times have many forms, "yes" and "no" are bools, an
unknown value of an enum stays a string, and ``raw`` keeps the original object. It is done field by field: a value that
cannot be converted gives its attribute the default, usually None, and changes nothing else; in an array it is left out.
Only a value that is not an object raises TypeError, and ValueError an object that has no field of a model that must
have some; callers turn these into ``DecodeError``.

Models are parsed by a precomputed list of fields per class instead of cattrs' generated code, because most values
already have the right type and need no hook call. They are created by setting their slots: attrs' constructors of
frozen classes take three times as long, and models have neither validators nor converters.
"""

import enum
import math
import types
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar, Union, cast, get_args, get_origin

import attrs
from cattrs import Converter

from greenapi_async.serialization.encoding import wire_names

__all__ = [
    "CONVERSION_ERRORS",
    "create",
    "structure",
]

T = TypeVar("T")

_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False}
_MILLISECONDS_FROM = 100_000_000_000
"""Larger timestamps are milliseconds: as seconds they would be after the year 5000."""
_PRIMITIVES = {str, int, bool}
"""Values of exactly these types are accepted without calling the hook, if the field's type is the same."""
_Factory: Any = attrs.Factory
_RAW: Any = object()
"""Stands for the default of ``raw``: the object that the model is created from."""
_EMPTY: dict[Any, Callable[[], Any]] = {str: str, int: int, list: list}
"""Values of mandatory fields that are missing."""
_OBJECT = (dict, Mapping)
"""Types of a JSON object. ``dict`` comes first because it is the common case and fast to check."""

CONVERSION_ERRORS = (ValueError, TypeError, OverflowError, OSError)
"""Raised for values that cannot be converted."""


class _Field(NamedTuple):
    """Parser of one field of a model: the setter of its slot, its JSON name, and how values are converted."""

    set: Callable[[Any, Any], None]
    name: str
    accepted: frozenset[type]
    hook: Callable[[Any, Any], Any]
    type: Any
    default: Any


class _Plan(NamedTuple):
    """Parser of a model: its fields, those with several names, those that must have a value, the derived ones."""

    fields: list[_Field]
    aliased: list[tuple[str, tuple[str, ...], _Field]]
    mandatory: list[tuple[str, Any]]
    derived: list[tuple[Callable[[Any, Any], None], Any]]
    names: set[str]
    """JSON names of all fields."""


_PLANS: dict[type[Any], _Plan] = {}


def _structure_str(value: Any, _: object = None) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise _unexpected("a string", value)


def _structure_int(value: Any, _: object = None) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            value = float(value)
    elif isinstance(value, _OBJECT):
        return _long(cast("Mapping[str, Any]", value))
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise _unexpected("an integer", value)


def _long(value: Mapping[str, Any]) -> int:
    """Return a 64-bit number given by its halves, ``{low, high, unsigned}``."""
    low, high = value.get("low"), value.get("high")
    if type(low) is int and type(high) is int:
        return (high << 32) | (low & 0xFFFFFFFF)
    raise _unexpected("low and high", value)


def _structure_float(value: Any, _: object = None) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _unexpected("a number", value)
    number = float(value)
    if not math.isfinite(number):
        raise _unexpected("a finite number", value)
    return number


def _structure_bool(value: Any, _: object = None) -> bool:
    if isinstance(value, bool):
        return value
    found = _BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise _unexpected('a boolean, "yes" or "no"', value)
    return found


def _structure_datetime(value: Any, _: object = None) -> datetime:
    seconds: float
    if type(value) is int:  # the common case
        seconds = value
    elif isinstance(value, _OBJECT):
        seconds = _long(cast("Mapping[str, Any]", value))
    else:
        try:
            seconds = _structure_float(value)
        except ValueError:  # no number
            moment = datetime.fromisoformat(value.strip())
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if abs(seconds) > _MILLISECONDS_FROM:
        seconds /= 1000
    return datetime.fromtimestamp(seconds, UTC)


def _structure_mapping(value: Any, _: object = None) -> Mapping[str, Any]:
    if isinstance(value, _OBJECT):
        return cast("Mapping[str, Any]", value)
    raise _unexpected("an object", value)


def _unexpected(expected: str, value: Any) -> TypeError:
    return TypeError(f"expected {expected}, got {type(value).__name__}")


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list


def _list_hook_factory(converter: Converter) -> Callable[[Any], Callable[[Any, Any], list[Any]]]:
    def factory(kind: Any) -> Callable[[Any, Any], list[Any]]:
        (item,) = get_args(kind)

        def hook(value: Any, _: object) -> list[Any]:
            """Structure an array without its invalid items; a single value counts as an array of one."""
            if not isinstance(value, list):
                if not value:
                    raise _unexpected("an array", value)
                return [converter.structure(value, item)]
            items: list[Any] = []
            for each in cast("Iterable[Any]", value):
                with suppress(*CONVERSION_ERRORS):
                    items.append(converter.structure(each, item))
            return items

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


def _model_hook(kind: type[Any]) -> Callable[[Any, Any], Any]:
    return lambda value, _: create(kind, value, value)


def create(kind: type[T], value: Any, raw: Mapping[str, Any]) -> T:
    """Create a model from a JSON object. Derived fields have their defaults; set them with ``object.__setattr__``.

    Args:
        kind: Class of the model.
        value: The JSON object, flattened if the model's fields are nested.
        raw: The JSON object as received.

    Raises:
        TypeError: The value is not an object.
        ValueError: The model has mandatory fields, and the object has none of its fields.
    """
    source = _structure_mapping(value)
    fields, aliased, mandatory, derived, names = _PLANS.get(kind) or _plan(kind)
    model = object.__new__(kind)
    for set_slot, default in derived:
        set_slot(model, raw if default is _RAW else default)
    for set_slot, name, accepted, hook, type_, default in fields:
        found = source.get(name, default)
        if found.__class__ not in accepted:
            if found is not None:
                try:
                    found = hook(found, type_)
                except CONVERSION_ERRORS:
                    found = None
            if found is None:
                found = default
        set_slot(model, found)
    for attribute, spellings, field in aliased:
        if not getattr(model, attribute):
            field.set(model, _first_valid(source, spellings, field))
    if mandatory:
        _complete(model, source, mandatory, names)
    return model


def _first_valid(source: Mapping[str, Any], names: Iterable[str], field: _Field) -> Any:
    """Return the first valid value that is not an empty string; if there is none, an empty string or the default."""
    empty = field.default
    for name in names:
        if source.get(name) is not None:
            with suppress(*CONVERSION_ERRORS):
                found = field.hook(source[name], field.type)
                if found != "":
                    return found
                empty = found
    return empty


def _complete(
    model: object, source: Mapping[str, Any], mandatory: Iterable[tuple[str, Any]], names: Collection[str]
) -> None:
    """Set the mandatory fields that have no value."""
    if not any(name in source for name in names):
        raise ValueError(f"it has none of the fields {', '.join(sorted(names))}")
    for attribute, empty in mandatory:
        if getattr(model, attribute) is None:
            object.__setattr__(model, attribute, empty() if callable(empty) else empty)


def _plan(kind: type[Any]) -> _Plan:
    """Compute how a class is parsed."""
    plan = _Plan([], [], [], [], {name for field in attrs.fields(kind) for name in wire_names(field)} - {"raw"})
    for field in attrs.fields(kind):
        set_slot = getattr(kind, field.name).__set__
        default: Any = field.default
        if isinstance(default, _Factory):
            default = default.factory()
        if not field.init or "derived" in field.metadata:
            plan.derived.append((set_slot, _RAW if field.name == "raw" else default))
            continue
        type_, accepted = _without_none(field.type)
        hook = _CONVERTER.get_structure_hook(type_)
        convert = field.metadata.get("convert")
        if convert is not None:
            hook = _after(convert, hook)
        if default is attrs.NOTHING:
            plan.mandatory.append((field.name, None if type_ != field.type else _EMPTY[get_origin(type_) or type_]))
            default = None
        names = wire_names(field)
        plan.fields.append(_Field(set_slot, names[0], accepted, hook, type_, default))
        if len(names) > 1:
            plan.aliased.append((field.name, names, plan.fields[-1]))
    _PLANS[kind] = plan
    return plan


def _after(convert: Callable[[Any], Any], hook: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, type_: hook(convert(value), type_)


def _without_none(kind: Any) -> tuple[Any, frozenset[type]]:
    """Return ``str`` for ``str | None``, and the types of values that need no conversion."""
    parts = get_args(kind) if _is_union(kind) and _open_enum(kind) is None else ()
    others = [part for part in parts if part is not types.NoneType]
    type_ = others[0] if len(others) == 1 else kind
    return type_, frozenset({type_} & _PRIMITIVES if isinstance(type_, type) else ())


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
    converter.register_structure_hook_factory(lambda kind: isinstance(kind, type) and attrs.has(kind), _model_hook)
    return converter


_CONVERTER = _converter()


def structure(kind: type[T], value: Any) -> T:
    """Convert a JSON value to a model.

    Args:
        kind: Class of the model.
        value: The JSON value.

    Raises:
        TypeError: The value has the wrong type.
        ValueError: The value is not convertible.
    """
    if kind in _PLANS:  # a model that was created before
        return create(kind, value, value)
    return _CONVERTER.structure(value, kind)
