"""Signatures of the user's functions: parameters, their annotations, and what to call the function in error messages.

String annotations are evaluated where the function is registered, so that they may refer to local names there. Names
that are not defined yet are looked up in the function's module when the router is compiled.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MethodType, SimpleNamespace
from typing import Any, Final, cast, get_type_hints

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.processing.options import is_async

__all__ = [
    "MISSING",
    "Function",
    "Parameter",
    "accepts",
    "caller_locals",
    "format_annotation",
    "require_async",
]

MISSING: Final[Any] = inspect.Parameter.empty
"""The annotation of a parameter that has none."""


@attrs.frozen
class Parameter:
    """A parameter with its evaluated annotation."""

    name: str
    annotation: Any
    has_default: bool
    kind: Any
    """``inspect.Parameter.kind``."""

    def __str__(self) -> str:
        return self.name if self.annotation is MISSING else f"{self.name}: {format_annotation(self.annotation)}"


@attrs.frozen(eq=False)
class Function:
    """A handler, provider, middleware or hook; ``str`` gives its name and source location for error messages."""

    call: Callable[..., Any]
    _parameters: tuple[Parameter, ...] | None

    @classmethod
    def inspect(cls, call: Callable[..., Any], names: Mapping[str, Any]) -> "Function":
        """Read the signature of a function.

        Args:
            call: The function.
            names: Local names of the scope in which it is registered.
        """
        try:
            return cls(call, _read_parameters(call, names))
        except Exception:  # noqa: BLE001  an annotation can raise anything; it is evaluated again later
            return cls(call, None)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters; raises ``InvalidArgumentError`` if an annotation cannot be evaluated."""
        if self._parameters is not None:
            return self._parameters
        try:
            return _read_parameters(self.call, {})
        except Exception as error:
            raise InvalidArgumentError(
                f"The annotations of {self} cannot be evaluated: {type(error).__name__}: {error}"
            ) from error

    def __str__(self) -> str:
        function = _unwrap(self.call)
        name = getattr(function, "__qualname__", None) or repr(self.call)
        code = getattr(function, "__code__", None)
        return f"{name} ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else str(name)


def require_async(call: Any, role: str, names: Mapping[str, Any]) -> Function:
    """Read the signature of a function that must be async.

    Args:
        call: The function.
        role: What the function is used as, for the error message.
        names: Local names of the scope in which it is registered.

    Raises:
        InvalidArgumentError: The function is not async.
    """
    function = Function.inspect(call, names)
    if not is_async(call):
        raise InvalidArgumentError(f"{role} must be an async function, got {function}")
    return function


def accepts(call: Callable[..., Any], *arguments: object) -> bool:
    """Check whether a function can be called with as many positional arguments as given here."""
    try:
        inspect.signature(call).bind(*arguments)
    except TypeError:
        return False
    return True


def caller_locals() -> Mapping[str, Any]:
    """Return the local names of the caller's caller."""
    frame = inspect.currentframe()
    for _ in range(2):
        frame = frame.f_back if frame else None
    return dict(frame.f_locals) if frame else {}


def format_annotation(annotation: Any) -> str:
    """Return an annotation as source, without the modules of classes."""
    if isinstance(annotation, type) and not getattr(annotation, "__args__", None):
        return annotation.__qualname__
    return inspect.formatannotation(annotation)


def _read_parameters(call: Callable[..., Any], names: Mapping[str, Any]) -> tuple[Parameter, ...]:
    function = _unwrap(call)
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    module_names: dict[str, Any] = getattr(function, "__globals__", None) or vars(module or SimpleNamespace())
    return tuple(
        Parameter(
            parameter.name,
            _evaluate(parameter.annotation, module_names, dict(names)),
            parameter.default is not MISSING,
            parameter.kind,
        )
        for parameter in inspect.signature(call).parameters.values()
    )


def _evaluate(annotation: Any, module_names: dict[str, Any], names: dict[str, Any]) -> Any:
    if annotation is MISSING:
        return MISSING
    holder = cast("Any", SimpleNamespace(__annotations__={"it": annotation}))
    return get_type_hints(holder, module_names, names, include_extras=True)["it"]


def _unwrap(call: Any) -> Any:
    """Return the function or class beneath partials, methods, wrappers and callable objects."""
    while not isinstance(call, type) and not (hasattr(call, "__code__") and not hasattr(call, "__wrapped__")):
        kind: Any = type(cast("object", call))
        if hasattr(call, "__wrapped__"):
            call = call.__wrapped__
        elif isinstance(call, functools.partial):
            call = cast("Any", call).func
        elif isinstance(call, MethodType):
            call = call.__func__
        elif hasattr(getattr(kind, "__call__", None), "__code__"):  # noqa: B004  __code__ matters here, not whether it is callable
            call = kind.__call__
        else:
            break
    return call
