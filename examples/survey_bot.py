"""Ask everyone who sends /survey some questions, and append the answers to survey.csv.

Each answer has a timeout of ten minutes; "stop" cancels the survey. Set the environment variables of echo_bot.py.
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
        rating = await talk.choose(f"How was it, {name}?", ["Good", "Bad"], again="Please answer 1 or 2.")
        suggestion = await talk.ask("What should we improve?") if rating == "Bad" else ""
    save(notification.chat_id, name, rating, suggestion)
    await notification.reply("Thank you!")


@router.error(ConversationEndedError)
async def survey_ended(notification: IncomingMessageReceived) -> None:
    await notification.reply("The survey has ended. Send /survey to start again.")


@router.message(filters.private)
async def fallback(notification: IncomingMessageReceived) -> None:
    await notification.reply("Send /survey to start.")


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
