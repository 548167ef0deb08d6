"""Book visits to a barber: a menu, a form, a reminder two hours before, two languages, and commands for the barber.

BARBER is the private number of the barber, who sends /today, and /off 2030-12-31 for a day off. In a chat where
somebody writes on the account's phone, the bot is silent for 30 minutes. Set the environment variables of echo_bot.py.
"""

import asyncio
import functools
import json
import logging
import os
import re
import sqlite3
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs

from greenapi_async import Client, Conversation, ConversationCancelledError, IncomingMessageReceived, SQLiteInbox
from greenapi_async.bots import Context, Router, State, StateGroup, filters, question, run, takeover
from greenapi_async.bots.storage import SQLiteStorage

ZONE, REMIND = ZoneInfo("Europe/Berlin"), timedelta(hours=2)
HOURS = {f"{hour}:00": time(hour) for hour in range(10, 18)}


class Words(dict[str, str]):
    def __call__(self, text: str) -> str:
        return self.get(text, text)


class Speaking(StateGroup[str], name="speaking"):
    language = State()


class Service(Enum):
    HAIRCUT = "Haircut"
    BEARD = "Beard trim"


def is_near(_: object, __: object, day: date) -> None:
    if not 0 < (day - datetime.now(ZONE).date()).days <= 60:
        raise ValueError("Please choose a day in the next 60 days.")


@attrs.frozen
class Visit:
    service: Service = attrs.field(metadata=question("What shall we do?"))
    day: date = attrs.field(
        validator=is_near, metadata=question("Which day, such as 31.12.2030?", formats=["%d.%m.%Y"])
    )
    hour: time = attrs.field(metadata=question("At what time?", label="Time", choices=HOURS))

    @property
    def start(self) -> datetime:
        return datetime.combine(self.day, self.hour, ZONE)


class Diary:
    """Visits by their start; a day off has no time and no chat."""

    def __init__(self, path: str) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("CREATE TABLE IF NOT EXISTS visits (start TEXT PRIMARY KEY, chat TEXT, text TEXT)")

    async def book(self, start: str, chat_id: str, text: str) -> bool:
        if not await self.find(start[:10], ""):
            self.database.execute("INSERT OR IGNORE INTO visits VALUES (?, ?, ?)", (start, chat_id, text))
        return bool(await self.find(start, chat_id))

    async def cancel(self, start: str, chat_id: str) -> None:
        self.database.execute("DELETE FROM visits WHERE start = ? AND chat = ?", (start, chat_id))

    async def find(self, start: str = "", chat_id: str = "%") -> list[str]:
        query = "SELECT start, text FROM visits WHERE start LIKE ? || '%' AND chat LIKE ? AND start >= ? ORDER BY start"
        return list(map(" ".join, self.database.execute(query, (start, chat_id, f"{datetime.now(ZONE):%Y-%m-%d}"))))


def words(context: Context[str]) -> Words:
    return RUSSIAN if context.data == "ru" else Words()


RUSSIAN = Words(json.loads(Path(__file__).with_name("barber_bot_ru.json").read_text("utf-8")))
diary = functools.cache(lambda: Diary("barber_bot_visits.db"))
router = Router(provide={Words: words, Diary: diary}, takeover=takeover(minutes=30))
barber = filters.sender(os.environ.get("BARBER", "79001234567"))


@router.message(barber, filters.command("today"), interrupts=True)
async def today(message: IncomingMessageReceived, diary: Diary) -> None:
    await message.reply("\n".join(await diary.find(f"{datetime.now(ZONE):%Y-%m-%d}")) or "Nobody.")


@router.message(barber, filters.regex(r"/off (\d{4}-\d\d-\d\d)"), interrupts=True)
async def day_off(message: IncomingMessageReceived, match: re.Match[str], diary: Diary) -> None:
    await diary.book(match[1], "", "off")
    await message.reply(f"{match[1]} is off.")


@router.message(filters.private)
async def menu(message: IncomingMessageReceived, client: Client, context: Context[str], diary: Diary, _: Words) -> None:
    async with message.conversation(timeout=3600, cancel=["stop", "стоп"]) as talk:
        options = {_("Book a visit"): book, _("My visits"): change}
        chosen = await talk.choose(_("Hello! What can I do for you?"), [*options, _("По-русски")])
        if chosen in options:
            await options[chosen](talk, message.chat_id, client, diary, _)
        else:
            await talk.say(_("Буду писать по-русски."))
            await context.enter(Speaking.language, "en" if context.data == "ru" else "ru", expires=None)


async def book(talk: Conversation, chat_id: str, client: Client, diary: Diary, _: Words) -> None:
    visit = await talk.form(Visit, translate=_)
    while not await talk.step("book", diary.book, f"{visit.start:%Y-%m-%d %H:%M}", chat_id, visit.service.value):
        await talk.say(_("This time is taken."))
        visit = await talk.form(Visit, translate=_, known={"service": visit.service})
    text = _("See you on {start}!").format(start=f"{visit.start:%d.%m. %H:%M}")
    await client.send_later(chat_id, text, at=visit.start - REMIND, once=f"remind {chat_id} {visit.start}")
    await talk.say(text)


async def change(talk: Conversation, chat_id: str, client: Client, diary: Diary, _: Words) -> None:
    if not (visits := await talk.step("visits", diary.find, "", chat_id)):
        await talk.say(_("You have no visits."))
    elif (chosen := await talk.choose(_("Which visit shall I cancel?"), [*visits, _("None")])) in visits:
        await diary.cancel(chosen[:16], chat_id)
        for job in await client.jobs.list(chat_id=chat_id):
            if job.next_run == datetime.fromisoformat(chosen[:16]).replace(tzinfo=ZONE) - REMIND:
                await client.jobs.cancel(job)
        await talk.say(_("It is cancelled."))


@router.error(ConversationCancelledError)
async def cancelled(message: IncomingMessageReceived, _: Words) -> None:
    await message.reply(_("Fine. Write again at any time."))


async def main() -> None:
    inbox = SQLiteInbox("barber_bot.db")
    async with Client.from_env() as client:
        await run(router, clients=client, inbox=inbox, storage=SQLiteStorage(inbox), fix=True)


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
