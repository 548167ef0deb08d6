"""Router: handlers with filters, tried in the order of registration, with dependency injection.

The first handler whose filters match handles a notification. Handlers, error handlers and providers are called with
what the annotations of their parameters name:

- the notification (``IncomingMessageReceived``, ``Notification``, ...) and its message (``ImageMessage``, ...);
- ``Client``, the client that received it;
- ``Context[...]``, the state of the conversation;
- ``Text``, ``Command`` or ``re.Match[str]``, captured by a filter;
- the exception, in an error handler;
- any type for which ``provide`` has a provider.

A parameter of a handler that has no annotation receives the notification if it is the first. Functions may be sync:
they run in a worker thread, and must be thread-safe.

Whether every parameter can be supplied is checked when ``handler`` compiles the router. Registrations after that take
effect with the next notification; one that is not valid raises at once.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast, overload

from greenapi_async.bots.compiler import compile_router
from greenapi_async.bots.context import Key, by_sender
from greenapi_async.bots.dispatch import Dispatcher, Middleware
from greenapi_async.bots.handler_decorators import HandlerDecorators
from greenapi_async.bots.job_calls import active_jobs, compile_jobs
from greenapi_async.bots.job_function import JobDecorator, JobFunction, new_job_function
from greenapi_async.bots.providers import Provide, check_providers
from greenapi_async.bots.registration import (
    Provides,
    check_error_classes,
    check_hook,
    check_middleware,
    check_provided_classes,
)
from greenapi_async.bots.registry import ErrorHandlerRegistration, MiddlewareRegistration, Registry
from greenapi_async.bots.signatures import caller_locals, require_function
from greenapi_async.bots.storage import MemoryStorage, StateStorage
from greenapi_async.bots.switches import needed_switches
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Inbox
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.notifications import Notification
from greenapi_async.outgoing.job_run import Functions
from greenapi_async.processing.takeovers import Takeover
from greenapi_async.serialization.notifications import bind_client

__all__ = ["Router"]

HandlerFunction = TypeVar("HandlerFunction", bound=Callable[..., object])
MiddlewareFunction = TypeVar("MiddlewareFunction", bound=Middleware)


class Router(HandlerDecorators):
    """Handlers, error handlers, middleware and hooks of a bot, and the routers included in it.

    Args:
        provide: Providers for dependency injection, by the type they provide. A provider returns the dependency, an
            awaitable, or a context manager that is exited when the handler has finished. It may itself have
            dependencies. Included routers inherit providers and may override them.
        takeover: When the bot is silent in a chat because the owner of the account writes there, see
            ``bots.takeover``; of the router that is run, for the routers in it, too. None for never.

    Raises:
        InvalidArgumentError: ``provide`` has a key that is not a type, or a value that is not a function, or
            ``takeover`` is something else.

    Example:
        >>> router = Router(provide={Database: open_database})
        >>> @router.message(filters.command("order"))
        ... async def order(notification: IncomingMessageReceived, command: Command, db: Database) -> None:
        ...     await db.save(command.arguments)
    """

    def __init__(self, *, provide: Provide | None = None, takeover: Takeover | None = None) -> None:
        if takeover is not None and not isinstance(cast("object", takeover), Takeover):
            raise InvalidArgumentError(
                f"Router(takeover=) expects takeover(...), got {takeover!r}. "
                "Example: Router(takeover=takeover(minutes=30))"
            )
        self._registry = Registry(check_providers(provide, caller_locals()), takeover=takeover)
        self._fed: tuple[StateStorage | None, Dispatcher] | None = None
        """Dispatcher of ``feed``, and the storage with which it was compiled."""

    def include(self, other: "Router") -> None:
        """Insert another router after what is registered so far.

        Args:
            other: The router; what is registered with it later is included too.

        Raises:
            InvalidArgumentError: ``other`` is not a router, includes this one, or has ``takeover``.
        """
        if not isinstance(cast("object", other), Router):
            raise InvalidArgumentError(f"router.include() expects a Router, got {other!r}")
        if any(one is self._registry for one in other._registry.walk()):
            raise InvalidArgumentError("A router cannot include itself, directly or through other routers")
        if any(one.takeover is not None for one in other._registry.walk()):
            raise InvalidArgumentError("The included router has takeover=, which belongs to the router that is run")
        if self._registry.started and any(one.startup_hooks and not one.started for one in other._registry.walk()):
            raise InvalidArgumentError("The bot is running, so the startup hooks of the router would not run")
        self._registry.add(self._registry.entries, other._registry)
        other._registry.including.append(self._registry)

    @overload
    def middleware(self, function: MiddlewareFunction, /) -> MiddlewareFunction: ...
    @overload
    def middleware(self, /, *, provides: Provides) -> Callable[[MiddlewareFunction], MiddlewareFunction]: ...
    def middleware(self, function: Any = None, /, *, provides: Provides = ()) -> Any:
        """Register middleware: an async function of the notification and ``call_next``.

        It runs once per notification that a handler of this router or of an included router matches; the first
        registered is the outermost. If it does not await ``call_next()``, no handler runs and the notification counts
        as handled. ``call_next()`` returns whether a handler has handled the notification.

        Args:
            function: The middleware.
            provides: Class, or tuple of classes, of the values that the middleware passes to handlers with
                ``call_next(value)``; handlers receive them by annotation.

        Raises:
            InvalidArgumentError: ``function`` is not an async function of two arguments, or ``provides`` has something
                else than classes.

        Example:
            >>> @router.middleware(provides=Customer)
            ... async def find_customer(notification: Notification, call_next: CallNext) -> None:
            ...     await call_next(await database.customer(notification.chat_id))
        """
        return self._register_middleware(self._registry.middleware, function, provides, caller_locals())

    @overload
    def outer_middleware(self, function: MiddlewareFunction, /) -> MiddlewareFunction: ...
    @overload
    def outer_middleware(self, /, *, provides: Provides) -> Callable[[MiddlewareFunction], MiddlewareFunction]: ...
    def outer_middleware(self, function: Any = None, /, *, provides: Provides = ()) -> Any:
        """Register middleware that sees every notification, also those that no handler matches.

        It runs before any filter; that of included routers runs inside that of the router which includes them. Answers
        that an open conversation waits for go there directly and are not seen.

        Args:
            function: The middleware; see ``middleware``.
            provides: Classes of the values that it passes to handlers; see ``middleware``.

        Raises:
            InvalidArgumentError: See ``middleware``.

        Example:
            >>> @router.outer_middleware
            ... async def log_unhandled(notification: Notification, call_next: CallNext) -> None:
            ...     if not await call_next():
            ...         logger.info("Nobody handles %s", notification.type_webhook)
        """
        return self._register_middleware(self._registry.outer_middleware, function, provides, caller_locals())

    def error(self, kind: type[Exception], /, *others: type[Exception]) -> Callable[[HandlerFunction], HandlerFunction]:
        """Register an error handler for this router and those it includes.

        The innermost router's error handlers are tried first, and in a router those of the nearest class. A handled
        error ends the notification: it is not retried. If the error handler raises or returns ``SKIP``, the error goes
        on to other error handlers.

        Exceptions in the ``ExceptionGroup`` of a task group are handled one by one; a handler of ``Exception`` gets the
        group. The end of a conversation (``ConversationEndedError``) only reaches handlers that name its class or a
        subclass.

        Args:
            kind: An exception class; its subclasses are included.
            *others: More exception classes.

        Raises:
            InvalidArgumentError: An argument is not a subclass of ``Exception``, or the decorated object is not
                a function.

        Example:
            >>> @router.error(PayloadTooLargeError)
            ... async def too_large(notification: IncomingMessageReceived) -> None:
            ...     await notification.reply("The file is too large.")
        """
        kinds = (kind, *others)
        check_error_classes(kinds)

        def register(function: HandlerFunction) -> HandlerFunction:
            registered = require_function(function, "An error handler", caller_locals())
            self._registry.add(self._registry.error_handlers, ErrorHandlerRegistration(kinds, registered))
            return function

        return register

    def on_start(self, function: HandlerFunction) -> HandlerFunction:
        """Register a startup hook, which runs before the first notification.

        Args:
            function: Function of no argument, or of the list of clients.

        Raises:
            InvalidArgumentError: ``function`` is not such a function.
        """
        if self._registry.started:
            raise InvalidArgumentError("The bot is running, so a startup hook would not run. Register it before")
        self._registry.startup_hooks.append(check_hook(function, caller_locals()))
        return function

    def on_stop(self, function: HandlerFunction) -> HandlerFunction:
        """Register a shutdown hook, which runs after the last notification.

        Args:
            function: Function of no argument, or of the list of clients.

        Raises:
            InvalidArgumentError: ``function`` is not such a function.
        """
        self._registry.add(self._registry.shutdown_hooks, check_hook(function, caller_locals()))
        return function

    def job(self, name: str) -> JobDecorator:
        """Register a function that can be scheduled: ``await remind.at(when, order=5)``, also ``later`` and ``every``.

        Its jobs are stored in the inbox and run by the next run of a bot with the function, in one process. A run that
        raises is repeated, so the function should be idempotent: send with ``once=run.key``.

        The first parameter may be the ``Client`` or the ``JobRun``. Parameters of provided types are injected. The
        other ones are its arguments, of any types that cattrs can convert to JSON and back.

        Args:
            name: Name under which the jobs are stored, 1 to 100 characters; do not change it while there are any.

        Returns:
            A decorator, which returns a ``JobFunction``.

        Raises:
            InvalidArgumentError: The name or the function is not valid, or the bot is running.

        Example:
            >>> @router.job("remind")
            ... async def remind(run: JobRun, chat_id: str, order: int) -> None:
            ...     await run.client.send_message(chat_id, f"Order {order} is due tomorrow.", once=run.key)
        """

        def register(function: Any) -> JobFunction[Any]:
            if self._registry.started:
                raise InvalidArgumentError("The bot is running, so a job would not run. Register it before")
            required = require_function(function, "A job", caller_locals())
            registered = new_job_function(name, required, self._registry.provides)
            self._registry.jobs.append(registered)
            return registered

        return cast("JobDecorator", register)

    async def run_startup_hooks(self, clients: Sequence[BoundClient]) -> None:
        """Run the startup hooks of this router and those it includes, in the order of registration."""
        await self._registry.run_startup_hooks(clients)

    async def run_shutdown_hooks(self, clients: Sequence[BoundClient]) -> None:
        """Run the shutdown hooks of this router and those it includes, the last registered first.

        All hooks run, even if some fail.

        Raises:
            ExceptionGroup: Several hooks failed. The exception of a single failed hook is raised unchanged.
        """
        await self._registry.run_shutdown_hooks(clients)

    def handler(
        self, *, provide: Provide | None = None, storage: StateStorage | None = None, state_key: Key = by_sender
    ) -> Dispatcher:
        """Compile the router into a handler for ``client.process``.

        Args:
            provide: Providers that override those of the routers, for example in tests.
            storage: Where conversation states are stored; None stores them in memory.
            state_key: Computes the key of a conversation state from a notification.

        Returns:
            An async function of one notification.

        Raises:
            InvalidArgumentError: A parameter of a handler, error handler or provider cannot be supplied by dependency
                injection; the message names the function, the parameter and what is available.
        """
        overrides = check_providers(provide, caller_locals())
        return compile_router(self._registry, overrides, MemoryStorage() if storage is None else storage, state_key)

    def job_functions(self, *, provide: Provide | None = None) -> Functions:
        """Return what runs the jobs of this router and those it includes, by name; ``run`` uses it.

        Args:
            provide: Providers that override those of the routers.

        Raises:
            InvalidArgumentError: Two jobs have one name.
        """
        return compile_jobs(self._registry, check_providers(provide, caller_locals()))

    def jobs_in(self, inbox: Inbox) -> AbstractContextManager[None]:
        """Return a block in which the jobs are scheduled in an inbox; ``run`` uses it.

        Args:
            inbox: The inbox.
        """
        return active_jobs(self._registry, inbox)

    def allowed_notifications(self) -> frozenset[str]:
        """Return the settings of an instance that must be on for all handlers to be called.

        A handler of everything, as ``router.on(BaseNotification)``, needs none. ``run`` and ``lifespan`` check exactly
        these settings; with ``fix=True`` they switch on those that are off.

        Returns:
            Names as in ``Client.set_settings``, for example ``incoming_webhook`` and ``poll_message_webhook``.

        Example:
            >>> await client.ensure_ready(fix=True, notifications=router.allowed_notifications())
        """
        return needed_switches(self._registry.handlers(), takeover=self._registry.takeover is not None)

    async def feed(
        self, notification: Notification, client: BoundClient, *, storage: StateStorage | None = None
    ) -> None:
        """Handle one notification that did not come through ``run`` or ``process``, for example from a broker.

        Whoever calls this is in charge of what ``process`` would do: order within a chat, retries, quarantine, and not
        handling repeats. ``notification.conversation()`` raises ``RuntimeError``, because nothing brings the answers
        here; use states instead. Startup and shutdown hooks do not run.

        The router is compiled at the first call, and again when ``storage`` is another one.

        Args:
            notification: The notification, parsed with or without a client.
            client: The client of its instance.
            storage: Where conversation states are stored; several consumers need one that they share. None stores them
                in memory.

        Raises:
            Exception: What the handler raised, so that the broker delivers the notification again.
            InvalidArgumentError: The router is not valid, see ``handler``, or the client is another instance's.

        Example:
            >>> @broker.subscriber("greenapi", group_id="bot", ack_policy=AckPolicy.NACK_ON_ERROR)  # Kafka
            ... async def consume(event: NotificationEvent) -> None:
            ...     await router.feed(event.notification(), client)
        """
        if notification.id_instance not in {None, client.id_instance}:
            raise InvalidArgumentError(
                f"the notification belongs to instance {notification.id_instance}, the client to {client.id_instance}"
            )
        if self._fed is None or self._fed[0] is not storage:
            self._fed = storage, self.handler(storage=storage)
        bind_client(notification, client)
        await self._fed[1](notification)

    def _register_middleware(
        self, registrations: list[MiddlewareRegistration], given: Any, provides: Provides, names: Mapping[str, Any]
    ) -> Any:
        kinds = check_provided_classes(provides)

        def register(function: MiddlewareFunction) -> MiddlewareFunction:
            self._registry.add(registrations, check_middleware(function, kinds, names))
            return function

        return register if given is None else register(given)
