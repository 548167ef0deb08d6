"""Bots: routers of handlers with filters, dependency injection by annotation, and conversation states.

Example:
    >>> router = Router(provide={Database: open_database})
    >>>
    >>> @router.message(filters.command("order") & filters.private)
    ... async def order(notification: IncomingMessageReceived, command: Command, db: Database) -> None:
    ...     await db.save(command.arguments)
    ...     await notification.reply("Your order is saved.")
    >>>
    >>> async with Client.from_env() as client:
    ...     await run(router, clients=client, inbox=SQLiteInbox("inbox.db"))
"""

from greenapi_async.bots import filters
from greenapi_async.bots.context import Context
from greenapi_async.bots.dispatch import SKIP, CallNext, Dispatcher, Skip
from greenapi_async.bots.event import Event
from greenapi_async.bots.filters import Command, Filter, Text
from greenapi_async.bots.job_function import JobFunction
from greenapi_async.bots.opt_out_router import opt_out_router
from greenapi_async.bots.router import Router
from greenapi_async.bots.runner import lifespan, run
from greenapi_async.bots.states import State, StateGroup
from greenapi_async.bots.storage import MemoryStorage, StateStorage
from greenapi_async.bots.takeover import takeover
from greenapi_async.bots.throttling import throttle
from greenapi_async.models.forms import FormTexts, question

__all__ = [
    "SKIP",
    "CallNext",
    "Command",
    "Context",
    "Dispatcher",
    "Event",
    "Filter",
    "FormTexts",
    "JobFunction",
    "MemoryStorage",
    "Router",
    "Skip",
    "State",
    "StateGroup",
    "StateStorage",
    "Text",
    "filters",
    "lifespan",
    "opt_out_router",
    "question",
    "run",
    "takeover",
    "throttle",
]
