"""Send the text after /broadcast to a list of recipients, and report the delivery to the operator.

    python broadcast_bot.py 79001234567 79001234568 79001234569

The first number is the operator's. No recipient gets a text twice, even if the bot is killed and restarted half-way.
Set the environment variables of echo_bot.py.
"""

import asyncio
import logging
import sys

from greenapi_async import Client, GreenAPIError, IncomingMessageReceived, MessageStatus, SQLiteInbox, chat_id
from greenapi_async.bots import Command, Router, filters, run

DELIVERY_TIMEOUT = 600.0
"""Seconds to wait until the message reaches the phone."""


async def deliver(client: Client, recipient: str, text: str, once: str) -> str:
    """Send a text, wait for its delivery, and return a line for the report."""
    try:
        sent = await client.send_message(recipient, text, once=once)
        status = await sent.wait_for(MessageStatus.DELIVERED, timeout=DELIVERY_TIMEOUT)
    except GreenAPIError as error:
        return f"{recipient}: {error.reason or error}"
    return f"{recipient}: {status.status}"


def bot(operator: str, *recipients: str) -> Router:
    router = Router()

    @router.message(filters.sender(operator), filters.command("broadcast"))
    async def broadcast(notification: IncomingMessageReceived, command: Command, client: Client) -> None:
        async with asyncio.TaskGroup() as tasks:
            deliveries = [
                tasks.create_task(deliver(client, recipient, command.text, f"{notification.id_message}/{recipient}"))
                for recipient in map(chat_id, recipients)
            ]
        await notification.reply("\n".join(delivery.result() for delivery in deliveries), quote=True)

    return router


async def main() -> None:
    async with Client.from_env() as client:
        await run(bot(*sys.argv[1:]), clients=client, inbox=SQLiteInbox("broadcast_bot.db"))


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
