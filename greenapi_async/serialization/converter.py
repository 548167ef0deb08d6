"""JSON to models, by one cattrs converter, and arguments to JSON.

The server's answers are read tolerantly: a name may have several spellings, a number may come as a string, "yes" and
"no" are bools, an enum's unknown word stays a string, and each model keeps the object it was read from in ``raw``.
What cannot be read raises here; ``DecodeError`` and ``MalformedNotification`` are made of it above.
"""

import enum
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, Union, cast, get_args, get_origin

import attrs
from cattrs import Converter

from greenapi_async.models.base import Model

__all__ = ["camel", "many", "maybe", "nothing", "one", "read", "read_fields", "spellings", "write"]

T = TypeVar("T")
M = TypeVar("M", bound=Model)
FieldReader = tuple[str, str, bool, frozenset[type], Callable[[Any, Any], Any], Any]
"""The argument, its name on the wire, whether it is required, the types taken as they are, the hook for others."""
Plan = tuple[list[tuple[str, str]], list[FieldReader]]
"""Which spelling stands in for which name, and how each field is read."""

_SWITCHES = {"yes": True, "no": False, "true": True, "false": False}
_FIRST_YEARS_IN_MS = 100_000_000_000
"""A timestamp above this is in milliseconds: in seconds it would lie past the year 5000."""
_PLAIN = {str, int, float, bool, types.NoneType}
"""Where one of these is due, a value of exactly that type is taken as it is, without a call of its hook."""
_PLANS: dict[type[Model], Plan] = {}


def camel(name: str) -> str:
    """Turn snake_case into the manual's camelCase."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def spellings(field: "attrs.Attribute[Any]") -> tuple[str, ...]:
    """Give the names a field has on the wire; the first is the one that is sent."""
    names: tuple[str, ...] = field.metadata.get("wire", ())
    return names or (camel(field.name),)


def _text(value: Any, _: object = None) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"a string was expected, not {type(value).__name__}")


def _whole(value: Any, _: object = None) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    raise TypeError(f"a whole number was expected, not {type(value).__name__}")


def _number(value: Any, _: object = None) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(f"a number was expected, not {type(value).__name__}")
    return float(value)


def _switch(value: Any, _: object = None) -> bool:
    if isinstance(value, bool):
        return value
    found = _SWITCHES.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise TypeError(f"yes, no or a bool was expected, not {type(value).__name__}")
    return found


def _moment(value: Any, _: object = None) -> datetime:
    seconds = _number(value)
    if abs(seconds) > _FIRST_YEARS_IN_MS:
        seconds /= 1000
    return datetime.fromtimestamp(seconds, UTC)


def _mapping(value: Any, _: object = None) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    raise TypeError(f"an object was expected, not {type(value).__name__}")


def _is_array(kind: Any) -> bool:
    return get_origin(kind) is list


def _structure_array(converter: Converter) -> Callable[[Any], Callable[[Any, Any], list[Any]]]:
    def factory(kind: Any) -> Callable[[Any, Any], list[Any]]:
        (item,) = get_args(kind)

        def structure(value: Any, _: object) -> list[Any]:
            """Read an array; one thing where an array is due is an array of one."""
            given = cast("Iterable[Any]", value) if isinstance(value, list) else (value,) if value else ()
            return [converter.structure(thing, item) for thing in given]

        return structure

    return factory


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in {Union, types.UnionType}


def _open_enum(kind: Any) -> type[enum.StrEnum] | None:
    if not _is_union(kind):
        return None
    return next((part for part in get_args(kind) if isinstance(part, type) and issubclass(part, enum.StrEnum)), None)


def _structure_open_enum(kind: Any) -> Callable[[Any, Any], str | None]:
    words = _open_enum(kind)
    assert words is not None  # noqa: S101  the predicate of this factory says so

    def structure(value: Any, _: object) -> str | None:
        if value is None:
            return None
        try:
            return words(value)
        except ValueError:
            return _text(value)

    return structure


def _structure_model(kind: type[M]) -> Callable[[Any, Any], M]:
    return lambda value, _: kind(raw=value, **read_fields(kind, value))


def read_fields(kind: type[Model], value: Any) -> dict[str, Any]:
    """Read the arguments that a model is made with, for who has its lifted ones."""
    source = _mapping(value)
    variants, readers = _PLANS.get(kind) or _plan(kind)
    for name, other in variants:
        if name not in source and other in source:
            source = {**source, name: source[other]}
    arguments: dict[str, Any] = {}
    for argument, name, required, plain, hook, of in readers:
        if name in source or required:
            given = source[name]
            arguments[argument] = given if type(given) in plain else hook(given, of)
    return arguments


def _plan(kind: type[Model]) -> Plan:
    """Work out, once for a class, how it is read: what cannot be read is told before what is missing."""
    variants: list[tuple[str, str]] = []
    readers: list[FieldReader] = []
    for field in sorted(attrs.fields(kind), key=_is_required):
        if field.init and "lifted" not in field.metadata:
            name, *others = spellings(field)
            variants += [(name, other) for other in others]
            of, plain = _without_none(field.type)
            hook = _CONVERTER.get_structure_hook(of)
            readers.append((field.alias, name, _is_required(field), plain, hook, of))
    _PLANS[kind] = plan = (variants, readers)
    return plan


def _is_required(field: "attrs.Attribute[Any]") -> bool:
    return field.default is attrs.NOTHING


def _without_none(kind: Any) -> tuple[Any, frozenset[type]]:
    """Tell what is left to read of ``str | None``, and the types of the values that are taken as they are."""
    parts = get_args(kind) if _is_union(kind) and _open_enum(kind) is None else ()
    others = [part for part in parts if part is not types.NoneType]
    if len(others) == 1:
        return others[0], frozenset({types.NoneType, *others} & _PLAIN)
    return kind, frozenset({kind} & _PLAIN)


def _converter() -> Converter:
    converter = Converter(detailed_validation=False)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(int, _whole)
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(bool, _switch)
    converter.register_structure_hook(datetime, _moment)
    converter.register_structure_hook_func(lambda kind: kind == Mapping[str, Any], _mapping)
    converter.register_structure_hook_factory(_is_array, _structure_array(converter))
    converter.register_structure_hook_factory(lambda kind: _open_enum(kind) is not None, _structure_open_enum)
    converter.register_structure_hook_factory(
        lambda kind: isinstance(kind, type) and issubclass(kind, Model), _structure_model
    )
    return converter


_CONVERTER = _converter()


def read(kind: type[T], value: Any) -> T:
    """Read a model from a JSON value; raises ValueError, TypeError or KeyError where it cannot."""
    return _CONVERTER.structure(value, kind)


def one(kind: type[T]) -> Callable[[Any], T]:
    """Read an answer that is one object."""
    return lambda value: _CONVERTER.structure(value, kind)


def maybe(kind: type[T]) -> Callable[[Any], T | None]:
    """Read an answer that is one object, or null."""
    return lambda value: None if value is None else _CONVERTER.structure(value, kind)


def many(kind: type[T]) -> Callable[[Any], list[T]]:
    """Read an answer that is an array of objects."""

    def decode(value: Any) -> list[T]:
        if not isinstance(value, list):
            raise TypeError(f"an array was expected, not {type(value).__name__}")
        items = cast("Iterable[Any]", value)
        return [_CONVERTER.structure(item, kind) for item in items]

    return decode


def nothing(_: Any) -> None:
    """Read an answer whose body means nothing (quirk 14)."""


def write(value: Any) -> Any:
    """Turn an argument into JSON: a model into an object without its missing fields, a sequence into an array."""
    kind = value.__class__
    if attrs.has(kind):
        fields = [field for field in attrs.fields(kind) if "lifted" not in field.metadata]
        written = {spellings(field)[0]: write(getattr(value, field.name)) for field in fields}
        return {name: part for name, part in written.items() if part is not None}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [write(item) for item in cast("Iterable[Any]", value)]
    return value
