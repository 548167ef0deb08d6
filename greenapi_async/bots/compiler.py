"""Compiler: turns a tree of routers into lists of routes, and checks all dependencies.

There is one list per notification class. Notifications with an edit, deletion, reaction or vote have lists of their
own.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from greenapi_async.bots.callables import is_async_callable
from greenapi_async.bots.context import Key, load_context
from greenapi_async.bots.dispatch import Compiled, Dispatcher, Layer, Route, RouteKey, RouteList, Scope
from greenapi_async.bots.event import EVENT_TYPES, MESSAGE_TYPES, NOTIFICATION_TYPES
from greenapi_async.bots.injection import inject
from greenapi_async.bots.interruptions import find_interruption
from greenapi_async.bots.registry import HandlerRegistration, MiddlewareRegistration, Registry
from greenapi_async.bots.resolver import Resolver
from greenapi_async.bots.signatures import Function
from greenapi_async.bots.storage import StateStorage
from greenapi_async.bots.unreachable import Unreachable
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import BaseNotification, MessageNotification

__all__ = ["compile_router"]


@attrs.frozen(eq=False)
class _Parent:
    """Providers, scopes and values that a router inherits from the routers that include it."""

    providers: Mapping[Any, Function]
    scopes: tuple[Scope, ...]
    passed: frozenset[type]
    """Classes of the values that middleware passes on."""


def compile_router(
    registry: Registry, overrides: Mapping[Any, Function], storage: StateStorage, state_key: Key
) -> Dispatcher:
    """Compile a router and those it includes.

    Args:
        registry: The router's registrations.
        overrides: Providers that replace those of any router.
        storage: Where conversation states are stored.
        state_key: Computes the key of a conversation state.

    Raises:
        InvalidArgumentError: A dependency of a handler, error handler or provider cannot be resolved.
    """
    load = functools.partial(load_context, storage, key=state_key)
    compile_now = functools.partial(_compile, registry, overrides)
    interrupts = functools.partial(find_interruption, registry)
    dispatcher = Dispatcher(compile_now, load, interrupts=interrupts, takeover=registry.takeover)
    dispatcher.use(compile_now())
    registry.watch(dispatcher)
    return dispatcher


def _compile(registry: Registry, overrides: Mapping[Any, Function]) -> Compiled:
    outer = _layers([one for each in registry.walk() for one in each.outer_middleware])
    routes = list(_routes(registry, _Parent({}, (), _provided_by(outer)), overrides))
    by_class: dict[RouteKey, RouteList] = {}
    unreachable = Unreachable([handler for handler, _ in routes])
    for kind in NOTIFICATION_TYPES:
        of_kind = [(handler, route) for handler, route in routes if kind in handler.notifications]
        for event in (None, *(EVENT_TYPES if issubclass(kind, MessageNotification) else ())):
            matching = [
                (handler, for_event)
                for handler, route in of_kind
                if (for_event := _route_for(event, handler, route)) is not None
            ]
            if matching:
                unreachable.note_order([handler for handler, _ in matching], of_events=event is not None)
                reads_state = any(handler.filter is not None and handler.filter.reads_state for handler, _ in matching)
                is_async = any(route.test is not None and is_async_callable(route.test) for _, route in matching)
                by_class[kind, event] = RouteList(tuple(route for _, route in matching), reads_state, is_async)
    root = _scope(registry, {**registry.providers, **overrides})
    gathers = any(handler.gather is not None for handler, _ in routes)
    return Compiled(by_class, root, outer, tuple(unreachable.describe()), gathers=gathers)


def _routes(
    registry: Registry, parent: _Parent, overrides: Mapping[Any, Function]
) -> Iterator[tuple[HandlerRegistration, Route]]:
    providers = {**parent.providers, **registry.providers, **overrides}
    scope = _scope(registry, providers)
    scopes = (*parent.scopes, scope) if scope.middleware or scope.error_handlers else parent.scopes
    passed = parent.passed | _provided_by(scope.middleware)
    for entry in registry.entries:
        if isinstance(entry, Registry):
            yield from _routes(entry, _Parent(providers, scopes, passed), overrides)
        else:
            yield entry, _route(entry, _Parent(providers, scopes, passed))


def _scope(registry: Registry, providers: Mapping[Any, Function]) -> Scope:
    notifications = registry.notifications()
    error_handlers = [
        (
            kind,
            inject(
                handler.function,
                Resolver(
                    notifications=notifications,
                    messages=MESSAGE_TYPES if _always_have_message(notifications) else None,
                    captures=frozenset(),
                    errors=handler.errors,
                    providers=providers,
                ),
            ),
        )
        for handler in registry.error_handlers
        for kind in handler.errors
    ]
    return Scope(_layers(registry.middleware), tuple(error_handlers))


def _layers(middleware: Sequence[MiddlewareRegistration]) -> tuple[Layer, ...]:
    return tuple(Layer(one.function.call, one.provides, str(one.function)) for one in middleware)


def _provided_by(layers: Sequence[Layer]) -> frozenset[type]:
    return frozenset(kind for layer in layers for kind in layer.provides)


def _route(handler: HandlerRegistration, around: _Parent) -> Route:
    condition = handler.filter
    resolver = Resolver(
        notifications=handler.notifications,
        messages=handler.reachable_messages,
        captures=(condition.captures if condition is not None else frozenset[type]()) | around.passed,
        providers=around.providers,
        gathers=handler.gather is not None,
    )
    return Route(
        condition.test if condition is not None else None,
        inject(handler.function, resolver),
        around.scopes,
        handler.gather,
        keeps_lists_open=handler.interrupts == "keep",
    )


def _route_for(event: type[BaseMessage] | None, handler: HandlerRegistration, route: Route) -> Route | None:
    """Return a handler's route for a class of events, or for everything else (None); None if it never matches."""
    if event is None:
        return route if handler.messages is None or not handler.for_events else None
    if handler.for_events:
        return route if handler.messages is None or event in handler.messages else None
    test = handler.filter.test_named if handler.filter is not None else None
    return attrs.evolve(route, test=test) if test is not None else None


def _always_have_message(notifications: frozenset[type[BaseNotification]]) -> bool:
    return all(issubclass(one, MessageNotification) for one in notifications)
