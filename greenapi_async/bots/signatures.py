"""What a function of the user's asks for: its parameters and their annotations.

Annotations that are strings are read where the function is declared, so that they may name what is local there; what
is not yet defined then is looked for again among the module's names when the router is built.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MethodType, SimpleNamespace
from typing import Any, cast, get_type_hints

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.processing.options import is_async

__all__ = [
    "MISSING",
    "Asked",
    "Function",
    "annotation_words",
    "async_function",
    "locals_of_caller",
    "takes",
]

MISSING: Any = inspect.Parameter.empty
"""The annotation of a parameter that has none."""


@attrs.frozen
class Asked:
    """A parameter."""

    name: str
    annotation: Any
    has_default: bool
    kind: Any
    """As ``inspect.Parameter`` tells it."""

    @property
    def words(self) -> str:
        """The parameter as it is written."""
        return self.name if self.annotation is MISSING else f"{self.name}: {annotation_words(self.annotation)}"


@attrs.frozen(eq=False)
class Function:
    """A handler, a factory, a hook."""

    call: Callable[..., Any]
    _asked: tuple[Asked, ...] | None

    @classmethod
    def declared(cls, call: Callable[..., Any], names: Mapping[str, Any]) -> "Function":
        """Note a function, with the names that are local where it is declared."""
        try:
            return cls(call, _read(call, names))
        except Exception:  # noqa: BLE001  an annotation can raise anything; it is read again
            return cls(call, None)

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Its parameters; raises ``InvalidArgumentError`` when an annotation cannot be read."""
        if self._asked is not None:
            return self._asked
        try:
            return _read(self.call, {})
        except Exception as error:
            words = f"what {self} asks for cannot be read: {type(error).__name__}: {error}"
            raise InvalidArgumentError(words) from error

    def __str__(self) -> str:
        plain = _plain(self.call)
        name = getattr(plain, "__qualname__", None) or repr(self.call)
        code = getattr(plain, "__code__", None)
        return f"{name} ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else str(name)


def async_function(call: Any, role: str, names: Mapping[str, Any]) -> Function:
    """Note a function that must be async."""
    function = Function.declared(call, names)
    if not is_async(call):
        raise InvalidArgumentError(f"{function} is to be {role}; an async function is needed")
    return function


def takes(call: Callable[..., Any], *arguments: object) -> bool:
    """Tell whether a function can be called with so many arguments."""
    try:
        inspect.signature(call).bind(*arguments)
    except TypeError:
        return False
    return True


def locals_of_caller() -> Mapping[str, Any]:
    """Give the local names of who called the function that calls this one."""
    frame = inspect.currentframe()
    for _ in range(2):
        frame = frame.f_back if frame else None
    return dict(frame.f_locals) if frame else {}


def annotation_words(annotation: Any) -> str:
    """Give an annotation as it is written, without the modules of classes."""
    if isinstance(annotation, type) and not getattr(annotation, "__args__", None):
        return annotation.__qualname__
    return inspect.formatannotation(annotation)


def _read(call: Callable[..., Any], names: Mapping[str, Any]) -> tuple[Asked, ...]:
    plain = _plain(call)
    module = sys.modules.get(getattr(plain, "__module__", None) or "")
    known: dict[str, Any] = getattr(plain, "__globals__", None) or vars(module or SimpleNamespace())
    return tuple(
        Asked(
            parameter.name,
            _resolved(parameter.annotation, known, dict(names)),
            parameter.default is not MISSING,
            parameter.kind,
        )
        for parameter in inspect.signature(call).parameters.values()
    )


def _resolved(annotation: Any, known: dict[str, Any], names: dict[str, Any]) -> Any:
    if annotation is MISSING:
        return MISSING
    holder = cast("Any", SimpleNamespace(__annotations__={"it": annotation}))
    return get_type_hints(holder, known, names, include_extras=True)["it"]


def _plain(call: Any) -> Any:
    """Find the function or class under partials, methods, wrappers and objects that can be called."""
    while not isinstance(call, type) and not (hasattr(call, "__code__") and not hasattr(call, "__wrapped__")):
        kind: Any = type(cast("object", call))
        if hasattr(call, "__wrapped__"):
            call = call.__wrapped__
        elif isinstance(call, functools.partial):
            call = cast("Any", call).func
        elif isinstance(call, MethodType):
            call = call.__func__
        elif hasattr(getattr(kind, "__call__", None), "__code__"):  # noqa: B004
            call = kind.__call__
        else:
            break
    return call
