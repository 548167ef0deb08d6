"""A notification on its way to its handler: the first route that matches, inside the routers it stands in.

Routes stand in one row, in the order written, so that those of one router stand together. A router with middleware or
error handlers is a scope around its part of the row: it is entered at the first route of it that matches, and left
when a handler took the notification or no more of its routes match. So middleware runs once for a notification,
however many handlers say ``NOT_MINE``, and only where there is something for it to be around.

Errors are caught outside the middleware of their router: it sees them first. What an error handler raises is an error
like any other to the routers around it, and goes out of the outermost to whoever runs the handler.
"""

import enum
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from greenapi_async.bots.event import Event
from greenapi_async.bots.injection import Call
from greenapi_async.bots.resolver import Run
from greenapi_async.models.notifications import BaseNotification, Notification

__all__ = ["NOT_MINE", "CallNext", "Dispatch", "Middleware", "NotMine", "Route", "Row", "Scope"]

CallNext = Callable[[], Awaitable[None]]
Middleware = Callable[[Notification, CallNext], Awaitable[object]]


class NotMine(enum.Enum):
    """What a handler returns to pass a notification on to the next one that matches."""

    NOT_MINE = enum.auto()

    def __repr__(self) -> str:
        return self.name


NOT_MINE: Final = NotMine.NOT_MINE


@attrs.frozen(eq=False)
class Scope:
    """A router, where it is included."""

    middleware: tuple[Middleware, ...]
    """The outermost first."""
    caught: tuple[tuple[type[Exception], Call], ...]


@attrs.frozen(eq=False)
class Route:
    """A handler, where it stands."""

    test: Callable[[Event], bool] | None
    call: Call
    scopes: tuple[Scope, ...]
    """Those around it that do something, the outermost first."""


@attrs.frozen(eq=False)
class Row:
    """The routes for one class of notification."""

    routes: tuple[Route, ...]
    reads_state: bool
    """Whether a filter of them does."""


@attrs.frozen(eq=False)
class Dispatch:
    """What ``Router.handler`` gives: awaited with a notification, it runs the handler that is for it."""

    rows: Mapping[type[BaseNotification], Row]
    outermost: Scope
    load: Callable[[Notification], Awaitable[Any]] = attrs.field(repr=False)
    """Reads the state."""

    async def __call__(self, notification: Notification) -> None:
        """Run the first handler that matches; returns when it is done, or when there is none."""
        row = self.rows.get(type(notification))
        if row is None:
            return
        passage = _Passage(self, row.routes, Event(notification))
        try:
            if row.reads_state:
                passage.event.context = await self.load(notification)
            first = passage.match(0)
        except Exception as error:
            if not await passage.catch(self.outermost, error):
                raise
            return
        if first is not None:
            await passage.walk(first, None, 0)

    def __repr__(self) -> str:
        count = len({id(route) for row in self.rows.values() for route in row.routes})
        return f"<a bot of {count} handlers>"


@attrs.frozen(eq=False)
class _Passage:
    dispatch: Dispatch
    routes: Sequence[Route]
    event: Event

    def match(self, start: int) -> int | None:
        """Find the next route that matches."""
        event = self.event
        routes = self.routes
        for at in range(start, len(routes)):
            test = routes[at].test
            if test is None or test(event):
                return at
        return None

    async def walk(self, at: int | None, scope: Scope | None, depth: int) -> int | None:
        """Run the routes that match, from one that does, for as long as they are in a scope at a depth.

        Gives the first that matches behind it; None when there is nothing left to do.
        """
        while at is not None:
            route = self.routes[at]
            scopes = route.scopes
            if scope is not None and (len(scopes) < depth or scopes[depth - 1] is not scope):
                return at
            if len(scopes) > depth:
                at = await self._enter(at, scopes[depth], depth)
            elif await self._run(route.call) is NOT_MINE:
                at = self.match(at + 1)
            else:
                return None
        return None

    async def catch(self, scope: Scope, error: Exception) -> bool:
        """Let a scope handle an error, by the class nearest to it; False when it does not."""
        for kind in type(error).__mro__:
            for wanted, call in scope.caught:
                if wanted is kind and await self._run(call, error) is not NOT_MINE:
                    return True
        return False

    async def _enter(self, at: int, scope: Scope, depth: int) -> int | None:
        behind: int | None = None

        async def inside() -> None:
            nonlocal behind
            behind = await self.walk(at, scope, depth + 1)

        call_next: CallNext = inside
        for middleware in reversed(scope.middleware):
            call_next = functools.partial(_around, middleware, self.event.notification, call_next)
        try:
            await call_next()
        except Exception as error:
            if not await self.catch(scope, error):
                raise
            return None
        return behind

    async def _run(self, call: Call, error: Exception | None = None) -> object:
        if call.reads_state and self.event.context is None:
            self.event.context = await self.dispatch.load(self.event.notification)
        answer: object = await call.run(Run(self.event, error))
        return answer


async def _around(middleware: Middleware, notification: Notification, call_next: CallNext) -> None:
    await middleware(notification, call_next)
