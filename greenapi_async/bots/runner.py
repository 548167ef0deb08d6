"""Run a bot: as the process itself (``run``), or in the background of an application (``lifespan``).

Order of events: the inbox is opened, the instances are checked, the startup hooks run, notifications are processed, the
shutdown hooks run, the inbox is closed. Graceful shutdown ends polling at once and gives running handlers the time of
``drain`` to finish. Unhandled notifications stay in the inbox for the next start.

``run`` shuts down on SIGINT and SIGTERM and raises the error that ended the bot. ``lifespan`` leaves signals to the
application, which keeps running if the bot fails. The application must open its port even if the API does not answer,
so ``lifespan`` goes on after a second and lets the checks finish in the background.
"""

import logging
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Final, Unpack

import anyio

from greenapi_async._internal.concurrency import Background
from greenapi_async._internal.exit_message import shorten_traceback
from greenapi_async.bots.context import Key, by_sender
from greenapi_async.bots.dispatch import Dispatcher
from greenapi_async.bots.preflight import Preflight, check_instances, wait_until_pollable
from greenapi_async.bots.providers import Provide
from greenapi_async.bots.router import Router
from greenapi_async.bots.storage import StateStorage
from greenapi_async.errors import GreenAPIError, InboxError, InboxUnavailableError, InvalidArgumentError
from greenapi_async.http.retry import needs_intervention
from greenapi_async.inbox.base import Inbox
from greenapi_async.outgoing.process import process_with_jobs
from greenapi_async.polling.counters import Counters
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.client_source import ClientSource
from greenapi_async.processing.options import ProcessOptions, resolve_options
from greenapi_async.processing.processor import Processing
from greenapi_async.processing.signals import handle_shutdown_signals

__all__ = ["lifespan", "run"]

logger = logging.getLogger("greenapi_async")

SHUTDOWN_TIMEOUT: Final = 10.0
"""Seconds for the shutdown hooks."""
CHECK_PATIENCE: Final = 1.0
"""Seconds for which ``lifespan`` waits for the checks, before the application starts without their result."""


async def run(
    router: Router,
    *,
    clients: ProcessClient | Sequence[ProcessClient] | ClientSource,
    inbox: Inbox,
    storage: StateStorage | None = None,
    provide: Provide | None = None,
    state_key: Key = by_sender,
    fix: bool = False,
    **options: Unpack[ProcessOptions],
) -> None:
    """Run a bot until SIGINT or SIGTERM, with graceful shutdown.

    The first signal starts the graceful shutdown, a second one cancels the running handlers. Signals for which the
    application has its own handler are left to it. Shutdown hooks run in any case once the startup hooks have begun,
    for 10 s at most. The clients stay open.

    Args:
        router: The bot's handlers.
        clients: One client, or several for a bot with several instances; or a ``Fleet``, whose clients come and go.
            Those of a fleet are not checked, and the startup hooks get none of them.
        inbox: Storage between the server's queue and the handlers.
        storage: Where conversation states are stored; None stores them in memory.
        provide: Providers that override those of the router.
        state_key: Computes the key of a conversation state from a notification.
        fix: Whether to fix settings that prevent polling, and to switch on the notifications that the router needs,
            see ``Client.ensure_ready`` and ``Router.allowed_notifications``. Other problems of an instance are logged.
        **options: See ``ProcessOptions``. With ``polling=False`` the instances are not checked.

    Raises:
        InvalidArgumentError: The router or an option is not valid; nothing was started.
        InboxError: The inbox cannot be used.
        GreenAPIError: The only client failed with an error that needs intervention; if it is not caught, Python prints
            its message without a traceback. With several clients, the bot ends when all have failed, with an
            ``ExceptionGroup``.

    Example:
        >>> async with Client.from_env() as client:
        ...     await run(router, clients=client, inbox=SQLiteInbox("inbox.db"))
    """
    handler = router.handler(provide=provide, storage=storage, state_key=state_key)
    bot = _Bot(router, handler, clients, inbox, options, provide=provide, fix=fix)
    drain = resolve_options(options).drain
    scope = anyio.CancelScope()

    def shut_down(signal: str) -> None:
        logger.info(
            "%s received, shutting down: running handlers have %g s to finish; a second signal cancels them",
            signal,
            drain,
        )
        bot.stop()

    try:
        async with handle_shutdown_signals(shut_down, scope.cancel), bot.started():
            with scope:
                await bot.process()
    except GreenAPIError as error:
        if needs_intervention(error) or isinstance(error, InboxError):
            shorten_traceback(error, "The bot stopped")
        raise


@asynccontextmanager
async def lifespan(
    router: Router,
    *,
    clients: ProcessClient | Sequence[ProcessClient] | ClientSource,
    inbox: Inbox,
    storage: StateStorage | None = None,
    provide: Provide | None = None,
    state_key: Key = by_sender,
    fix: bool = False,
    **options: Unpack[ProcessOptions],
) -> AsyncGenerator[Processing]:
    """Run a bot in the background of a block, for the ``lifespan`` of FastAPI or the ``cleanup_ctx`` of aiohttp.

    The block starts when the startup hooks have run; leaving it starts the graceful shutdown. Enter and leave it in one
    task. Exceptions of the block are raised unchanged. If the bot fails, the error is logged and the block keeps
    running: ``stopped`` of the yielded object becomes true, and ``failures`` has the clients that failed.

    Args:
        router: The bot's handlers.
        clients: One client, or several for a bot with several instances; or a ``Fleet``, whose clients come and go.
            Those of a fleet are not checked, and the startup hooks get none of them.
        inbox: Storage between the server's queue and the handlers.
        storage: Where conversation states are stored; None stores them in memory.
        provide: Providers that override those of the router.
        state_key: Computes the key of a conversation state from a notification.
        fix: Whether to fix settings that prevent polling, and to switch on the notifications that the router needs,
            see ``Client.ensure_ready`` and ``Router.allowed_notifications``.
        **options: See ``ProcessOptions``.

    Yields:
        The running ``Processing``, with its counters.

    Raises:
        InvalidArgumentError: The router or an option is not valid; nothing was started.
        InboxError: The inbox cannot be used.

    Example:
        >>> @asynccontextmanager
        ... async def app_lifespan(app: FastAPI) -> AsyncGenerator[None]:
        ...     async with lifespan(router, clients=client, inbox=SQLiteInbox("inbox.db")):
        ...         yield
    """
    handler = router.handler(provide=provide, storage=storage, state_key=state_key)
    bot = _Bot(router, handler, clients, inbox, options, provide=provide, fix=fix, patience=CHECK_PATIENCE)
    begun, ended = anyio.Event(), anyio.Event()

    async def work() -> None:
        begun.set()  # the run is active at its first await, unless settings are being fixed
        try:
            await bot.process()
        except GreenAPIError as error:
            logger.error("The bot stopped with an error; the application keeps running: %s", error)  # noqa: TRY400  the traceback would not help
        except Exception:
            logger.exception("The bot stopped with an error; the application keeps running")
        finally:
            bot.stop()
            ended.set()

    async with bot.started(), Background(work):
        await begun.wait()
        try:
            yield bot.processing
        finally:
            bot.stop()
            await ended.wait()


class _Bot:
    """One run of a router with its clients."""

    def __init__(
        self,
        router: Router,
        handler: Dispatcher,
        clients: ProcessClient | Sequence[ProcessClient] | ClientSource,
        inbox: Inbox,
        options: ProcessOptions,
        *,
        provide: Provide | None,
        fix: bool,
        patience: float | None = None,
    ) -> None:
        self._router = router
        self._handler = handler
        self._source = clients if isinstance(clients, ClientSource) else None
        self._clients = _listed(clients)
        self._inbox = inbox
        self._fix = fix
        self._patience = patience
        self._checked = anyio.Event()
        self._polling = options.get("polling", True)
        if fix and not self._polling:
            raise InvalidArgumentError(
                "fix=True clears the webhook URL, but with polling=False notifications arrive by webhook. "
                "Use only one of them"
            )
        if fix and self._source is not None:
            raise InvalidArgumentError(
                "fix=True changes the settings of the clients that are there at the start, and a Fleet has none yet; "
                "call ensure_ready(fix=True) when you add an instance to its source"
            )
        self._preflight = Preflight()
        self._hooks_begun = False
        self._startup_waits: set[anyio.CancelScope] = set()
        functions = router.job_functions(provide=provide)
        self._has_jobs = bool(functions)
        self.processing = process_with_jobs(
            handler, functions, clients=self._source or self._clients, inbox=inbox, **options
        )

    def stop(self) -> None:
        """Start the graceful shutdown; during startup, cancel what it waits for."""
        self.processing.stop()
        for scope in self._startup_waits:
            scope.cancel()

    @asynccontextmanager
    async def started(self) -> AsyncGenerator[None]:
        """Check the instances and run the startup hooks; run the shutdown hooks after the block."""
        async with AsyncExitStack() as stack:
            with suppress(InboxUnavailableError):  # processing waits until it is available
                await stack.enter_async_context(self._inbox)
            if self._source is not None:
                await stack.enter_async_context(self._source)
            stack.enter_context(self._router.jobs_in(self._inbox))
            in_background = self._polling and self._patience is not None
            if in_background:
                await stack.enter_async_context(Background(self._check_in_background))
            try:
                with self._cancelled_by_stop():
                    if in_background:
                        with anyio.move_on_after(self._patience):
                            await self._checked.wait()
                    elif self._polling:
                        await self._check()
                    self._hooks_begun = True
                    await self._router.run_startup_hooks(self._clients)
                yield
            except BaseException:
                await self._run_shutdown_hooks(failing=True)
                raise
            await self._run_shutdown_hooks(failing=False)

    async def process(self) -> None:
        """Process notifications until stopped, beginning when cleared webhook URLs no longer block polling."""
        if self._fix:
            with self._cancelled_by_stop():
                await self._checked.wait()
                await wait_until_pollable(self._preflight.cleared)
        if self.processing.stopped:
            return
        self._log_start()
        try:
            await self.processing.run(signals=False)
        finally:
            logger.info("The bot stopped: %s", _summary(self.processing.counters))

    def _log_start(self) -> None:
        """Log which instances are served; polling raises what is wrong with those that have refused the client."""
        if self._handler.handles_nothing and not self._has_jobs:
            logger.warning(
                "The router has no handlers: notifications are received and dropped. "
                "Import the modules that register them, and include their routers"
            )
        if self._source is not None:
            logger.info("The bot is running for %r", self._source)
            return
        served = [
            str(client.id_instance) for client in self._clients if client.id_instance not in self._preflight.refused
        ]
        if served:
            logger.info("The bot is running for instance%s %s", "" if len(served) == 1 else "s", ", ".join(served))

    async def _check(self) -> None:
        notifications, is_awaited = self._router.allowed_notifications(), self._patience is None
        await check_instances(self._clients, notifications, fix=self._fix, is_awaited=is_awaited, found=self._preflight)
        self._checked.set()

    async def _check_in_background(self) -> None:
        try:
            await self._check()
        except Exception:
            logger.exception("The readiness check failed")
            self._checked.set()

    async def _run_shutdown_hooks(self, *, failing: bool) -> None:
        if not self._hooks_begun:
            return
        with anyio.move_on_after(SHUTDOWN_TIMEOUT, shield=True) as scope:
            try:
                await self._router.run_shutdown_hooks(self.processing.clients)
            except Exception:
                if not failing:
                    raise
                logger.exception("A shutdown hook failed")
        if scope.cancelled_caught:
            logger.error("The shutdown hooks did not finish within %g s", SHUTDOWN_TIMEOUT)

    @contextmanager
    def _cancelled_by_stop(self) -> Generator[None]:
        with anyio.CancelScope() as scope:
            self._startup_waits.add(scope)
            try:
                yield
            finally:
                self._startup_waits.discard(scope)


def _listed(clients: ProcessClient | Sequence[ProcessClient] | ClientSource) -> list[ProcessClient]:
    if isinstance(clients, ClientSource):
        return []
    return list(clients) if isinstance(clients, Sequence) else [clients]


def _summary(counters: Counters) -> str:
    return (
        f"{counters.received} received, {counters.duplicate} duplicates, {counters.yielded} passed to handlers, "
        f"{counters.retried} retried, {counters.quarantined} quarantined, {counters.waiting} waiting"
    )
