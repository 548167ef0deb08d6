"""Dependency injection: functions are called with what the annotations of their parameters name.

``inject`` resolves the parameters of a function, and recursively those of the providers it needs, when the router is
compiled. Each invocation then only reads the arguments and calls the providers, dependencies first. Each provider is
called at most once per invocation, and its context manager is exited when the function has returned.
"""

import inspect
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, get_args, get_origin

import attrs

from greenapi_async.bots.annotations import UnresolvableError, find_subclass, strip_aliases
from greenapi_async.bots.context import Context
from greenapi_async.bots.providers import acquire
from greenapi_async.bots.resolver import Getter, Invocation, Resolver
from greenapi_async.bots.signatures import MISSING, Function, Parameter, format_annotation
from greenapi_async.errors import InvalidArgumentError

__all__ = ["InjectedCall", "inject"]

_KEYWORDS = inspect.Parameter.VAR_KEYWORD
_VARIADIC = {inspect.Parameter.VAR_POSITIONAL, _KEYWORDS}
_ANYTHING = {MISSING, Any, object}
"""Annotations of ``*args`` that say nothing."""


@attrs.frozen(eq=False)
class _Arguments:
    positional: tuple[Getter, ...]
    keyword: tuple[tuple[str, Getter], ...]

    def apply(self, call: Callable[..., Any], invocation: Invocation) -> Any:
        if self.keyword:
            keywords = {name: getter(invocation) for name, getter in self.keyword}
            return call(*[getter(invocation) for getter in self.positional], **keywords)
        return call(*[getter(invocation) for getter in self.positional])


@attrs.frozen(eq=False)
class _ProviderCall:
    kind: Any
    call: Callable[..., Any]
    arguments: _Arguments


@attrs.frozen(eq=False)
class InjectedCall:
    """A function with resolved dependencies."""

    function: Callable[..., Any]
    arguments: _Arguments
    providers: tuple[_ProviderCall, ...]
    """In dependency order."""
    reads_state: bool

    async def run(self, invocation: Invocation) -> Any:
        """Call the function; what providers opened is closed when it returns."""
        if not self.providers:
            return await self.arguments.apply(self.function, invocation)
        async with AsyncExitStack() as stack:
            for provider in self.providers:
                value = provider.arguments.apply(provider.call, invocation)
                invocation.dependencies[provider.kind] = await acquire(stack, provider.kind, value)
            return await self.arguments.apply(self.function, invocation)
        return None  # a provider's context manager suppressed the exception


def inject(function: Function, resolver: Resolver) -> InjectedCall:
    """Resolve the dependencies of a function.

    Args:
        function: A handler or an error handler.
        resolver: What can be resolved where it is registered.

    Raises:
        InvalidArgumentError: A parameter without default cannot be resolved, providers have a circular dependency, or
            messages are gathered for the function and it asks for the first of them only.
    """
    injector = _Injector(resolver)
    arguments = injector.arguments(function)
    if resolver.gathers and injector.of_one is not None and not injector.asks_for_all:
        raise InvalidArgumentError(
            f"{injector.of_one}, which gets only the first of the messages that gather= collects; "
            "ask for all of them with a parameter of list[IncomingMessageReceived]"
        )
    return InjectedCall(function.async_call, arguments, tuple(injector.providers.values()), injector.reads_state)


class _Injector:
    def __init__(self, resolver: Resolver) -> None:
        self.providers: dict[Any, _ProviderCall] = {}
        self.reads_state = False
        self.asks_for_all = False
        """True if the function or a provider asks for all messages that were gathered."""
        self.of_one: str | None = None
        """The first parameter that asks for a single message, as the beginning of an error message."""
        self._resolver = resolver
        self._chain: list[Any] = []
        """The provided types being resolved, the outermost first."""

    def arguments(self, function: Function) -> _Arguments:
        positional: list[Getter] = []
        keyword: list[tuple[str, Getter]] = []
        skipped = False
        for index, parameter in enumerate(function.parameters):
            getter = self._getter(function, parameter, is_first=index == 0)
            if getter is None or (skipped and parameter.kind is inspect.Parameter.POSITIONAL_ONLY):
                skipped = True
            elif parameter.kind is inspect.Parameter.KEYWORD_ONLY or skipped:
                keyword.append((parameter.name, getter))
            else:
                positional.append(getter)
        return _Arguments(tuple(positional), tuple(keyword))

    def _getter(self, function: Function, parameter: Parameter, *, is_first: bool) -> Getter | None:
        """Resolve a parameter; None leaves it to its default, or to be empty if it is ``*args`` or ``**kwargs``."""
        is_variadic = parameter.kind in _VARIADIC
        purpose = f", provider of {format_annotation(self._chain[-1])}," if self._chain else ""
        described = f"{function}{purpose} has the parameter '{parameter}'"
        if parameter.error is not None:
            reason = f"whose annotation cannot be evaluated: {type(parameter.error).__name__}: {parameter.error}"
        elif parameter.annotation is MISSING or (is_variadic and _says_nothing(parameter)):
            is_handler = not self._chain and not self._resolver.errors
            if is_handler and is_first and not parameter.has_default and parameter.kind is not _KEYWORDS:
                self.asks_for_all |= self._resolver.gathers
                return self._resolver.notification
            reason = "which has no annotation"
        elif is_variadic:
            reason = "which accepts any number of arguments"
            is_variadic = False
        else:
            try:
                return self._resolve(parameter.annotation, described)
            except UnresolvableError as error:
                reason = str(error)
        if parameter.has_default or is_variadic:
            return None
        raise InvalidArgumentError(f"{described}, {reason}. It may ask for: {self._resolver}")

    def _resolve(self, annotation: Any, described: str) -> Getter:
        """Resolve an annotation: a provided type, what the router supplies, or a base class of a provided type."""
        providers = self._resolver.providers
        plain = strip_aliases(annotation)
        members = [one for one in get_args(plain) if one is not type(None)]
        is_optional = len(members) == 1 and type(None) in get_args(plain)
        candidates = (annotation, plain, *get_args(annotation), *members) if is_optional else (annotation, plain)
        for kind in candidates:
            if _is_hashable(kind) and kind is not type(None) and kind in providers:
                return self._provided(kind)
        try:
            getter = self._resolver.resolve(plain)
        except UnresolvableError:
            kind = find_subclass(members[0] if is_optional else plain, providers)
            if kind is None:
                raise
            return self._provided(kind)
        self.asks_for_all |= self._resolver.is_all(getter)
        if self.of_one is None and self._resolver.is_of_one(plain):
            self.of_one = described
        self.reads_state |= any((get_origin(one) or one) is Context for one in (plain, *get_args(plain)))
        return getter

    def _provided(self, kind: Any) -> Getter:
        if kind in self._chain:
            circle = " -> ".join(map(format_annotation, [*self._chain, kind]))
            raise InvalidArgumentError(f"Circular dependency between providers: {circle}")
        if kind not in self.providers:
            factory = self._resolver.providers[kind]
            self._chain.append(kind)
            arguments = self.arguments(factory)
            self._chain.pop()
            self.providers[kind] = _ProviderCall(kind, factory.call, arguments)
        return lambda invocation: invocation.dependencies[kind]


def _says_nothing(variadic: Parameter) -> bool:
    """Return whether ``*args`` or ``**kwargs`` is there to be passed on, and asks for nothing itself."""
    return variadic.kind is _KEYWORDS or any(variadic.annotation is one for one in _ANYTHING)


def _is_hashable(kind: Any) -> bool:
    """Return whether an annotation can be a key; one that cannot is not a type."""
    try:
        hash(kind)
    except TypeError:
        return False
    return True
