"""Annotations: what an annotation stands for, once type aliases and ``Annotated`` are removed."""

from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from greenapi_async.bots.signatures import format_annotation

__all__ = ["UnresolvableError", "find_subclass", "strip_aliases"]


class UnresolvableError(Exception):
    """An annotation cannot be resolved; the message is the second half of a sentence about the parameter."""


def strip_aliases(annotation: Any) -> Any:
    """Replace type aliases (``type Name = ...``) by their value and drop ``Annotated``, also inside a union.

    Args:
        annotation: The annotation of a parameter.

    Raises:
        UnresolvableError: The value of an alias cannot be evaluated.
    """
    origin = get_origin(annotation)
    if origin is Annotated:
        return strip_aliases(annotation.__origin__)
    if origin is Union or origin is UnionType:
        return Union[tuple(map(strip_aliases, get_args(annotation)))]  # noqa: UP007  the members are known at run time
    alias = origin if _is_alias(origin) else annotation
    if not _is_alias(alias):
        return annotation
    try:
        value = alias.__value__
    except Exception as error:  # an alias is evaluated on first use and can raise anything
        raise UnresolvableError(f"whose type alias cannot be evaluated: {type(error).__name__}: {error}") from error
    arguments = get_args(annotation)
    return strip_aliases(value[arguments] if arguments and getattr(value, "__parameters__", ()) else value)


def find_subclass(kind: Any, provided: Iterable[Any]) -> Any:
    """Return the provided type that is a subclass of a type; None if there is none.

    Args:
        kind: The type that is asked for.
        provided: The provided types.

    Raises:
        UnresolvableError: Several provided types are subclasses of it.
    """
    if not isinstance(kind, type) or kind is object:
        return None
    found = [one for one in provided if isinstance(one, type) and kind in one.__mro__]
    if len(found) > 1:
        names = " and ".join(map(format_annotation, found))
        raise UnresolvableError(f"which {names} provide; ask for one of them")
    return found[0] if found else None


def _is_alias(annotation: Any) -> bool:
    """Return whether this is a ``TypeAliasType``, of ``typing`` or, before Python 3.12, of ``typing_extensions``."""
    return type(annotation).__name__ == "TypeAliasType"
