"""One bot in any number of processes: start it as often as you like, on as many machines as you like.

The processes share the chats and the polling over the PostgreSQL database of BOT_DATABASE, for example
``postgresql://bot@db.example/bot``. The client's variables are those of ``Client.from_env``. If a process dies, the
others take over its chats within half a minute.
"""

import asyncio
import logging
import os

from greenapi_async import Client, IncomingMessageReceived, PostgresInbox
from greenapi_async.bots import Router, run

router = Router()


@router.message()
async def answer(notification: IncomingMessageReceived) -> None:
    await notification.reply(f"Process {os.getpid()} received: {notification.text}")


async def main() -> None:
    async with Client.from_env() as client:
        await run(router, clients=client, inbox=PostgresInbox(os.environ["BOT_DATABASE"]))


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
