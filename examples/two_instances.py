"""One bot for two instances: a customer who sends "help" to the shop gets a message from support.

The shop is the instance of GREENAPI_ID_INSTANCE and GREENAPI_API_TOKEN_INSTANCE, support is the one of
SUPPORT_ID_INSTANCE and SUPPORT_API_TOKEN_INSTANCE. If one of them fails, the other keeps running.
"""

import asyncio
import logging
import os

from greenapi_async import Client, IncomingMessageReceived, Notification, SQLiteInbox
from greenapi_async.bots import Filter, Router, filters, run


def received_by(client: Client) -> Filter:
    """Match notifications of one client."""

    def is_from_client(notification: Notification) -> bool:
        return notification.id_instance == client.id_instance

    return filters.where(is_from_client)


def bot(shop: Client, support: Client) -> Router:
    router = Router()

    @router.message(received_by(shop), filters.private, filters.text("help", ignore_case=True))
    async def help_requested(notification: IncomingMessageReceived) -> None:
        await notification.reply("Our support will write to you.")
        await support.send_message(notification.chat_id, f"Hello, {notification.sender_name}! How can we help?")

    @router.message(received_by(shop), filters.private)
    async def shop_message(notification: IncomingMessageReceived) -> None:
        await notification.reply('We are open from 9 to 18. Send "help" to contact support.')

    @router.message(received_by(support), filters.private)
    async def support_message(notification: IncomingMessageReceived) -> None:
        await notification.reply("Thank you, we will look into it.")

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
