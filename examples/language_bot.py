"""Greet everyone in the language that they chose with /language ru or /language en; the choice survives a restart.

The catalogue is a dict here; `gettext.translation(...)` reads one from a file. Set the environment variables of
echo_bot.py.
"""

import asyncio
import gettext
import logging

from greenapi_async import Client, IncomingMessageReceived, SQLiteInbox
from greenapi_async.bots import Command, Context, Router, State, StateGroup, filters, run
from greenapi_async.bots.storage import SQLiteStorage

RUSSIAN = {"Hello, {name}!": "Здравствуйте, {name}!", "I will write in English.": "Буду писать по-русски."}


class Catalogue(gettext.NullTranslations):
    def __init__(self, code: str | None) -> None:
        super().__init__()
        self.words = RUSSIAN if code == "ru" else {}

    def gettext(self, message: str) -> str:
        return self.words.get(message, message)


class Speaking(StateGroup[str], name="speaking"):
    language = State()


def catalogue(context: Context[str]) -> Catalogue:
    return Catalogue(context.data)


router = Router(provide={Catalogue: catalogue})


@router.message(filters.command("language"))
async def choose(notification: IncomingMessageReceived, command: Command, context: Context[str]) -> None:
    await notification.reply(Catalogue(command.text).gettext("I will write in English."))
    await context.enter(Speaking.language, command.text, expires=None)


@router.message(filters.private)
async def greet(notification: IncomingMessageReceived, catalogue: Catalogue) -> None:
    await notification.reply(catalogue.gettext("Hello, {name}!").format(name=notification.sender_name))


async def main() -> None:
    inbox = SQLiteInbox("language_bot.db")
    async with Client.from_env() as client:
        await run(router, clients=client, inbox=inbox, storage=SQLiteStorage(inbox))


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
