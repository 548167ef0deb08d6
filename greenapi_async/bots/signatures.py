"""Signatures of the user's functions: parameters, their annotations, and what to call the function in error messages.

String annotations are evaluated where the function is registered, so that they may refer to local names there. Names
that are not defined yet are looked up in the function's module when the router is compiled, and then among the public
names of this package: they may be imported under ``TYPE_CHECKING``. An annotation that cannot be evaluated is an error
only if its parameter has no default.

A decorated function has the signature that a call of it can use. A wrapper with ``*args`` or ``**kwargs`` passes on
what the function beneath it takes: the one that ``functools.wraps`` has noted or, for a wrapper of ``*args`` and
``**kwargs`` without ``wraps``, the only function in its closure or, if it is an object, in its attributes. Parameters
that the wrapper names come first. The others are passed by name if it has no ``*args``.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast, get_type_hints

import attrs

from greenapi_async.bots.callables import is_async_callable, run_in_thread, unwrap
from greenapi_async.errors import InvalidArgumentError

__all__ = [
    "MISSING",
    "Function",
    "Parameter",
    "accepts",
    "caller_locals",
    "format_annotation",
    "require_async",
    "require_function",
]

MISSING: Final[Any] = inspect.Parameter.empty
"""The annotation of a parameter that has none."""
_VARIADIC: Final = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


@attrs.frozen
class Parameter:
    """A parameter with its evaluated annotation."""

    name: str
    annotation: Any
    has_default: bool
    kind: Any
    """``inspect.Parameter.kind``."""
    error: Exception | None = None
    """Why the annotation cannot be evaluated; None if it can."""

    def __str__(self) -> str:
        return self.name if self.annotation is MISSING else f"{self.name}: {format_annotation(self.annotation)}"


@attrs.frozen(eq=False)
class Function:
    """A handler, provider, middleware or hook; ``str`` gives its name and source location for error messages."""

    call: Callable[..., Any]
    _parameters: tuple[Parameter, ...] | None

    @classmethod
    def inspect(cls, call: Any, names: Mapping[str, Any]) -> "Function":
        """Read the signature of a function.

        Args:
            call: The function; a ``staticmethod`` is unwrapped.
            names: Local names of the scope in which it is registered.
        """
        if isinstance(call, staticmethod):
            call = cast("Any", call).__func__
        try:
            return cls(call, tuple(_read_parameters(call, names)))
        except Exception:  # noqa: BLE001  a signature can raise anything; it is read again later
            return cls(call, None)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters; raises ``InvalidArgumentError`` if the function has no signature."""
        known = self._parameters
        if known is not None and all(parameter.error is None for parameter in known):
            return known
        try:
            again = tuple(_read_parameters(self.call, {}))
        except Exception as error:
            raise InvalidArgumentError(
                f"The signature of {self} cannot be read: {type(error).__name__}: {error}"
            ) from error
        return tuple(old if old.error is None else new for old, new in zip(known or again, again, strict=True))

    @property
    def is_unbound(self) -> bool:
        """True if it is a method of a class, which needs an object as its first argument."""
        first = next(iter(self._parameters or ()), None)
        return first is not None and first.name == "self" and first.annotation is MISSING

    @property
    def returns_none(self) -> bool:
        """True if the function is annotated to return None."""
        try:
            return _signature(self.call, follow=True).return_annotation in {None, "None"}
        except (TypeError, ValueError):  # no signature, or an annotation without a hash
            return False

    @property
    def async_call(self) -> Callable[..., Any]:
        """The function if it is async; otherwise an async function that calls it in a worker thread."""
        return self.call if is_async_callable(self.call) else run_in_thread(self.call)

    def __str__(self) -> str:
        function = unwrap(self.call)
        name = getattr(function, "__qualname__", None) or repr(self.call)
        code = getattr(function, "__code__", None)
        return f"{name} ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else str(name)


def require_function(call: Any, role: str, names: Mapping[str, Any]) -> Function:
    """Read the signature of a function, sync or async.

    Args:
        call: The function, or a callable object.
        role: What the function is used as, for the error message.
        names: Local names of the scope in which it is registered.

    Raises:
        InvalidArgumentError: It cannot be called, or is a class, a generator function or a method without its object.
    """
    if not callable(call) or isinstance(call, type):
        hint = ". Put @staticmethod in its place" if isinstance(call, classmethod) else ""
        raise InvalidArgumentError(f"{role} must be a function, got {call!r}{hint}")
    function = Function.inspect(call, names)
    beneath = unwrap(function.call)
    if inspect.isgeneratorfunction(beneath) or inspect.isasyncgenfunction(beneath):
        raise InvalidArgumentError(f"{role} must return instead of yielding, got the generator function {function}")
    if function.is_unbound:
        raise InvalidArgumentError(
            f"{role} must be a function, got the method {function} without its object. "
            "Register the method of an object, such as bot.greet, or a staticmethod"
        )
    return function


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
    if not is_async_callable(call):
        raise InvalidArgumentError(f"{role} must be an async function, got {function}")
    return function


def accepts(call: Callable[..., Any], *arguments: object) -> bool:
    """Check whether a function can be called with as many positional arguments as given here."""
    try:
        _signature(call, follow=True).bind(*arguments)
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
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type) and not getattr(annotation, "__args__", None):
        return annotation.__qualname__
    return inspect.formatannotation(annotation)


if sys.version_info >= (3, 14):
    from annotationlib import Format

    def _signature(call: Callable[..., Any], *, follow: bool) -> inspect.Signature:
        """Return a signature; undefined names in annotations become ``ForwardRef``, to be evaluated later."""
        return inspect.signature(call, follow_wrapped=follow, annotation_format=Format.FORWARDREF)

else:

    def _signature(call: Callable[..., Any], *, follow: bool) -> inspect.Signature:
        """Return a signature; annotations are not evaluated."""
        return inspect.signature(call, follow_wrapped=follow)


def _read_parameters(call: Callable[..., Any], names: Mapping[str, Any]) -> list[Parameter]:
    is_cached = not inspect.isfunction(call) and hasattr(call, "__wrapped__")  # by functools.cache
    signature = _signature(call, follow=is_cached)
    variadic = {one.kind for one in signature.parameters.values()} & _VARIADIC
    if variadic:
        beneath = _wrapped_function(call, guess=variadic == _VARIADIC)
        if beneath is not None:
            own = [one for one in _evaluated(call, signature, names) if one.kind not in _VARIADIC]
            return _passed_on(own, _read_parameters(beneath, names), variadic)
        signature = _signature(call, follow=True)
    return _evaluated(unwrap(call), signature, names)


def _evaluated(function: Any, signature: inspect.Signature, names: Mapping[str, Any]) -> list[Parameter]:
    """Return the parameters of a signature, with the annotations that their function's module knows."""
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    module_names: dict[str, Any] = getattr(function, "__globals__", None) or vars(module or SimpleNamespace())
    parameters: list[Parameter] = []
    for parameter in signature.parameters.values():
        annotation, error = parameter.annotation, None
        try:
            annotation = _evaluate(parameter.annotation, module_names, dict(names))
        except Exception as raised:  # noqa: BLE001  an annotation can raise anything
            error = raised
        parameters.append(
            Parameter(parameter.name, annotation, parameter.default is not MISSING, parameter.kind, error)
        )
    return parameters


def _passed_on(own: list[Parameter], beneath: list[Parameter], variadic: set[Any]) -> list[Parameter]:
    """Return the parameters with which a wrapper is called.

    Args:
        own: Those that the wrapper names.
        beneath: Those of the function to which it passes them, and everything else that it gets.
        variadic: Kinds of its ``*args`` and ``**kwargs``.
    """
    rest = list(beneath)
    for index, parameter in enumerate(own):
        same = next((one for one in rest if one.name == parameter.name), None)
        is_positional = parameter.kind is not inspect.Parameter.KEYWORD_ONLY
        if same is None and is_positional and index < len(beneath) and beneath[index] in rest:
            at = beneath[index]
            same = at if parameter.annotation in (MISSING, at.annotation) else None
        if same is not None:
            rest.remove(same)
            if parameter.annotation is MISSING:
                own[index] = attrs.evolve(parameter, annotation=same.annotation, error=same.error)
    if inspect.Parameter.VAR_POSITIONAL not in variadic:
        rest = [attrs.evolve(one, kind=inspect.Parameter.KEYWORD_ONLY) for one in rest if one.kind not in _VARIADIC]
    return own + rest


def _wrapped_function(call: Any, *, guess: bool) -> Callable[..., Any] | None:
    """Return the function that a wrapper passes its arguments to; None if it is not known.

    Args:
        call: The wrapper, a function or an object.
        guess: Whether, without ``functools.wraps``, it is the only function in the closure or the object.
    """
    wrapped: Callable[..., Any] | None = getattr(call, "__wrapped__", None)
    if wrapped is not None:
        return wrapped if inspect.isfunction(call) else None
    if not guess:
        return None
    contents: list[Any] = []
    if inspect.isfunction(call):
        for cell in call.__closure__ or ():
            with suppress(ValueError):  # not assigned yet
                contents.append(cell.cell_contents)
    elif not inspect.isroutine(call) and not isinstance(call, functools.partial):
        contents += getattr(call, "__dict__", {}).values()
    functions = [content for content in contents if inspect.isroutine(content) and content is not call]
    return functions[0] if len(functions) == 1 else None


def _evaluate(annotation: Any, module_names: dict[str, Any], names: dict[str, Any]) -> Any:
    if annotation is MISSING:
        return MISSING
    holder = cast("Any", SimpleNamespace(__annotations__={"it": annotation}))
    while True:
        try:
            return get_type_hints(holder, module_names, names, include_extras=True)["it"]
        except NameError as error:
            name = error.name
            if not name or name in names or (public := _public_name(name)) is None:
                raise
            names[name] = public


def _public_name(name: str) -> Any:
    """Return a public name of this package, which the user's module may import for type checkers only."""
    for module in ("greenapi_async", "greenapi_async.bots", "greenapi_async.types"):
        loaded = sys.modules.get(module)
        if loaded is not None and name in loaded.__all__:
            return getattr(loaded, name)
    return None
