"""Bots: routers of handlers, filters, and the state of a conversation.

::

    router = Router(provide={Database: open_database})

    @router.message(filters.command("order") & filters.private)
    async def order(notification: IncomingMessageReceived, command: Command, db: Database) -> None:
        await db.save(command.arguments)
        await notification.reply("Noted.")

    async with Client.from_env() as client:
        await run(router, clients=client, inbox=SQLiteInbox("inbox.db"))
"""

from greenapi_async.bots import filters
from greenapi_async.bots.dispatch import NOT_MINE, CallNext, Dispatch, NotMine
from greenapi_async.bots.event import Event
from greenapi_async.bots.filters import Command, Filter
from greenapi_async.bots.router import Router
from greenapi_async.bots.runner import lifespan, run
from greenapi_async.bots.states import Context, State, StateGroup
from greenapi_async.bots.storage import MemoryStorage, StateStorage

__all__ = [
    "NOT_MINE",
    "CallNext",
    "Command",
    "Context",
    "Dispatch",
    "Event",
    "Filter",
    "MemoryStorage",
    "NotMine",
    "Router",
    "State",
    "StateGroup",
    "StateStorage",
    "filters",
    "lifespan",
    "run",
]
