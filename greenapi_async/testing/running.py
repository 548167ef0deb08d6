"""Bot that runs in the background of a test."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio

import greenapi_async
from greenapi_async import Client
from greenapi_async._internal.concurrency import Background
from greenapi_async.bots import Router, lifespan
from greenapi_async.bots.providers import Provide
from greenapi_async.bots.storage import StateStorage
from greenapi_async.inbox.base import Inbox
from greenapi_async.outgoing.process import process
from greenapi_async.processing.options import Handler, ProcessOptions
from greenapi_async.processing.processor import Processing
from greenapi_async.testing.background import BackgroundTask
from greenapi_async.testing.failures import FailureRecorder

__all__ = ["Running"]

_PACKAGE = Path(greenapi_async.__file__).parent


class Running:
    """Running bot of a test, as yielded by ``sandbox.runs``.

    Attributes:
        inbox: Its inbox.
        storage: Its state storage.
        processing: The running ``process``, with its counters; a new one after ``sandbox.restarted``.
        failures: Errors raised by handlers and not followed by a successful attempt. They are raised at the end of the
            block; a test removes those it expects.
    """

    processing: Processing

    def __init__(
        self,
        bot: Router | Handler,
        *,
        clients: Sequence[Client],
        inbox: Inbox,
        storage: StateStorage,
        provide: Provide | None,
        options: ProcessOptions,
        fatal: Callable[[BaseException], None],
    ) -> None:
        self.inbox = inbox
        self.storage = storage
        self.failures: list[Exception] = []
        self._options: ProcessOptions = {"attempts": 1, "receive_timeout": 60, **options}
        self._options["telemetry"] = FailureRecorder(options.get("telemetry"), self.failures, fatal)
        self._clients = clients
        self._bot = bot
        self._provide = provide
        self._fatal = fatal
        self._stop = anyio.Event()
        self._started = anyio.Event()
        self._scope = anyio.CancelScope()
        self._task: BackgroundTask | None = None

    @property
    def is_running(self) -> bool:
        """True while the bot runs, and False while ``sandbox.restarted`` keeps it down."""
        return self._task is not None

    @asynccontextmanager
    async def run(self) -> "AsyncGenerator[Running]":
        """Run the bot during the block.

        Raises:
            Exception: A handler or the bot itself failed; several errors are raised as an ExceptionGroup.
        """
        __tracebackhide__ = True
        own_error = await self.start()
        try:
            if own_error is None:
                yield self
        except BaseException as error:
            own_error = self._task.error if self._task is not None else None
            for failure in [*([own_error] if own_error not in {None, error} else []), *self.failures][:1]:
                error.add_note(f"the bot also failed: {type(failure).__name__}: {failure}")
            raise
        finally:
            own_error = await self.stop()
        _raise([*([own_error] if own_error is not None else []), *map(_strip_traceback, self.failures)])

    async def start(self) -> BaseException | None:
        """Start the bot, and wait until it runs.

        Returns:
            The error with which it ended; None if it runs.
        """
        self._stop, self._started, self._scope = anyio.Event(), anyio.Event(), anyio.CancelScope()
        task = self._task = BackgroundTask(self._run, self._fatal)
        task.start()
        await self._started.wait()
        return task.error

    async def stop(self, *, kill: bool = False) -> BaseException | None:
        """Stop the bot, unless it is down.

        Args:
            kill: Whether its handlers are cancelled at once.

        Returns:
            The error with which it had ended before; None if there is none.
        """
        task = self._task
        if task is None:
            return None
        with anyio.CancelScope(shield=True):
            if kill:
                self._scope.cancel()
            self._stop.set()
            await task.finished.wait()
        self._task = None
        return task.error

    async def _run(self) -> None:
        try:
            with self._scope:
                async with self._block() as self.processing:
                    self._started.set()
                    await self._stop.wait()
                    stopped_early = self.processing.stopped
                if failed := list(self.processing.failures.values()):
                    _raise(list[Exception](failed))
                if stopped_early:
                    raise RuntimeError("the bot stopped before the end of the block; see its log for the reason")
        finally:
            self._started.set()

    def _block(self) -> AbstractAsyncContextManager[Processing]:
        if isinstance(self._bot, Router):
            return lifespan(
                self._bot,
                clients=self._clients,
                inbox=self.inbox,
                storage=self.storage,
                provide=self._provide,
                **self._options,
            )
        return self._process(self._bot)

    @asynccontextmanager
    async def _process(self, handler: Handler) -> AsyncGenerator[Processing]:
        processing = process(handler, clients=self._clients, inbox=self.inbox, **self._options)
        begun, finished = anyio.Event(), anyio.Event()
        failed: list[Exception] = []

        async def work() -> None:
            begun.set()  # from here the run comes to its first await, so that it is active when the block begins
            try:
                await processing.run(signals=False)
            except Exception as error:  # noqa: BLE001  raised at the end of the block
                failed.append(error)
            finally:
                finished.set()

        async with Background(work):
            await begun.wait()
            try:
                yield processing
            finally:
                processing.stop()
                await finished.wait()
        _raise(failed)


def _raise(errors: Sequence[BaseException]) -> None:
    __tracebackhide__ = True
    if len(errors) > 1:
        raise BaseExceptionGroup("the bot failed", errors)
    if errors:
        raise errors[0]


def _strip_traceback(error: Exception) -> Exception:
    """Drop this package's frames above the handler from the traceback."""
    frames = error.__traceback__
    while frames is not None and Path(frames.tb_frame.f_code.co_filename).is_relative_to(_PACKAGE):
        frames = frames.tb_next
    return error.with_traceback(frames or error.__traceback__)
