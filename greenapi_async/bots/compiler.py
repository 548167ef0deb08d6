"""Compiler: turns a tree of routers into lists of routes, and checks all dependencies.

There is one list per notification class. Notifications with an edit, deletion, reaction or vote have lists of their
own.
"""

import functools
from collections.abc import Iterator, Mapping
from typing import Any, cast

import attrs

from greenapi_async.bots.context import Key, load_context
from greenapi_async.bots.dispatch import Dispatcher, Middleware, Route, RouteKey, RouteList, Scope
from greenapi_async.bots.event import EVENT_TYPES, MESSAGE_TYPES, NOTIFICATION_TYPES
from greenapi_async.bots.injection import inject
from greenapi_async.bots.interruptions import find_interruption
from greenapi_async.bots.registry import HandlerRegistration, Registry
from greenapi_async.bots.resolver import Resolver
from greenapi_async.bots.signatures import Function
from greenapi_async.bots.storage import StateStorage
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import BaseNotification, MessageNotification

__all__ = ["compile_router"]


@attrs.frozen(eq=False)
class _Parent:
    """The providers and scopes that a router inherits from the routers that include it."""

    providers: Mapping[Any, Function]
    scopes: tuple[Scope, ...]


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
    routes = list(_routes(registry, _Parent({}, ()), overrides))
    by_class: dict[RouteKey, RouteList] = {}
    for kind in NOTIFICATION_TYPES:
        of_kind = [(handler, route) for handler, route in routes if kind in handler.notifications]
        for event in (None, *(EVENT_TYPES if issubclass(kind, MessageNotification) else ())):
            matching = [
                (handler, for_event)
                for handler, route in of_kind
                if (for_event := _route_for(event, handler, route)) is not None
            ]
            if matching:
                reads_state = any(handler.filter is not None and handler.filter.reads_state for handler, _ in matching)
                by_class[kind, event] = RouteList(tuple(route for _, route in matching), reads_state)
    root = _scope(registry, {**registry.providers, **overrides})
    return Dispatcher(
        by_class,
        root,
        lambda notification: load_context(storage, notification, state_key),
        interrupts=functools.partial(find_interruption, registry),
    )


def _routes(
    registry: Registry, parent: _Parent, overrides: Mapping[Any, Function]
) -> Iterator[tuple[HandlerRegistration, Route]]:
    providers = {**parent.providers, **registry.providers, **overrides}
    scope = _scope(registry, providers)
    scopes = (*parent.scopes, scope) if scope.middleware or scope.error_handlers else parent.scopes
    for entry in registry.entries:
        if isinstance(entry, Registry):
            yield from _routes(entry, _Parent(providers, scopes), overrides)
        else:
            yield entry, _route(entry, providers, scopes)


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
    return Scope(tuple(cast("Middleware", one.call) for one in registry.middleware), tuple(error_handlers))


def _route(handler: HandlerRegistration, providers: Mapping[Any, Function], scopes: tuple[Scope, ...]) -> Route:
    condition = handler.filter
    resolver = Resolver(
        notifications=handler.notifications,
        messages=_messages(handler),
        captures=condition.captures if condition is not None else frozenset(),
        providers=providers,
    )
    return Route(condition.test if condition is not None else None, inject(handler.function, resolver), scopes)


def _route_for(event: type[BaseMessage] | None, handler: HandlerRegistration, route: Route) -> Route | None:
    """Return a handler's route for a class of events, or for everything else (None); None if it never matches."""
    if event is None:
        return route if handler.messages is None or not handler.for_events else None
    if handler.for_events:
        return route if handler.messages is None or event in handler.messages else None
    test = handler.filter.test_named if handler.filter is not None else None
    return attrs.evolve(route, test=test) if test is not None else None


def _messages(handler: HandlerRegistration) -> frozenset[type[BaseMessage]] | None:
    """Return the message classes that can reach a handler; None if notifications without a message can."""
    condition = handler.filter
    messages = condition.messages if condition is not None else None
    if messages is None and _always_have_message(handler.notifications):
        messages = MESSAGE_TYPES
    if messages is None or handler.messages is None:
        return messages
    if handler.for_events:
        return messages & handler.messages
    return messages if condition is not None and condition.test_named is not None else messages - EVENT_TYPES


def _always_have_message(notifications: frozenset[type[BaseNotification]]) -> bool:
    return all(issubclass(one, MessageNotification) for one in notifications)
