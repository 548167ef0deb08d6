"""Compiler: turns a tree of routers into one list of routes per notification class, and checks all dependencies."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import attrs

from greenapi_async.bots.context import Key, load_context
from greenapi_async.bots.dispatch import Dispatcher, Middleware, Route, RouteList, Scope
from greenapi_async.bots.event import MESSAGE_TYPES, NOTIFICATION_TYPES
from greenapi_async.bots.injection import inject
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
    by_class: dict[type[BaseNotification], RouteList] = {}
    for kind in NOTIFICATION_TYPES:
        matching = [(handler, route) for handler, route in routes if kind in handler.notifications]
        if matching:
            reads_state = any(handler.filter is not None and handler.filter.reads_state for handler, _ in matching)
            by_class[kind] = RouteList(tuple(route for _, route in matching), reads_state)
    root = _scope(registry, {**registry.providers, **overrides})
    return Dispatcher(by_class, root, lambda notification: load_context(storage, notification, state_key))


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
                    messages=_messages(notifications, None),
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
        messages=_messages(handler.notifications, condition.messages if condition is not None else None),
        captures=condition.captures if condition is not None else frozenset(),
        providers=providers,
    )
    return Route(condition.test if condition is not None else None, inject(handler.function, resolver), scopes)


def _messages(
    notifications: frozenset[type[BaseNotification]], filtered: frozenset[type[BaseMessage]] | None
) -> frozenset[type[BaseMessage]] | None:
    """Return the message classes that can arrive; None if notifications without a message can arrive."""
    if filtered is not None:
        return filtered
    return MESSAGE_TYPES if all(issubclass(one, MessageNotification) for one in notifications) else None
