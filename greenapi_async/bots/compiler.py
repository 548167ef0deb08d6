"""From routers as they are written to the rows of routes that notifications go along; all is checked here."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import attrs

from greenapi_async.bots.dispatch import Dispatch, Middleware, Route, Row, Scope
from greenapi_async.bots.injection import wire
from greenapi_async.bots.kinds import MESSAGES, NOTIFICATIONS
from greenapi_async.bots.registry import Declared, Handled
from greenapi_async.bots.resolver import Offer
from greenapi_async.bots.signatures import Function
from greenapi_async.bots.states import Key, load
from greenapi_async.bots.storage import StateStorage
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import BaseNotification, MessageNotification

__all__ = ["build"]


@attrs.frozen(eq=False)
class _Around:
    """What a router finds where it is included."""

    provided: Mapping[Any, Function]
    scopes: tuple[Scope, ...]


def build(declared: Declared, over: Mapping[Any, Function], storage: StateStorage, state_key: Key) -> Dispatch:
    """Build what notifications are handed to; ``over`` goes before what any router provides."""
    routes = list(_routes(declared, _Around({}, ()), over))
    rows: dict[type[BaseNotification], Row] = {}
    for kind in NOTIFICATIONS:
        row = [(handled, route) for handled, route in routes if kind in handled.notifications]
        if row:
            reads_state = any(handled.filter is not None and handled.filter.reads_state for handled, _ in row)
            rows[kind] = Row(tuple(route for _, route in row), reads_state)
    outermost = _scope(declared, {**declared.provided, **over})
    return Dispatch(rows, outermost, lambda notification: load(storage, notification, state_key))


def _routes(declared: Declared, around: _Around, over: Mapping[Any, Function]) -> Iterator[tuple[Handled, Route]]:
    provided = {**around.provided, **declared.provided, **over}
    scope = _scope(declared, provided)
    scopes = (*around.scopes, scope) if scope.middleware or scope.caught else around.scopes
    for part in declared.parts:
        if isinstance(part, Declared):
            yield from _routes(part, _Around(provided, scopes), over)
        else:
            yield part, _route(part, provided, scopes)


def _scope(declared: Declared, provided: Mapping[Any, Function]) -> Scope:
    arriving = declared.arriving()
    caught = [
        (
            kind,
            wire(
                one.function,
                Offer(
                    notifications=arriving,
                    messages=_messages(arriving, None),
                    found=frozenset(),
                    errors=one.errors,
                    provided=provided,
                ),
            ),
        )
        for one in declared.caught
        for kind in one.errors
    ]
    return Scope(tuple(cast("Middleware", one.call) for one in declared.middleware), tuple(caught))


def _route(handled: Handled, provided: Mapping[Any, Function], scopes: tuple[Scope, ...]) -> Route:
    only = handled.filter
    offer = Offer(
        notifications=handled.notifications,
        messages=_messages(handled.notifications, only.messages if only is not None else None),
        found=only.found if only is not None else frozenset(),
        provided=provided,
    )
    return Route(only.test if only is not None else None, wire(handled.function, offer), scopes)


def _messages(
    notifications: frozenset[type[BaseNotification]], filtered: frozenset[type[BaseMessage]] | None
) -> frozenset[type[BaseMessage]] | None:
    """Give the classes of message that may come; None where there may be none."""
    if filtered is not None:
        return filtered
    return MESSAGES if all(issubclass(one, MessageNotification) for one in notifications) else None
