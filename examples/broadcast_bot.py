"""Send the text after /broadcast to a list of recipients, and report the outcome to the operator in parts.

    python broadcast_bot.py 79001234567 79001234568 79001234569

The first number is the operator's. If the bot is killed and restarted half-way, it continues; no recipient gets a text
twice. Who has no account is skipped. Set the environment variables of echo_bot.py.
"""

import asyncio
import logging
import sys

from greenapi_async import Client, IncomingMessageReceived, SQLiteInbox, chat_id
from greenapi_async.bots import Command, Router, filters, run


def bot(operator: str, *recipients: str) -> Router:
    router = Router()

    @router.message(filters.sender(operator), filters.command("broadcast"))
    async def broadcast(notification: IncomingMessageReceived, command: Command, client: Client) -> None:
        if not command.text:
            await notification.reply("Write the text after /broadcast.")
            return
        name = notification.id_message or command.text
        async with client.broadcast(name, map(chat_id, recipients), command.text) as campaign:
            await campaign.wait()
            async for part in campaign.report():
                await notification.reply(part, quote=True)

    return router


async def main() -> None:
    async with Client.from_env() as client:
        await run(bot(*sys.argv[1:]), clients=client, inbox=SQLiteInbox("broadcast_bot.db"))


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
