"""Remind people on the day before their appointment; another appointment replaces the first.

Write "/book 2027-05-01 10:00", and "/cancel". Set the environment variables of echo_bot.py.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from greenapi_async import Client, IncomingMessageReceived, SQLiteInbox
from greenapi_async.bots import Command, Router, filters, opt_out_router, run
from greenapi_async.types import JobRun

ZONE = ZoneInfo("Europe/Berlin")
router = Router()
router.include(opt_out_router())


@router.job("remind")
async def remind(run: JobRun, chat_id: str, begins: datetime) -> None:
    text = f"Your appointment is at {begins:%H:%M} on {begins:%Y-%m-%d}."
    await run.client.send_message(chat_id, text, once=run.key)


@router.message(filters.command("book"))
async def book(notification: IncomingMessageReceived, command: Command) -> None:
    try:
        begins = datetime.strptime(" ".join(command.arguments), "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)
    except ValueError:
        await notification.reply("Please write for example: /book 2027-05-01 10:00")
        return
    # Too late is no use: if the bot was down, it reminds at the start, but not after the appointment has begun.
    reminder = remind.with_options(once=notification.chat_id, misfire=timedelta(hours=24))
    await reminder.at(begins - timedelta(days=1), notification.chat_id, begins)
    await notification.reply(f"See you at {begins:%H:%M} on {begins:%Y-%m-%d}.")


@router.message(filters.command("cancel"))
async def cancel(notification: IncomingMessageReceived) -> None:
    jobs = [job for job in await remind.list() if job.arguments["chat_id"] == notification.chat_id]
    for job in jobs:
        await remind.cancel(job)
    await notification.reply("Your appointment is cancelled." if jobs else "You have no appointment.")


async def main() -> None:
    async with Client.from_env() as client:
        await run(router, clients=client, inbox=SQLiteInbox("reminder_bot.db"))


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
