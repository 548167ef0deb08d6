"""A bot that runs beside a test."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio

import greenapi_async
from greenapi_async import Client
from greenapi_async._concurrency import Background
from greenapi_async.bots import Router, lifespan
from greenapi_async.bots.providers import Provide
from greenapi_async.bots.storage import StateStorage
from greenapi_async.inbox.base import Inbox
from greenapi_async.processing.options import Handler, ProcessOptions
from greenapi_async.processing.process import process
from greenapi_async.processing.processor import Processing
from greenapi_async.testing.background import Aside
from greenapi_async.testing.watch import Watch

__all__ = ["Running"]

_PACKAGE = Path(greenapi_async.__file__).parent


class Running:
    """A bot while it runs, and what its handlers raised."""

    processing: Processing
    """Its counters, and ``failures`` by which clients ended."""

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
        """What was raised by handlers, and is to be raised when the block ends; what a test expects, it takes out."""
        self._options: ProcessOptions = {"attempts": 1, "receive_timeout": 60, **options}
        self._options["telemetry"] = Watch(options.get("telemetry"), self.failures)
        self._clients = clients
        self._bot = bot
        self._provide = provide
        self._fatal = fatal
        self._stop = anyio.Event()
        self._ready = anyio.Event()

    @asynccontextmanager
    async def beside(self) -> "AsyncGenerator[Running]":
        """Run it for as long as a block lasts."""
        __tracebackhide__ = True
        aside = Aside(self._run, self._fatal)
        aside.start()
        try:
            await self._ready.wait()
            if aside.error is None:
                yield self
        except BaseException as error:
            for failure in [*([aside.error] if aside.error is not None else []), *self.failures][:1]:
                error.add_note(f"the bot failed meanwhile: {type(failure).__name__}: {failure}")
            raise
        finally:
            with anyio.CancelScope(shield=True):
                self._stop.set()
                await aside.ended.wait()
        own = [aside.error] if aside.error is not None else []
        _raise([*own, *map(_from_outside, self.failures)])

    async def _run(self) -> None:
        try:
            async with self._block() as self.processing:
                self._ready.set()
                await self._stop.wait()
                ended = self.processing.stopped
            if failed := list(self.processing.failures.values()):
                _raise(list[Exception](failed))
            if ended:
                raise RuntimeError("the bot has ended by itself; what it logged tells why")
        finally:
            self._ready.set()

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
        return self._handling(self._bot)

    @asynccontextmanager
    async def _handling(self, handler: Handler) -> AsyncGenerator[Processing]:
        processing = process(handler, clients=self._clients, inbox=self.inbox, **self._options)
        ended = anyio.Event()
        failed: list[Exception] = []

        async def work() -> None:
            try:
                await processing.run(signals=False)
            except Exception as error:  # noqa: BLE001  raised when the block ends
                failed.append(error)
            finally:
                ended.set()

        async with Background(work):
            try:
                yield processing
            finally:
                processing.stop()
                await ended.wait()
        _raise(failed)


def _raise(errors: Sequence[BaseException]) -> None:
    __tracebackhide__ = True
    if len(errors) > 1:
        raise BaseExceptionGroup("the bot failed", errors)
    if errors:
        raise errors[0]


def _from_outside(error: Exception) -> Exception:
    """Let the traceback of a handler's error begin at the handler."""
    frames = error.__traceback__
    while frames is not None and Path(frames.tb_frame.f_code.co_filename).is_relative_to(_PACKAGE):
        frames = frames.tb_next
    return error.with_traceback(frames or error.__traceback__)
