"""A bot that fills a form, for the tests of forms."""

from datetime import date
from enum import Enum
from typing import Any

import attrs

from greenapi_async import ConversationCancelledError, ConversationTimeoutError, IncomingMessageReceived
from greenapi_async.bots import Router, filters, question
from greenapi_async.testing import Contact, Group

TODAY = date(2026, 11, 29)


class Service(Enum):
    HAIRCUT = "Haircut"
    BEARD = "Beard"


def not_past(_: object, __: object, value: date) -> None:
    if value < TODAY:
        raise ValueError("This day is over.")


@attrs.frozen
class Booking:
    service: Service = attrs.field(metadata=question("What can we do for you?"))
    day: date = attrs.field(metadata=question("Which day?"), validator=not_past)
    persons: int = attrs.field(
        default=1, validator=attrs.validators.ge(1), metadata=question(invalid="1 or more, please.")
    )
    note: str | None = attrs.field(default=None, metadata=question("Anything else?", label="Your note"))


class Bot:
    """A bot that fills a form on /form."""

    def __init__(self, kind: type[Any], *, cancel: str | None = "stop", timeout: float = 600, **options: Any) -> None:
        self.kind = kind
        self.options = options
        self.cancel = cancel
        self.timeout = timeout
        self.filled: list[Any] = []

    def router(self) -> Router:
        router = Router()

        @router.message(filters.command("form"))
        async def form(notification: IncomingMessageReceived) -> None:
            async with notification.conversation(timeout=self.timeout, cancel=self.cancel) as talk:
                self.filled.append(await talk.form(self.kind, **self.options))
            await notification.reply("Thanks")

        @router.error(ConversationCancelledError, ConversationTimeoutError)
        async def ended(notification: IncomingMessageReceived, error: Exception) -> None:
            await notification.reply(type(error).__name__)

        @router.message()
        async def other(notification: IncomingMessageReceived) -> None:
            await notification.reply("other")

        return router


async def dialogue(person: Contact, *lines: str, to: Group | None = None) -> None:
    """Check a dialogue: lines with ``> `` are said, the others are heard."""
    chat = person if to is None else to
    for line in lines:
        if line.startswith("> "):
            await person.says(line[2:], to=to)
        else:
            assert await chat.hears(line)


SERVICE = "What can we do for you?\n1. Haircut\n2. Beard"
PERSONS = 'Persons?\n(Send "skip" to leave it out.)'
NOTE = 'Anything else?\n(Send "skip" to leave it out.)'


def summary(*answers: str) -> str:
    lines = "\n".join(f"{number}. {answer}" for number, answer in enumerate(answers, start=1))
    return f'Please check your answers:\n{lines}\nSend "Yes" if they are correct, or the number of one to change it.'
