"""Dispatch: a notification runs the first route that matches, inside the middleware of the routers around it.

Edits, deletions, reactions and votes have routes of their own: handlers of new messages get them only on request.

The routes of all routers form one list in the order of registration, so that the routes of one router are adjacent. A
router with middleware or error handlers is a scope around its part of the list. The scope is entered at its first
matching route, and left when a handler has handled the notification or no further route of it matches. So middleware
runs once per notification, however many handlers return ``SKIP``, and only if there is a handler to run. Outer
middleware, of all routers, runs around this for every notification, before any filter. In a chat that the owner of the
account has taken over, only this remains for new messages.

Error handlers are outside the middleware of their router: middleware sees an exception first. An exception raised by an
error handler goes to the routers around it, and out of the outermost router to the processing that called the handler.
Which error handlers an exception has is decided in ``error_matching``.
"""

import enum
import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Final, Protocol, cast

import attrs

from greenapi_async.bots.error_matching import classes_of, is_ordinary_end, leaves_of, without
from greenapi_async.bots.event import Event
from greenapi_async.bots.gathering import Call, Gather, Windows
from greenapi_async.bots.injection import InjectedCall
from greenapi_async.bots.resolver import Invocation
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import BaseNotification, Notification
from greenapi_async.processing.silence import is_silenced
from greenapi_async.processing.takeovers import Takeover
from greenapi_async.processing.waiters import Interrupts

__all__ = [
    "SKIP",
    "CallNext",
    "Compiled",
    "Dispatcher",
    "Middleware",
    "Route",
    "RouteKey",
    "RouteList",
    "Scope",
    "Skip",
]

logger = logging.getLogger("greenapi_async")


class CallNext(Protocol):
    """The rest of the handling of a notification, as middleware calls it: further middleware and the handler."""

    def __call__(self, *values: object) -> Awaitable[bool]:
        """Continue, and return whether a handler has handled the notification.

        Args:
            *values: What handlers receive by annotation, of the classes that the middleware declares to provide.
        """
        ...


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
class Layer:
    """A middleware, and the classes of the values that it passes to handlers."""

    call: Middleware
    provides: tuple[type, ...]
    name: str


@attrs.frozen(eq=False)
class Scope:
    """The middleware and error handlers of a router where it is included."""

    middleware: tuple[Layer, ...]
    """The outermost first."""
    error_handlers: tuple[tuple[type[Exception], InjectedCall], ...]


@attrs.frozen(eq=False)
class Route:
    """A handler with its filter and the scopes around it."""

    test: Callable[[Event], Any] | None
    """The predicate; it returns an awaitable only if the route list is async."""
    call: InjectedCall
    scopes: tuple[Scope, ...]
    """Only those with middleware or error handlers, the outermost first."""
    gather: Gather | None = None
    """The times for which the messages of a person are gathered for it."""
    keeps_lists_open: bool = False
    """True if its messages leave the list open that is being gathered."""


@attrs.frozen(eq=False)
class RouteList:
    """The routes for one ``RouteKey``."""

    routes: tuple[Route, ...]
    reads_state: bool
    """True if a filter of a route needs the conversation state."""
    is_async: bool
    """True if a filter of a route is async."""


_NO_ROUTES: Final = RouteList((), reads_state=False, is_async=False)


@attrs.frozen(eq=False)
class Compiled:
    """The routes of a router and all that it includes, by the key of a notification; and its own scope."""

    routes: Mapping[RouteKey, RouteList]
    root: Scope
    outer: tuple[Layer, ...]
    """Middleware around everything, the outermost first."""
    unreachable: tuple[str, ...] = ()
    """One sentence for each handler that can never be called."""
    gathers: bool = False
    """True if a handler has ``gather``."""


@attrs.define(eq=False)
class Dispatcher:
    """The compiled router: an async function of one notification, for ``client.process``.

    What is registered with the router later takes effect with the next notification.
    """

    compile: Callable[[], Compiled] = attrs.field(repr=False)
    load_context: Callable[[Notification], Awaitable[Any]] = attrs.field(repr=False)
    interrupts: Interrupts = attrs.field(repr=False, kw_only=True)
    """Returns whether a message goes to its handler although a conversation waits for it."""
    takeover: Takeover | None = attrs.field(default=None, repr=False, kw_only=True)
    """When the owner of the account takes over a chat, where no handler gets new messages then."""
    compiled: Compiled = attrs.field(default=Compiled({}, Scope((), ()), ()), init=False)
    windows: Windows = attrs.field(factory=Windows, init=False, repr=False)

    def use(self, compiled: Compiled) -> None:
        """Use compiled routes from the next notification on, and log which of the handlers can never be called."""
        for sentence in compiled.unreachable:
            if sentence not in self.compiled.unreachable:
                logger.warning("%s", sentence)
        self.compiled = compiled

    @property
    def handles_nothing(self) -> bool:
        """True if there is neither a handler nor outer middleware."""
        return not self.compiled.routes and not self.compiled.outer

    async def __call__(self, notification: Notification) -> None:
        """Run the first handler that matches; return without effect if there is none."""
        event = Event(notification)
        message = event.message
        about = type(message) if message is not None and message.is_event else None
        compiled = self.compiled
        matching = compiled.routes.get((type(notification), about))
        if matching is not None and not compiled.outer:
            await _Dispatch(self, compiled, matching, event).run()
        elif compiled.outer:
            await _Dispatch(self, compiled, matching or _NO_ROUTES, event).run_outer()

    def __repr__(self) -> str:
        count = len({route.call for routes in self.compiled.routes.values() for route in routes.routes})
        return f"<Dispatcher with {count} handler{'' if count == 1 else 's'}>"


@attrs.define(eq=False)
class _Dispatch:
    """The dispatch of one notification."""

    dispatcher: Dispatcher
    compiled: Compiled
    matching: RouteList
    event: Event
    handled: bool = False
    """True if a handler has handled the notification."""
    raised: Exception | None = None
    """Exception of the routes that no error handler took."""

    async def run_outer(self) -> None:
        """Run the outer middleware, and the routes in it."""
        try:
            await self._chain(self.compiled.outer, self._run_noting_errors)()
        except Exception as error:
            if error is self.raised:
                raise
            unhandled = await self.handle_error(self.compiled.root, error)
            if unhandled is error:
                raise
            if unhandled is not None:
                raise unhandled from None

    async def _run_noting_errors(self) -> None:
        try:
            await self.run()
        except Exception as error:
            self.raised = error
            raise

    async def run(self) -> None:
        """Run the first handler that matches; return without effect if there is none."""
        if await self._is_silenced():
            return
        try:
            if self.matching.reads_state and self.event.context is None:
                self.event.context = await self.dispatcher.load_context(self.event.notification)
            first = await self.find_async(0) if self.matching.is_async else self.find_match(0)
        except Exception as error:
            unhandled = await self.handle_error(self.compiled.root, error)
            if unhandled is error:
                raise
            if unhandled is not None:
                raise unhandled from None
            return
        if first is not None:
            await self.run_routes(first, None, 0)

    def find_match(self, start: int) -> int | None:
        """Return the index of the next route that matches."""
        event = self.event
        routes = self.matching.routes
        for index in range(start, len(routes)):
            test = routes[index].test
            if test is None or test(event):
                return index
        return None

    async def find_async(self, start: int) -> int | None:
        """Return the index of the next route that matches, where some filters are async."""
        routes = self.matching.routes
        for index in range(start, len(routes)):
            test = routes[index].test
            matched = True if test is None else test(self.event)
            if (await matched) if inspect.isawaitable(matched) else matched:
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
            route = self.matching.routes[index]
            scopes = route.scopes
            if scope is not None and (len(scopes) < depth or scopes[depth - 1] is not scope):
                return index
            if len(scopes) > depth:
                index = await self._enter(index, scopes[depth], depth)
            elif await self._call(route) is SKIP:
                index = await self.find_async(index + 1) if self.matching.is_async else self.find_match(index + 1)
            else:
                self.handled = True
                return None
        return None

    async def _call(self, route: Route) -> object:
        """Call the handler of a route, in its turn if messages of the person are being gathered."""
        if not self.compiled.gathers or route.keeps_lists_open:
            return await self._invoke(route.call)
        invoke = functools.partial(self._invoke, route.call)
        result = await self.dispatcher.windows.run(
            Call(self.event, route.call, route.gather, invoke, self._is_silenced)
        )
        if result is SKIP and route.gather is not None:
            raise InvalidArgumentError("A handler with gather= cannot return SKIP: its messages belong together")
        return result

    async def _is_silenced(self) -> bool:
        dispatcher = self.dispatcher
        return dispatcher.takeover is not None and await is_silenced(self.event.notification, dispatcher.interrupts)

    async def handle_error(self, scope: Scope, error: Exception) -> Exception | None:
        """Run the error handlers of a scope, those of the nearest class first.

        Args:
            scope: The scope.
            error: The exception.

        Returns:
            What no error handler handled: None, the exception, or a part of a group.
        """
        if await self._find_handler(scope, error, classes_of(error)) is not None:
            return None
        if not isinstance(error, ExceptionGroup):
            return error
        group = cast("ExceptionGroup[Exception]", error)
        used: set[InjectedCall] = set()
        handled: list[Exception] = []
        for leaf in leaves_of(group):
            call = await self._find_handler(scope, leaf, classes_of(leaf, in_group=True), used)
            if call is not None:
                if call in used:
                    logger.warning("One error handler for several errors: it was called for another", exc_info=leaf)
                used.add(call)
                handled.append(leaf)
        rest = without(group, handled)
        if rest is None or is_ordinary_end(rest) or await self._find_handler(scope, rest, (Exception,)) is None:
            return rest
        return None

    async def _find_handler(
        self, scope: Scope, error: Exception, kinds: Sequence[type], used: Collection[InjectedCall] = ()
    ) -> InjectedCall | None:
        """Run the error handlers for some classes until one does not skip the error, and return it.

        Args:
            scope: The scope.
            error: The exception.
            kinds: The classes, the nearest first.
            used: Error handlers that count without being called again.
        """
        for kind in kinds:
            for handled, call in scope.error_handlers:
                if handled is kind and (call in used or await self._invoke(call, error) is not SKIP):
                    return call
        return None

    async def _enter(self, index: int, scope: Scope, depth: int) -> int | None:
        following: int | None = None

        async def run_inside() -> None:
            nonlocal following
            following = await self.run_routes(index, scope, depth + 1)

        try:
            await self._chain(scope.middleware, run_inside)()
        except Exception as error:
            unhandled = await self.handle_error(scope, error)
            if unhandled is error:
                raise
            if unhandled is not None:
                raise unhandled from None
            self.handled = True
            return None
        return following

    def _chain(self, layers: Sequence[Layer], inside: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[object]]:
        """Return a function that runs middleware, the first outermost, around what is inside."""
        chain: Callable[[], Awaitable[object]] = inside
        for layer in reversed(layers):
            call_next: CallNext = functools.partial(self._call_next, layer, chain)
            chain = functools.partial(layer.call, self.event.notification, call_next)
        return chain

    async def _call_next(self, layer: Layer, following: Callable[[], Awaitable[object]], *values: object) -> bool:
        if values or layer.provides:
            self.event.captured = {**self.event.captured, **_by_class(layer, values)}
        self.handled = False
        await following()
        return self.handled

    async def _invoke(self, call: InjectedCall, error: Exception | None = None) -> object:
        if call.reads_state and self.event.context is None:
            self.event.context = await self.dispatcher.load_context(self.event.notification)
        result: object = await call.run(Invocation(self.event, error))
        return result


def _by_class(layer: Layer, values: Sequence[object]) -> dict[type, object]:
    """Return the values that a middleware passes on, by the classes that it declares to provide."""
    found: dict[type, object] = {}
    for value in values:
        kind = next((one for one in layer.provides if one not in found and isinstance(value, one)), None)
        if kind is None:
            raise InvalidArgumentError(
                f"{layer.name} passes {value!r} to call_next(), which it does not declare. "
                f"Example: @router.middleware(provides={type(value).__name__})"
            )
        found[kind] = value
    missing = [one.__name__ for one in layer.provides if one not in found]
    if missing:
        raise InvalidArgumentError(
            f"{layer.name} declares to provide {', '.join(missing)}, but called call_next() without"
        )
    return found
