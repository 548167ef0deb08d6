"""A router: handlers in the order written, and what stands around them.

The first handler whose filters match gets a notification. A handler is an async function, and is given what its
annotations name: the notification, its message, the ``Client``, the ``Context`` of the state, a ``Command`` or an
``re.Match[str]`` that a filter found, and whatever the application provides. Whether each can be given is checked when
``handler`` builds the router; what is declared after that is not part of what was built.
"""

import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from greenapi_async.bots.checking import is_a, is_under
from greenapi_async.bots.compiler import build
from greenapi_async.bots.dispatch import Dispatch, Middleware
from greenapi_async.bots.filters import Filter
from greenapi_async.bots.hooks import hook, started, stopped
from greenapi_async.bots.kinds import NOTIFICATIONS
from greenapi_async.bots.providers import Provide, provided
from greenapi_async.bots.registry import Caught, Declared, Handled
from greenapi_async.bots.signatures import async_function, locals_of_caller, takes
from greenapi_async.bots.states import Key, by_sender
from greenapi_async.bots.storage import MemoryStorage, StateStorage
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.notifications import BaseNotification, IncomingMessageReceived

__all__ = ["Router"]

Async = TypeVar("Async", bound=Callable[..., Awaitable[object]])
Around = TypeVar("Around", bound=Middleware)


class Router:
    """Handlers, and routers included among them.

    ``provide`` maps types to functions that make them, for its own handlers and those of included routers; what an
    included one provides itself goes before. A function gives the value, something to await, or a context manager that
    is entered around the handler; it may ask for things by annotation, as handlers do. What it gives is taken as it is
    when it already is of the type, so that ``{Pool: lambda: pool}`` closes nothing.
    """

    def __init__(self, *, provide: Provide | None = None) -> None:
        self._declared = Declared(provided(provide, locals_of_caller()))

    def message(self, *filters: Filter) -> Callable[[Async], Async]:
        """Declare a handler of the messages that come in and match all the filters."""
        return self._handles((IncomingMessageReceived,), filters)

    def on(self, kind: type[BaseNotification], /, *wanted: type[BaseNotification] | Filter) -> Callable[[Async], Async]:
        """Declare a handler of these classes of notification, those under them included, that match all the filters."""
        kinds = [kind, *(one for one in wanted if isinstance(one, type))]
        for one in kinds:
            if not is_under(one, BaseNotification) or not any(issubclass(each, one) for each in NOTIFICATIONS):
                words = "a class of notification is needed, as in @router.on(OutgoingMessageStatus)"
                raise InvalidArgumentError(f"on() is given {one!r}; {words}")
        return self._handles(kinds, [one for one in wanted if not isinstance(one, type)])

    def include(self, other: "Router") -> None:
        """Let another router stand here, behind what was declared before and ahead of what comes after."""
        if not is_a(other, Router):
            raise InvalidArgumentError(f"{other!r} is included; a Router is needed")
        if any(one is self._declared for one in other._declared.family()):
            raise InvalidArgumentError("a router is included in itself, or in one that it includes")
        self._declared.parts.append(other._declared)

    def middleware(self, function: Around) -> Around:
        """Declare what is awaited around the handlers, ``(notification, call_next)``; the first is the outermost.

        It runs once for each notification that a handler of this router, or of one it includes, matches. Unless it
        awaits ``call_next()``, no handler runs and the notification is done with.
        """
        declared = async_function(function, "middleware", locals_of_caller())
        if not takes(function, None, None):
            raise InvalidArgumentError(f"{declared} is middleware; it takes two things: the notification and call_next")
        self._declared.middleware.append(declared)
        return function

    def error(self, kind: type[Exception], /, *others: type[Exception]) -> Callable[[Async], Async]:
        """Declare a handler of these errors, and those under them, of this router and those it includes.

        The nearest router goes first, and in it the class nearest to the error. Once handled, the notification is done
        with; a handler that raises, or returns ``NOT_MINE``, leaves the error to others.
        """
        for one in (kind, *others):
            if not is_under(one, Exception):
                raise InvalidArgumentError(f"error() is given {one!r}; a class of exception is needed")

        def declare(function: Async) -> Async:
            declared = async_function(function, "an error handler", locals_of_caller())
            self._declared.caught.append(Caught((kind, *others), declared))
            return function

        return declare

    def on_start(self, function: Async) -> Async:
        """Declare what runs before the first notification; it takes nothing, or the list of clients."""
        self._declared.starts.append(hook(function, locals_of_caller()))
        return function

    def on_stop(self, function: Async) -> Async:
        """Declare what runs after the last notification; it takes nothing, or the list of clients."""
        self._declared.stops.append(hook(function, locals_of_caller()))
        return function

    async def started(self, clients: Sequence[BoundClient]) -> None:
        """Run the hooks of the start, in the order written, those of included routers among them."""
        await started(self._declared, clients)

    async def stopped(self, clients: Sequence[BoundClient]) -> None:
        """Run the hooks of the stop, the last first; all of them, whichever fails."""
        await stopped(self._declared, clients)

    def handler(
        self, *, provide: Provide | None = None, storage: StateStorage | None = None, state_key: Key = by_sender
    ) -> Dispatch:
        """Build the handler for ``client.process``.

        ``provide`` goes before what the routers provide, so that a test can put something else in its place. States are
        kept in memory, if no ``storage`` is given. Raises ``InvalidArgumentError`` that names the function and the
        parameter for which there is nothing to give.
        """
        over = provided(provide, locals_of_caller())
        return build(self._declared, over, MemoryStorage() if storage is None else storage, state_key)

    def _handles(self, kinds: Sequence[type[BaseNotification]], filters: Sequence[Filter]) -> Callable[[Async], Async]:
        arriving = frozenset(one for one in NOTIFICATIONS if issubclass(one, tuple(kinds)))
        for one in filters:
            if not is_a(one, Filter):
                words = "a filter is needed, as in @router.message(filters.text('hi')), or @router.message() for all"
                raise InvalidArgumentError(f"the router is given {one!r}; {words}")
        only = functools.reduce(Filter.__and__, filters) if filters else None

        def declare(function: Async) -> Async:
            declared = async_function(function, "a handler", locals_of_caller())
            self._declared.parts.append(Handled(arriving, only, declared))
            return function

        return declare
