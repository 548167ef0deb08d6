"""Send what the operator writes after /broadcast to everybody on the list, and tell them what became of it.

    python broadcast_bot.py 79001234567 79001234568 79001234569

The first number is the operator's. Nobody gets a text twice, even if the bot is killed half-way and started again.
Set the variables that README names, as for echo_bot.py.
"""

import asyncio
import logging
import sys

from greenapi_async import Client, GreenAPIError, IncomingMessageReceived, MessageStatus, SQLiteInbox, chat_id
from greenapi_async.bots import Command, Router, filters, run

PATIENCE = 600.0
"""Seconds that a phone may take to be reached."""


async def deliver(client: Client, person: str, text: str, once: str) -> str:
    """Send a text and wait for it to arrive; gives what to tell the operator."""
    try:
        sent = await client.send_message(person, text, once=once)
        status = await sent.wait_for(MessageStatus.DELIVERED, timeout=PATIENCE)
    except GreenAPIError as error:
        return f"{person}: {error.reason or error}"
    return f"{person}: {status.status}"


def bot(operator: str, *recipients: str) -> Router:
    router = Router()

    @router.message(filters.sender(operator), filters.command("broadcast"))
    async def broadcast(notification: IncomingMessageReceived, command: Command, client: Client) -> None:
        async with asyncio.TaskGroup() as tasks:
            sendings = [
                tasks.create_task(deliver(client, person, command.text, f"{notification.id_message}/{person}"))
                for person in map(chat_id, recipients)
            ]
        await notification.reply("\n".join(sending.result() for sending in sendings), quote=True)

    return router


async def main() -> None:
    async with Client.from_env() as client:
        await run(bot(*sys.argv[1:]), clients=client, inbox=SQLiteInbox("broadcast_bot.db"))


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
