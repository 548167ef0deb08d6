"""Running a bot: as the process itself, or beside an application.

``run`` heeds signals and raises what ends the bot. ``lifespan`` leaves signals to the application, which goes on
whatever becomes of the bot.
"""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Unpack

import anyio

from greenapi_async._concurrency import Background
from greenapi_async.bots.bot import Bot
from greenapi_async.bots.providers import Provide
from greenapi_async.bots.router import Router
from greenapi_async.bots.signals import heeding
from greenapi_async.bots.states import Key, by_sender
from greenapi_async.bots.storage import StateStorage
from greenapi_async.errors import GreenAPIError
from greenapi_async.inbox.base import Inbox
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.options import ProcessOptions, ResolvedOptions
from greenapi_async.processing.processor import Processing

__all__ = ["lifespan", "run"]

logger = logging.getLogger("greenapi_async")


async def run(
    router: Router,
    *,
    clients: ProcessClient | Sequence[ProcessClient],
    inbox: Inbox,
    storage: StateStorage | None = None,
    provide: Provide | None = None,
    state_key: Key = by_sender,
    fix: bool = False,
    **options: Unpack[ProcessOptions],
) -> None:
    """Run a bot until SIGINT or SIGTERM, or until every client has failed in a way that a person must mend.

    The first signal lets the handlers that run end, within the ``drain`` of ``ProcessOptions``; a second cancels them.
    A signal that the application handles is left to it. What ``ensure_ready(fix=fix)`` finds is logged and stops
    nothing; with ``polling=False`` it is not asked. The hooks of the stop run in any case once those of the start have
    begun, for 10 s at most. The clients stay open. ``Router.handler`` tells the other parameters, and what it raises
    for a wrong router is raised before anything begins; ``Processing`` tells what ends it.
    """
    handler = router.handler(provide=provide, storage=storage, state_key=state_key)
    bot = Bot(router, handler, clients, inbox, options, fix=fix)
    drain = ResolvedOptions(**options).drain
    at_once = anyio.CancelScope()

    def first(name: str) -> None:
        logger.info("%s: no more is begun, and handlers have %g s to end; a second ends them at once", name, drain)
        bot.stop()

    async with heeding(first, at_once.cancel), bot.started():
        with at_once:
            await bot.process()


@asynccontextmanager
async def lifespan(
    router: Router,
    *,
    clients: ProcessClient | Sequence[ProcessClient],
    inbox: Inbox,
    storage: StateStorage | None = None,
    provide: Provide | None = None,
    state_key: Key = by_sender,
    fix: bool = False,
    **options: Unpack[ProcessOptions],
) -> AsyncGenerator[Processing]:
    """Run a bot beside a block, for the ``lifespan`` of FastAPI or the ``cleanup_ctx`` of aiohttp.

    It is entered when the hooks of the start have run; leaving it stops the bot as the first signal does in ``run``.
    Enter and leave it in one task. What the block raises comes out as it is. A bot that ends with an error is logged at
    ERROR and the block goes on: the ``stopped`` of what it is given tells so, and ``failures`` which clients failed.
    ``run`` tells the parameters.
    """
    handler = router.handler(provide=provide, storage=storage, state_key=state_key)
    bot = Bot(router, handler, clients, inbox, options, fix=fix)
    ended = anyio.Event()

    async def work() -> None:
        try:
            await bot.process()
        except GreenAPIError as error:
            logger.error("the bot has ended, and the application goes on: %s", error)  # noqa: TRY400  no place matters
        except Exception:
            logger.exception("the bot has ended, and the application goes on")
        finally:
            bot.stop()
            ended.set()

    async with bot.started(), Background(work):
        try:
            yield bot.processing
        finally:
            bot.stop()
            await ended.wait()
