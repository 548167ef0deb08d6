"""Registry: what was registered with one router, in the order of registration.

Registrations are checked one by one here and in ``router``. Checks that need the whole tree of routers happen when the
router is compiled.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Union

import attrs

from greenapi_async.bots.event import EVENT_TYPES
from greenapi_async.bots.filters.filter import Filter
from greenapi_async.bots.signatures import Function, accepts
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import BaseNotification
from greenapi_async.processing.waiters import Interruption

__all__ = ["ErrorHandlerRegistration", "HandlerRegistration", "Registry"]


@attrs.frozen(eq=False)
class HandlerRegistration:
    """A handler, the concrete notification and message classes it is for, and its filter.

    Attributes:
        notifications: The notification classes.
        messages: The message classes; None if it is for all of them and for notifications without a message.
        filter: All filters combined; None if there is none.
        function: The handler.
        interrupts: Whether its messages come to it although a conversation waits for them; see ``Router.message``.
    """

    notifications: frozenset[type[BaseNotification]]
    messages: frozenset[type[BaseMessage]] | None
    filter: Filter | None
    function: Function
    interrupts: Interruption = False

    @property
    def for_events(self) -> bool:
        """True if it gets edits, deletions, reactions or votes without a filter that names them."""
        return self.messages is None or not self.messages.isdisjoint(EVENT_TYPES)


@attrs.frozen(eq=False)
class ErrorHandlerRegistration:
    """An error handler and the exceptions it handles."""

    errors: tuple[type[Exception], ...]
    function: Function


@attrs.frozen(eq=False)
class Registry:
    """The registrations of one router."""

    providers: Mapping[Any, Function]
    entries: list[Union[HandlerRegistration, "Registry"]] = attrs.field(factory=list[Any])
    """Handlers and included routers."""
    middleware: list[Function] = attrs.field(factory=list[Function])
    """The outermost first."""
    error_handlers: list[ErrorHandlerRegistration] = attrs.field(factory=list[ErrorHandlerRegistration])
    startup_hooks: list[Function] = attrs.field(factory=list[Function])
    shutdown_hooks: list[Function] = attrs.field(factory=list[Function])

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

    def notifications(self) -> frozenset[type[BaseNotification]]:
        """Return the notification classes for which there is a handler."""
        handlers = (entry for one in self.walk() for entry in one.entries if isinstance(entry, HandlerRegistration))
        return frozenset[type[BaseNotification]]().union(*(handler.notifications for handler in handlers))

    async def run_startup_hooks(self, clients: Sequence[BoundClient]) -> None:
        """Run the startup hooks in the order of registration; the first that fails ends it."""
        for one in self.walk():
            for function in one.startup_hooks:
                await _run_hook(function, clients)

    async def run_shutdown_hooks(self, clients: Sequence[BoundClient]) -> None:
        """Run all shutdown hooks in reverse order; raise what failed when all have run."""
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
    await (function.call() if accepts(function.call) else function.call(clients))
