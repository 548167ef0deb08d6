"""Run a bot for ten minutes of virtual time, and read its replies."""

import anyio

from greenapi_async import Client, MemoryInbox
from greenapi_async.bots import Router
from greenapi_async.processing.options import Handler
from greenapi_async.sandbox import Instance
from greenapi_async.types import Entry

ANNA = "79001234567@c.us"
BORIS = "79001234568@c.us"
GROUP = "120363043968066561@g.us"


async def drive(client: Client, bot: Router | Handler, attempts: int = 1) -> list[Entry]:
    """Run the bot until the inbox is empty; return the quarantined entries."""
    inbox = MemoryInbox()
    handler = bot.handler() if isinstance(bot, Router) else bot
    processing = client.process(handler, inbox=inbox, receive_timeout=60, attempts=attempts)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(600)
        processing.stop()
    assert await inbox.waiting({client.id_instance}, 0, 1) == []
    return list(await inbox.quarantined())


def replies(instance: Instance, chat_id: str = ANNA) -> list[str]:
    """Return the texts that the bot sent to a chat, the oldest first."""
    return [message.text for message in instance.chat(chat_id) if message.type == "outgoing"]
