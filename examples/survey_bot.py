"""Ask everybody who writes /survey some questions, and append their answers to survey.csv.

An answer may take ten minutes, and "stop" ends it. Set the variables that README names, as for echo_bot.py.
"""

import asyncio
import csv
import logging
from pathlib import Path

from greenapi_async import Client, ConversationEndedError, IncomingMessageReceived, SQLiteInbox
from greenapi_async.bots import Router, filters, run

router = Router()


@router.message(filters.command("survey"))
async def survey(notification: IncomingMessageReceived) -> None:
    async with notification.conversation(timeout=600, cancel="stop") as talk:
        name = await talk.ask("What is your name?")
        mark = await talk.choose(f"How was it, {name}?", ["Good", "Bad"], again="Please answer 1 or 2.")
        wish = await talk.ask("What shall we change?") if mark == "Bad" else ""
    save(notification.chat_id or "", name, mark, wish)
    await notification.reply("Thank you!")


@router.error(ConversationEndedError)
async def ended(notification: IncomingMessageReceived) -> None:
    await notification.reply("Another time, then. /survey begins again.")


@router.message(filters.private)
async def anything(notification: IncomingMessageReceived) -> None:
    await notification.reply("Write /survey, please.")


def save(*row: str) -> None:
    with Path("survey.csv").open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(row)


async def main() -> None:
    async with Client.from_env() as client:
        await run(router, clients=client, inbox=SQLiteInbox("survey_bot.db"))


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
