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

from greenapi_async.bots.context import Context
from greenapi_async.bots.providers import acquire
from greenapi_async.bots.resolver import Getter, Invocation, Resolver, UnresolvableError
from greenapi_async.bots.signatures import MISSING, Function, Parameter, format_annotation
from greenapi_async.errors import InvalidArgumentError

__all__ = ["InjectedCall", "inject"]


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
        InvalidArgumentError: A parameter without default cannot be resolved, or providers have a circular dependency.
    """
    injector = _Injector(resolver)
    arguments = injector.arguments(function)
    return InjectedCall(function.call, arguments, tuple(injector.providers.values()), injector.reads_state)


class _Injector:
    def __init__(self, resolver: Resolver) -> None:
        self.providers: dict[Any, _ProviderCall] = {}
        self.reads_state = False
        self._resolver = resolver
        self._chain: list[Any] = []
        """The provided types being resolved, the outermost first."""

    def arguments(self, function: Function) -> _Arguments:
        positional: list[Getter] = []
        keyword: list[tuple[str, Getter]] = []
        skipped = False
        for parameter in function.parameters:
            getter = self._getter(function, parameter)
            if getter is None or (skipped and parameter.kind is inspect.Parameter.POSITIONAL_ONLY):
                skipped = True
            elif parameter.kind is inspect.Parameter.KEYWORD_ONLY or skipped:
                keyword.append((parameter.name, getter))
            else:
                positional.append(getter)
        return _Arguments(tuple(positional), tuple(keyword))

    def _getter(self, function: Function, parameter: Parameter) -> Getter | None:
        """Resolve a parameter; None leaves it to its default."""
        reason = "which has no annotation"
        if parameter.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
            reason = "which accepts any number of arguments"
        elif parameter.annotation is not MISSING:
            try:
                return self._provided(parameter.annotation) or self._resolved(parameter.annotation)
            except UnresolvableError as error:
                reason = str(error)
        if parameter.has_default:
            return None
        purpose = f", provider of {format_annotation(self._chain[-1])}," if self._chain else ""
        raise InvalidArgumentError(
            f"{function}{purpose} has the parameter '{parameter}', {reason}. It may ask for: {self._resolver}"
        )

    def _resolved(self, annotation: Any) -> Getter:
        getter = self._resolver.resolve(annotation)
        self.reads_state |= any((get_origin(one) or one) is Context for one in (annotation, *get_args(annotation)))
        return getter

    def _provided(self, annotation: Any) -> Getter | None:
        kind = self._provided_type(annotation)
        if kind is None:
            return None
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

    def _provided_type(self, annotation: Any) -> Any:
        """Return the type whose provider serves an annotation, as written or without ``| None``; None if none does."""
        providers = self._resolver.providers
        members = [one for one in get_args(annotation) if one is not type(None)]
        for kind in (annotation, *(members if len(members) == 1 and type(None) in get_args(annotation) else ())):
            try:
                if kind in providers:
                    return kind
            except TypeError:  # unhashable, so not a type
                continue
        return None
