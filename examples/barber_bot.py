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

ZONE = ZoneInfo("Europe/Berlin")
RUSSIAN: dict[str, str] = json.loads(Path(__file__).with_name("barber_bot_ru.json").read_text("utf-8"))


class Words:
    def __init__(self, language: str | None) -> None:
        self.words = RUSSIAN if language == "ru" else {}

    def __call__(self, text: str) -> str:
        return self.words.get(text, text)


class Speaking(StateGroup[str], name="speaking"):
    language = State()


class Service(Enum):
    HAIRCUT = "Haircut"
    BEARD = "Beard trim"


def is_near(_: object, __: object, day: date) -> None:
    if not 0 <= (day - datetime.now(ZONE).date()).days <= 60:
        raise ValueError("Please choose a day in the next 60 days.")


@attrs.frozen
class Visit:
    service: Service = attrs.field(metadata=question("What shall we do?"))
    day: date = attrs.field(
        validator=is_near, metadata=question("Which day, such as 31.12.2030?", formats=["%d.%m.%Y", "%Y-%m-%d"])
    )
    hour: time = attrs.field(
        metadata=question("At what time?", label="Time", choices={f"{hour}:00": time(hour) for hour in range(10, 18)})
    )

    @property
    def start(self) -> datetime:
        return datetime.combine(self.day, self.hour, ZONE)


class Diary:
    """Visits by their start; a day off has no time and no chat."""

    def __init__(self, path: str) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("CREATE TABLE IF NOT EXISTS visits (start TEXT PRIMARY KEY, chat TEXT, text TEXT)")

    async def book(self, start: str, chat_id: str, text: str) -> bool:
        if not self.find(start[:10], ""):
            self.database.execute("INSERT OR IGNORE INTO visits VALUES (?, ?, ?)", (start, chat_id, text))
        return bool(self.find(start, chat_id))

    def find(self, start: str = "", chat_id: str = "%") -> str:
        query = "SELECT start, text FROM visits WHERE start LIKE ? || '%' AND chat LIKE ? ORDER BY start"
        return "\n".join(map(" ".join, self.database.execute(query, (start, chat_id))))


def words(context: Context[str]) -> Words:
    return Words(context.data)


@functools.cache
def diary() -> Diary:
    return Diary("barber_bot_visits.db")


router = Router(provide={Words: words, Diary: diary}, takeover=takeover(minutes=30))
barber = filters.sender(os.environ.get("BARBER", "79001234567"))


@router.message(barber, filters.command("today"), interrupts=True)
async def today(notification: IncomingMessageReceived, diary: Diary) -> None:
    await notification.reply(diary.find(f"{datetime.now(ZONE):%Y-%m-%d}") or "Nobody.")


@router.message(barber, filters.regex(r"/off (\d{4}-\d\d-\d\d)"), interrupts=True)
async def day_off(notification: IncomingMessageReceived, match: re.Match[str], diary: Diary) -> None:
    await diary.book(match[1], "", "off")
    await notification.reply(f"{match[1]} is off.")


@router.message(filters.private)
async def menu(
    notification: IncomingMessageReceived, client: Client, context: Context[str], diary: Diary, _: Words
) -> None:
    async with notification.conversation(timeout=3600, cancel=["stop", "стоп"]) as talk:
        options = [_("Book a visit"), _("My visits"), _("По-русски")]
        match options.index(await talk.choose(_("Hello! What can I do for you?"), options)):
            case 0:
                await book(talk, notification.chat_id, client, diary, _)
            case 1:
                await talk.say(diary.find(chat_id=notification.chat_id) or _("You have no visits."))
            case _other:
                language = "en" if context.data == "ru" else "ru"
                await talk.say(Words(language)("I will write in English."))
                await context.enter(Speaking.language, language, expires=None)


async def book(talk: Conversation, chat_id: str, client: Client, diary: Diary, _: Words) -> None:
    visit = await talk.form(Visit, translate=_)
    while not await talk.step("book", diary.book, f"{visit.start:%Y-%m-%d %H:%M}", chat_id, visit.service.value):
        await talk.say(_("This time is taken."))
        visit = await talk.form(Visit, translate=_, known={"service": visit.service})
    text = _("See you on {start}!").format(start=f"{visit.start:%d.%m. %H:%M}")
    await client.send_later(chat_id, text, at=visit.start - timedelta(hours=2), once=f"remind {chat_id} {visit.start}")
    await talk.say(text)


@router.error(ConversationCancelledError)
async def cancelled(notification: IncomingMessageReceived, _: Words) -> None:
    await notification.reply(_("Fine. Write again at any time."))


async def main() -> None:
    inbox = SQLiteInbox("barber_bot.db")
    async with Client.from_env() as client:
        await run(router, clients=client, inbox=inbox, storage=SQLiteStorage(inbox), fix=True)


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
