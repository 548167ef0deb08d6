"""Take orders with a form, which continues after a restart; /menu starts it again.

Set the environment variables of echo_bot.py.
"""

import asyncio
import logging
from typing import Literal

import attrs

from greenapi_async import Client, IncomingMessageReceived, SQLiteInbox
from greenapi_async.bots import FormTexts, Router, filters, question, run

router = Router()


@attrs.frozen
class Order:
    dish: Literal["Soup", "Salad", "Tea"] = attrs.field(metadata=question("What would you like?"))
    address: str = attrs.field(metadata=question("Where shall we deliver it?"))


@router.message(filters.command("menu"), interrupts=True)
async def menu(notification: IncomingMessageReceived) -> None:
    texts = FormTexts(choice="Please send the number of a dish.")
    async with notification.conversation(timeout=24 * 3600) as talk:
        order = await talk.form(Order, texts=texts, confirm=False)
    await notification.reply(f"{order.dish} is on its way to {order.address}.")


async def main() -> None:
    async with Client.from_env() as client:
        await run(router, clients=client, inbox=SQLiteInbox("menu_bot.db"))


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
