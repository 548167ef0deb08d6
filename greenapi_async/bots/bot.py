"""A run of a bot, from the look at its instances to its last hook; its inbox is open all the while."""

import logging
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress

import anyio

from greenapi_async.bots.dispatch import Dispatch
from greenapi_async.bots.preflight import applied, looked_at
from greenapi_async.bots.router import Router
from greenapi_async.errors import InboxUnavailableError, InvalidArgumentError
from greenapi_async.inbox.base import Inbox
from greenapi_async.polling.counters import Counters
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.options import ProcessOptions
from greenapi_async.processing.process import process

__all__ = ["Bot"]

logger = logging.getLogger("greenapi_async")

LAST_WORDS = 10.0
"""Seconds that the hooks of the stop have."""


class Bot:
    """A router and its clients, run once."""

    def __init__(
        self,
        router: Router,
        handler: Dispatch,
        clients: ProcessClient | Sequence[ProcessClient],
        inbox: Inbox,
        options: ProcessOptions,
        *,
        fix: bool,
    ) -> None:
        self._router = router
        self._clients = list(clients) if isinstance(clients, Sequence) else [clients]
        self._inbox = inbox
        self._fix = fix
        self._polling = options.get("polling", True)
        if fix and not self._polling:
            raise InvalidArgumentError("mend clears the webhook URL, and with polling=False all comes by it")
        self._cleared: list[ProcessClient] = []
        self._begun = False
        self._waits: set[anyio.CancelScope] = set()
        self.processing = process(handler, clients=self._clients, inbox=inbox, **options)

    def stop(self) -> None:
        """End what the start waits for, and begin no more."""
        self.processing.stop()
        for scope in self._waits:
            scope.cancel()

    @asynccontextmanager
    async def started(self) -> AsyncGenerator[None]:
        """Give a scope with the hooks around it."""
        async with AsyncExitStack() as stack:
            with suppress(InboxUnavailableError):  # processing waits until it is
                await stack.enter_async_context(self._inbox)
            try:
                with self._stoppable():
                    if self._polling:
                        self._cleared = await looked_at(self._clients, fix=self._fix)
                    self._begun = True
                    await self._router.started(self._clients)
                yield
            except BaseException:
                await self._end(failing=True)
                raise
            await self._end(failing=False)

    async def process(self) -> None:
        """Process until stopped, when the settings that were mended apply."""
        with self._stoppable():
            await applied(self._cleared)
        if self.processing.stopped:
            return
        numbers = ", ".join(str(client.id_instance) for client in self._clients)
        logger.info("the bot runs for %s %s", "instance" if len(self._clients) == 1 else "the instances", numbers)
        try:
            await self.processing.run(signals=False)
        finally:
            logger.info("the bot has stopped: %s", _told(self.processing.counters))

    async def _end(self, *, failing: bool) -> None:
        if not self._begun:
            return
        with anyio.move_on_after(LAST_WORDS, shield=True) as scope:
            try:
                await self._router.stopped(self._clients)
            except Exception:
                if not failing:
                    raise
                logger.exception("a hook of the stop failed")
        if scope.cancelled_caught:
            logger.error("the hooks of the stop did not end within %g s", LAST_WORDS)

    @contextmanager
    def _stoppable(self) -> Generator[None]:
        with anyio.CancelScope() as scope:
            self._waits.add(scope)
            try:
                yield
            finally:
                self._waits.discard(scope)


def _told(counters: Counters) -> str:
    return (
        f"{counters.received} received, {counters.duplicate} of them twice, {counters.yielded} handed to handlers, "
        f"{counters.retried} put off, {counters.quarantined} put into quarantine, {counters.waiting} waiting"
    )
