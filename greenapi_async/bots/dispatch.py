"""Dispatch: a notification runs the first route that matches, inside the middleware of the routers around it.

Edits, deletions, reactions and votes have routes of their own: handlers of new messages get them only on request.

The routes of all routers form one list in the order of registration, so that the routes of one router are adjacent. A
router with middleware or error handlers is a scope around its part of the list. The scope is entered at its first
matching route, and left when a handler has handled the notification or no further route of it matches. So middleware
runs once per notification, however many handlers return ``SKIP``, and only if there is a handler to run.

Error handlers are outside the middleware of their router: middleware sees an exception first. An exception raised by an
error handler goes to the routers around it, and out of the outermost router to the processing that called the handler.
"""

import enum
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from greenapi_async.bots.event import Event
from greenapi_async.bots.injection import InjectedCall
from greenapi_async.bots.resolver import Invocation
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import BaseNotification, Notification
from greenapi_async.processing.waiters import Interrupts

__all__ = ["SKIP", "CallNext", "Dispatcher", "Middleware", "Route", "RouteKey", "RouteList", "Scope", "Skip"]

CallNext = Callable[[], Awaitable[None]]
Middleware = Callable[[Notification, CallNext], Awaitable[object]]
RouteKey = tuple[type[BaseNotification], type[BaseMessage] | None]
"""The class of a notification, and that of the event about a message in it; None if there is no such event."""


class Skip(enum.Enum):
    """The type of ``SKIP``."""

    SKIP = enum.auto()
    """Returned by a handler to pass the notification on to the next handler that matches."""

    def __repr__(self) -> str:
        return self.name


SKIP: Final = Skip.SKIP


@attrs.frozen(eq=False)
class Scope:
    """The middleware and error handlers of a router where it is included."""

    middleware: tuple[Middleware, ...]
    """The outermost first."""
    error_handlers: tuple[tuple[type[Exception], InjectedCall], ...]


@attrs.frozen(eq=False)
class Route:
    """A handler with its filter and the scopes around it."""

    test: Callable[[Event], bool] | None
    call: InjectedCall
    scopes: tuple[Scope, ...]
    """Only those with middleware or error handlers, the outermost first."""


@attrs.frozen(eq=False)
class RouteList:
    """The routes for one ``RouteKey``."""

    routes: tuple[Route, ...]
    reads_state: bool
    """True if a filter of a route needs the conversation state."""


@attrs.frozen(eq=False)
class Dispatcher:
    """The compiled router: an async function of one notification, for ``client.process``."""

    routes: Mapping[RouteKey, RouteList]
    root: Scope
    load_context: Callable[[Notification], Awaitable[Any]] = attrs.field(repr=False)
    interrupts: Interrupts = attrs.field(repr=False, kw_only=True)
    """Returns whether a message goes to its handler although a conversation waits for it."""

    async def __call__(self, notification: Notification) -> None:
        """Run the first handler that matches; return without effect if there is none."""
        event = Event(notification)
        message = event.message
        about = type(message) if message is not None and message.is_event else None
        matching = self.routes.get((type(notification), about))
        if matching is None:
            return
        dispatch = _Dispatch(self, matching.routes, event)
        try:
            if matching.reads_state:
                dispatch.event.context = await self.load_context(notification)
            first = dispatch.find_match(0)
        except Exception as error:
            if not await dispatch.handle_error(self.root, error):
                raise
            return
        if first is not None:
            await dispatch.run_routes(first, None, 0)

    def __repr__(self) -> str:
        count = len({route.call for routes in self.routes.values() for route in routes.routes})
        return f"<Dispatcher with {count} handler{'' if count == 1 else 's'}>"


@attrs.frozen(eq=False)
class _Dispatch:
    """The dispatch of one notification."""

    dispatcher: Dispatcher
    routes: Sequence[Route]
    event: Event

    def find_match(self, start: int) -> int | None:
        """Return the index of the next route that matches."""
        event = self.event
        routes = self.routes
        for index in range(start, len(routes)):
            test = routes[index].test
            if test is None or test(event):
                return index
        return None

    async def run_routes(self, index: int | None, scope: Scope | None, depth: int) -> int | None:
        """Run matching routes of a scope until one handles the notification.

        Args:
            index: Index of a route that matches; None if there is none.
            scope: The scope; None for all routes.
            depth: Number of scopes around the routes, ``scope`` included.

        Returns:
            Index of the first matching route after the scope; None if dispatch is finished.
        """
        while index is not None:
            route = self.routes[index]
            scopes = route.scopes
            if scope is not None and (len(scopes) < depth or scopes[depth - 1] is not scope):
                return index
            if len(scopes) > depth:
                index = await self._enter(index, scopes[depth], depth)
            elif await self._invoke(route.call) is SKIP:
                index = self.find_match(index + 1)
            else:
                return None
        return None

    async def handle_error(self, scope: Scope, error: Exception) -> bool:
        """Run the error handlers of a scope, those of the nearest class first.

        Args:
            scope: The scope.
            error: The exception.

        Returns:
            Whether an error handler handled it.
        """
        for kind in type(error).__mro__:
            for handled, call in scope.error_handlers:
                if handled is kind and await self._invoke(call, error) is not SKIP:
                    return True
        return False

    async def _enter(self, index: int, scope: Scope, depth: int) -> int | None:
        following: int | None = None

        async def run_inside() -> None:
            nonlocal following
            following = await self.run_routes(index, scope, depth + 1)

        call_next: CallNext = run_inside
        for middleware in reversed(scope.middleware):
            call_next = functools.partial(_run_middleware, middleware, self.event.notification, call_next)
        try:
            await call_next()
        except Exception as error:
            if not await self.handle_error(scope, error):
                raise
            return None
        return following

    async def _invoke(self, call: InjectedCall, error: Exception | None = None) -> object:
        if call.reads_state and self.event.context is None:
            self.event.context = await self.dispatcher.load_context(self.event.notification)
        result: object = await call.run(Invocation(self.event, error))
        return result


async def _run_middleware(middleware: Middleware, notification: Notification, call_next: CallNext) -> None:
    await middleware(notification, call_next)
