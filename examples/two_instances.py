"""Two numbers, one bot: who writes "help" to the shop is written to by support.

The shop is the instance of the variables that README names; support is that of SUPPORT_ID_INSTANCE and
SUPPORT_API_TOKEN_INSTANCE. If one of them fails, the other goes on.
"""

import asyncio
import logging
import os

from greenapi_async import Client, IncomingMessageReceived, Notification, SQLiteInbox
from greenapi_async.bots import Filter, Router, filters, run


def of(client: Client) -> Filter:
    """Match what came to a client."""

    def came_to(notification: Notification) -> bool:
        return notification.id_instance == client.id_instance

    return filters.where(came_to)


def bot(shop: Client, support: Client) -> Router:
    router = Router()

    @router.message(of(shop), filters.private, filters.text("help", ignore_case=True))
    async def wants_help(notification: IncomingMessageReceived) -> None:
        await notification.reply("Our colleagues of support write to you.")
        await support.send_message(notification.chat_id or "", f"Hello, {notification.sender_name}! What is wrong?")

    @router.message(of(shop), filters.private)
    async def at_the_shop(notification: IncomingMessageReceived) -> None:
        await notification.reply('We are open from 9 to 18. Write "help" for support.')

    @router.message(of(support), filters.private)
    async def at_support(notification: IncomingMessageReceived) -> None:
        await notification.reply("Noted, we look into it.")

    return router


async def main() -> None:
    number, token = os.environ["SUPPORT_ID_INSTANCE"], os.environ["SUPPORT_API_TOKEN_INSTANCE"]
    urls = [os.environ[name] for name in ("GREENAPI_API_URL", "GREENAPI_MEDIA_URL") if name in os.environ]
    async with Client.from_env() as shop, Client(number, token, *urls) as support:
        await run(bot(shop, support), clients=[shop, support], inbox=SQLiteInbox("two_instances.db"))


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
