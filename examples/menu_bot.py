"""Take orders through a menu; the state of each conversation survives a restart.

/menu starts an order, or starts it again. Set the environment variables of echo_bot.py.
"""

import asyncio
import logging
from dataclasses import dataclass

from greenapi_async import Client, IncomingMessageReceived, SQLiteInbox
from greenapi_async.bots import Context, Router, State, StateGroup, Text, filters, run
from greenapi_async.bots.storage import SQLiteStorage

MENU = {"1": "Soup", "2": "Salad", "3": "Tea"}

router = Router()


@dataclass
class Order:
    dish: str = ""


class Ordering(StateGroup[Order], name="ordering"):
    dish = State()
    address = State()


@router.message(filters.command("menu"))
async def menu(notification: IncomingMessageReceived, context: Context[Order]) -> None:
    await notification.reply("\n".join(f"{number}. {dish}" for number, dish in MENU.items()))
    await context.enter(Ordering.dish, Order())


@router.message(filters.state(Ordering.dish), filters.has_text)
async def dish(notification: IncomingMessageReceived, text: Text, context: Context[Order]) -> None:
    chosen = MENU.get(text)
    await notification.reply("Where shall we deliver it?" if chosen else "Please send the number of a dish.")
    if chosen:
        await context.enter(Ordering.address, Order(chosen))


@router.message(filters.state(Ordering.address), filters.has_text)
async def address(notification: IncomingMessageReceived, text: Text, context: Context[Order]) -> None:
    ordered = context.data.dish if context.data else "?"
    await notification.reply(f"{ordered} is on its way to {text}.")
    await context.leave()


async def main() -> None:
    inbox = SQLiteInbox("menu_bot.db")
    async with Client.from_env() as client:
        await run(router, clients=client, inbox=inbox, storage=SQLiteStorage(inbox))


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
