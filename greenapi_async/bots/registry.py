"""Registry: what was registered with one router, in the order of registration.

Registrations are checked one by one in ``registration``. Checks that need the whole tree of routers happen when the
router is compiled.

A registration after that takes effect: the dispatchers that were compiled from the registry, or from one that includes
it, are compiled again. If that fails, the registration is undone and raises. The registry refers to them weakly, so a
dispatcher that nobody uses costs nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, Union
from weakref import WeakSet

import attrs

from greenapi_async.bots.dispatch import Dispatcher
from greenapi_async.bots.event import EVENT_TYPES, MESSAGE_TYPES
from greenapi_async.bots.filters.filter import Filter
from greenapi_async.bots.gathering import Gather
from greenapi_async.bots.job_function import JobFunction
from greenapi_async.bots.signatures import Function, accepts
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import BaseNotification, MessageNotification
from greenapi_async.processing.takeovers import Takeover
from greenapi_async.processing.waiters import Interruption

__all__ = ["ErrorHandlerRegistration", "HandlerRegistration", "MiddlewareRegistration", "Registry"]

T = TypeVar("T")


@attrs.frozen(eq=False)
class HandlerRegistration:
    """A handler, the concrete notification and message classes it is for, and its filter.

    Attributes:
        notifications: The notification classes.
        messages: The message classes; None if it is for all of them and for notifications without a message.
        filter: All filters combined; None if there is none.
        function: The handler.
        interrupts: Whether its messages come to it although a conversation waits for them; see ``Router.message``.
        gather: How long the messages of a person are gathered for it; None if each is handled alone.
    """

    notifications: frozenset[type[BaseNotification]]
    messages: frozenset[type[BaseMessage]] | None
    filter: Filter | None
    function: Function
    interrupts: Interruption = False
    gather: Gather | None = None

    @property
    def for_events(self) -> bool:
        """True if it gets edits, deletions, reactions or votes without a filter that names them."""
        return self.messages is None or not self.messages.isdisjoint(EVENT_TYPES)

    @property
    def reachable_messages(self) -> frozenset[type[BaseMessage]] | None:
        """The message classes that can reach it; None if notifications without a message can."""
        condition = self.filter
        messages = condition.messages if condition is not None else None
        if messages is None and all(issubclass(one, MessageNotification) for one in self.notifications):
            messages = MESSAGE_TYPES
        if messages is None or self.messages is None:
            return messages
        if self.for_events:
            return messages & self.messages
        return messages if condition is not None and condition.test_named is not None else messages - EVENT_TYPES


@attrs.frozen(eq=False)
class ErrorHandlerRegistration:
    """An error handler and the exceptions it handles."""

    errors: tuple[type[Exception], ...]
    function: Function


@attrs.frozen(eq=False)
class MiddlewareRegistration:
    """A middleware and the classes of the values that it passes to handlers."""

    function: Function
    provides: tuple[type, ...]


@attrs.define(eq=False)
class Registry:
    """The registrations of one router. Add to its lists with ``add`` only."""

    providers: Mapping[Any, Function]
    entries: list[Union[HandlerRegistration, "Registry"]] = attrs.field(factory=list[Any])
    """Handlers and included routers."""
    including: list["Registry"] = attrs.field(factory=list[Any], repr=False)
    """Those that include this one."""
    middleware: list[MiddlewareRegistration] = attrs.field(factory=list[MiddlewareRegistration])
    """The outermost first."""
    outer_middleware: list[MiddlewareRegistration] = attrs.field(factory=list[MiddlewareRegistration])
    """The outermost first."""
    error_handlers: list[ErrorHandlerRegistration] = attrs.field(factory=list[ErrorHandlerRegistration])
    startup_hooks: list[Function] = attrs.field(factory=list[Function])
    shutdown_hooks: list[Function] = attrs.field(factory=list[Function])
    jobs: list[JobFunction[Any]] = attrs.field(factory=list[JobFunction[Any]])

    takeover: Takeover | None = None
    """When the owner of the account takes over a chat; only of the router that is run."""
    started: bool = False
    """True while a bot runs whose startup hooks have run."""
    _dispatchers: "WeakSet[Dispatcher]" = attrs.field(factory=WeakSet[Dispatcher])

    def watch(self, dispatcher: Dispatcher) -> None:
        """Compile a dispatcher again whenever something is registered here or with an included router."""
        for one in self.walk():
            one._dispatchers.add(dispatcher)

    def add(self, registrations: list[T], item: T) -> None:
        """Append a registration to one of the lists, and compile again what was compiled with it.

        Raises:
            InvalidArgumentError: What was compiled is not valid with the registration, which is undone.
        """
        registrations.append(item)
        dispatchers = list(self._dispatchers)
        try:
            compiled = [dispatcher.compile() for dispatcher in dispatchers]
        except BaseException:
            registrations.pop()
            raise
        for dispatcher, new in zip(dispatchers, compiled, strict=True):
            dispatcher.use(new)
            self.watch(dispatcher)

    def walk(self) -> Iterator["Registry"]:
        """Yield this registry and all that it includes, each once, depth first."""
        seen: set[Registry] = set()
        pending = [self]
        while pending:
            one = pending.pop()
            if one not in seen:
                seen.add(one)
                yield one
                pending += [entry for entry in reversed(one.entries) if isinstance(entry, Registry)]

    def provides(self, kind: Any) -> bool:
        """Return whether there is a provider of a type here, or in a registry that includes this one."""
        return kind in self.providers or any(one.provides(kind) for one in self.including)

    def handlers(self) -> Iterator[HandlerRegistration]:
        """Yield the handlers of this registry and of all that it includes."""
        for one in self.walk():
            yield from (entry for entry in one.entries if isinstance(entry, HandlerRegistration))

    def notifications(self) -> frozenset[type[BaseNotification]]:
        """Return the notification classes for which there is a handler."""
        return frozenset[type[BaseNotification]]().union(*(handler.notifications for handler in self.handlers()))

    async def run_startup_hooks(self, clients: Sequence[BoundClient]) -> None:
        """Run the startup hooks in the order of registration; the first that fails ends it."""
        for one in self.walk():
            for function in one.startup_hooks:
                await _run_hook(function, clients)
            one.started = True

    async def run_shutdown_hooks(self, clients: Sequence[BoundClient]) -> None:
        """Run all shutdown hooks in reverse order; raise what failed when all have run."""
        for one in self.walk():
            one.started = False
        functions = [function for one in self.walk() for function in one.shutdown_hooks]
        failures: list[Exception] = []
        for function in reversed(functions):
            try:
                await _run_hook(function, clients)
            except Exception as error:  # noqa: BLE001  raised below
                failures.append(error)
        if len(failures) == 1:
            raise failures[0]
        if failures:
            raise ExceptionGroup("several shutdown hooks failed", failures)


async def _run_hook(function: Function, clients: Sequence[BoundClient]) -> None:
    call = function.async_call
    await (call() if accepts(function.call) else call(clients))
