"""Forms: an attrs class is filled in a conversation."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any, Literal, assert_type

import attrs
import pytest

from greenapi_async import ConversationCancelledError, ConversationTimeoutError, IncomingMessageReceived, chat_id
from greenapi_async.bots import FormTexts, Router, filters, question
from greenapi_async.testing import Contact, Group, Sandbox

pytestmark = pytest.mark.anyio

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


async def test_a_form_returns_the_object(sandbox: Sandbox) -> None:
    anna, bot = sandbox.contact("79001234567"), Bot(Booking)
    async with sandbox.runs(bot.router()):
        await dialogue(
            anna,
            "> /form",
            SERVICE,
            "> massage",
            f"Please choose one of these.\n{SERVICE}",
            "> beard",
            "Which day?",
            "> tomorrow",
            "Please send a date, such as 2030-12-31.\nWhich day?",
            "> 28.11.2026",
            "This day is over.\nWhich day?",
            "> 1.12.2026",
            PERSONS,
            "> 0",
            f"1 or more, please.\n{PERSONS}",
            "> two",
            f"1 or more, please.\n{PERSONS}",
            "> 2",
            NOTE,
            "> Skip",
            summary("Service: Beard", "Day: 2026-12-01", "Persons: 2", "Your note: –"),
            "> yes",
            "Thanks",
        )
    assert bot.filled == [Booking(Service.BEARD, date(2026, 12, 1), 2)]


async def test_back_and_corrections(sandbox: Sandbox) -> None:
    anna, bot = sandbox.contact("79001234567"), Bot(Booking)
    async with sandbox.runs(bot.router()):
        await dialogue(
            anna,
            "> /form",
            SERVICE,
            "> back",
            f"This is the first question.\n{SERVICE}",
            "> 1",
            "Which day?",
            "> skip",
            "This question needs an answer.\nWhich day?",
            "> back",
            SERVICE,
            "> 2",
            "Which day?",
            "> 2026-12-01",
            PERSONS,
            "> skip",
            NOTE,
            "> a window seat",
            summary("Service: Beard", "Day: 2026-12-01", "Persons: 1", "Your note: a window seat"),
            "> hm",
            summary("Service: Beard", "Day: 2026-12-01", "Persons: 1", "Your note: a window seat"),
            "> 3",
            PERSONS,
            "> back",
            summary("Service: Beard", "Day: 2026-12-01", "Persons: 1", "Your note: a window seat"),
            "> your note",
            NOTE,
            "> skip",
            summary("Service: Beard", "Day: 2026-12-01", "Persons: 1", "Your note: –"),
            "> back",
            NOTE,
            "> back",
            PERSONS,
            "> 3",
            NOTE,
            "> none",
            summary("Service: Beard", "Day: 2026-12-01", "Persons: 3", "Your note: none"),
            "> Yes.",
            "Thanks",
        )
    assert bot.filled == [Booking(Service.BEARD, date(2026, 12, 1), 3, "none")]


async def test_a_restart_at_every_question_asks_nothing_again(sandbox: Sandbox) -> None:
    anna, bot = sandbox.contact("79001234567"), Bot(Booking)
    said = ["1", "back", "2", "28.11.2026", "2026-12-01", "back", "2026-12-02", "2", "skip", "3", "4", "yes"]
    async with sandbox.runs(bot.router()):
        await anna.says("/form")
        for text in said:
            assert await anna.hears()
            async with sandbox.restarted(kill=len(text) % 2 == 0):
                await anna.says(text)
        assert await anna.hears("Thanks")
        assert await anna.hears_nothing()
    assert bot.filled == [Booking(Service.BEARD, date(2026, 12, 2), 4)]
    assert len(sandbox.sent) == len(said) + 1


@attrs.frozen
class Everything:
    name: str
    count: int
    weight: float
    price: Decimal
    is_new: bool
    day: date = attrs.field(metadata=question(formats=["%d.%m.%y"]))
    start: time
    moment: datetime
    size: Literal["S", "M"]
    stars: Literal[1, 2, 3, None]  # noqa: PYI061  possible, too
    tags: list[Service]
    extras: tuple[str, ...] = attrs.field(metadata=question(choices=["Tea", "Coffee, black"]))
    master: object = attrs.field(metadata=question(choices={"Oleg": 17, "Ivan": None}))


async def test_every_type(sandbox: Sandbox) -> None:
    anna, bot = sandbox.contact("79001234567"), Bot(Everything)
    async with sandbox.runs(bot.router()):
        await dialogue(
            anna,
            "> /form",
            "Name?",
            "> Anna\nMaria ",
            "Count?",
            "> 1.5",
            "Please send a whole number, such as 3.\nCount?",
            "> 1 000",
            "Weight?",
            "> 1,000",
            "Please send a number, such as 2.5.\nWeight?",
            "> nan",
            "Please send a number, such as 2.5.\nWeight?",
            f"> {'9' * 400}",
            "Please send a number, such as 2.5.\nWeight?",
            "> -2,5",
            "Price?",
            "> 1e5",
            "Please send a number, such as 2.5.\nPrice?",
            "> 2.50",
            "Is new?\n1. Yes\n2. No",
            "> no",
            "Day?",
            "> 2026-12-01",
            "Please send a date, such as 31.12.30.\nDay?",
            "> 1.12.26",
            "Start?",
            "> 25:00",
            "Please send a time, such as 18:30.\nStart?",
            "> 9.30",
            "Moment?",
            "> soon",
            "Please send a date and a time, such as 2030-12-31 18:30.\nMoment?",
            "> 1.12.2026 9:30",
            "Size?\n1. S\n2. M",
            "> m",
            'Stars?\n1. 1\n2. 2\n3. 3\n(Send "skip" to leave it out.)',
            "> skip",
            "Tags?\n1. Haircut\n2. Beard\n(Several are possible, such as 1, 2.)",
            "> 1, 3",
            "Please choose one of these.\nTags?\n1. Haircut\n2. Beard\n(Several are possible, such as 1, 2.)",
            "> 2 1, haircut",
            "Extras?\n1. Tea\n2. Coffee, black\n(Several are possible, such as 1, 2.)",
            "> coffee, black",
            "Master?\n1. Oleg\n2. Ivan",
            "> 2",
            summary(
                "Name: Anna Maria",
                "Count: 1000",
                "Weight: -2.5",
                "Price: 2.50",
                "Is new: No",
                "Day: 01.12.26",
                "Start: 09:30",
                "Moment: 2026-12-01 09:30",
                "Size: M",
                "Stars: –",
                "Tags: Beard, Haircut",
                "Extras: Coffee, black",
                "Master: –",
            ),
            "> yes",
            "Thanks",
        )
    assert bot.filled == [
        Everything(
            name="Anna\nMaria",
            count=1000,
            weight=-2.5,
            price=Decimal("2.50"),
            is_new=False,
            day=date(2026, 12, 1),
            start=time(9, 30),
            moment=datetime(2026, 12, 1, 9, 30),  # noqa: DTZ001  naive, as a person writes it
            size="M",
            stars=None,
            tags=[Service.BEARD, Service.HAIRCUT],
            extras=("Coffee, black",),
            master=None,
        )
    ]


async def test_cancelling_timeouts_and_answers_without_text(sandbox: Sandbox) -> None:
    anna, bot = sandbox.contact("79001234567"), Bot(Booking)
    async with sandbox.runs(bot.router()):
        await dialogue(anna, "> /form", SERVICE, "> 1", "Which day?", "> STOP", "ConversationCancelledError")
        await dialogue(anna, "> /form", SERVICE)
        await anna.sends_location(58, 56)
        await dialogue(anna, SERVICE, "> 1", "Which day?", "> 2026-12-01", PERSONS)
        assert await anna.hears("ConversationTimeoutError", timeout=601)
        await dialogue(anna, "> 2", "other")
    assert bot.filled == []


async def test_a_form_in_a_group_listens_to_one_person(sandbox: Sandbox) -> None:
    anna, boris, bot = sandbox.contact("79001234567"), sandbox.contact("79001234568"), Bot(Booking)
    team = sandbox.group("Team", anna, boris)
    async with sandbox.runs(bot.router()):
        await dialogue(anna, "> /form", SERVICE, to=team)
        await dialogue(boris, "> 2", "other", "> /form", SERVICE, "> 2", "Which day?", to=team)
        await dialogue(anna, "> 1", "Which day?", "> 2026-12-01", PERSONS, "> 2", NOTE, "> skip", to=team)
        assert await team.hears(summary("Service: Haircut", "Day: 2026-12-01", "Persons: 2", "Your note: –"))
        await dialogue(anna, "> yes", "Thanks", to=team)
        await dialogue(boris, "> stop", "ConversationCancelledError", to=team)
    assert bot.filled == [Booking(Service.HAIRCUT, date(2026, 12, 1), 2)]


def upper(text: str) -> str:
    return text.upper()


def after_first(span: "Span", _: object, value: int) -> None:
    if value <= span.first:
        raise ValueError(f"It must be more than {span.first}.")


def fits(span: "Span", _: object, value: int) -> None:
    if span.secret == "NO":
        raise ValueError(f"No step {value}.")


@attrs.define
class Span:
    first: int
    last: int = attrs.field(validator=after_first)
    step: int = attrs.field(default=1, validator=fits)
    size: int = attrs.field(init=False, default=0)
    _secret: str = attrs.field(default="x", converter=upper)

    @property
    def secret(self) -> str:
        return self._secret

    def __attrs_post_init__(self) -> None:
        self.size = self.last - self.first
        if self.size > 10:
            raise ValueError("At most ten.")


async def test_validators_see_other_fields_and_the_class_has_the_last_word(sandbox: Sandbox) -> None:
    anna, bot = sandbox.contact("79001234567"), Bot(Span, confirm=False)
    async with sandbox.runs(bot.router()):
        await dialogue(
            anna,
            "> /form",
            "First?",
            "> 3",
            "Last?",
            "> 2",
            "It must be more than 3.\nLast?",
            "> 14",
            'Step?\n(Send "skip" to leave it out.)',
            "> 5",
            'Secret?\n(Send "skip" to leave it out.)',
            "> no",
            "No step 5.\n" + summary("First: 3", "Last: 14", "Step: 5", "Secret: no"),
            "> yes",
            "No step 5.\n" + summary("First: 3", "Last: 14", "Step: 5", "Secret: no"),
            "> secret",
            'Secret?\n(Send "skip" to leave it out.)',
            "> skip",
            "At most ten.\n" + summary("First: 3", "Last: 14", "Step: 5", "Secret: –"),
            "> first",
            "First?",
            "> 4",
            "Thanks",
        )
    [span] = bot.filled
    assert (span.first, span.last, span.step, span.size, span.secret) == (4, 14, 5, 10, "X")


class Plate:
    """A number plate, which is a type of its own."""

    def __init__(self, text: str) -> None:
        if not text[-1:].isdigit():
            raise ValueError
        self.text = text


def coded(text: str, repair: Any) -> str:
    return f"{repair.phone}-{text}"


def euros(text: str) -> Decimal:
    return Decimal(text.removesuffix("€"))


@attrs.frozen
class Offer:
    price: Decimal | None = attrs.field(converter=attrs.converters.optional(euros))
    budget: object = attrs.field(converter=euros)


async def test_a_converter_that_cannot_calculate_refuses_the_answer(sandbox: Sandbox) -> None:
    anna, bot = sandbox.contact("79001234567"), Bot(Offer, known={"price": None}, confirm=False)
    async with sandbox.runs(bot.router()):
        await dialogue(
            anna,
            "> /form",
            "Budget?",
            "> much",
            "This answer is not possible.\nBudget?",
            "> 20€",
            "Thanks",
        )
    assert bot.filled == [Offer(None, "20")]


@attrs.frozen(kw_only=True)
class Repair:
    phone: str = attrs.field(converter=chat_id)
    plate: Plate = attrs.field(converter=Plate)
    parts: list[Literal["Door", "Wheel"]] = attrs.field(factory=list[Literal["Door", "Wheel"]])
    code: str = attrs.field(converter=attrs.Converter(coded, takes_self=True))  # type: ignore[misc]  # unknown to mypy


async def test_converters_and_factories(sandbox: Sandbox) -> None:
    anna, bot = sandbox.contact("79001234567"), Bot(Repair)
    async with sandbox.runs(bot.router()):
        await dialogue(anna, "> /form", "Phone?", "> mine")
        refused = await anna.hears(re.compile("mine.*\nPhone\\?$"))
        assert refused, repr(refused)
        await dialogue(
            anna,
            "> +7 900 123-45-67",
            "Plate?",
            "> A",
            "This answer is not possible.\nPlate?",
            "> A 1",
            'Parts?\n1. Door\n2. Wheel\n(Several are possible, such as 1, 2.)\n(Send "skip" to leave it out.)',
            "> skip",
            "Code?",
            "> x",
            summary("Phone: +7 900 123-45-67", "Plate: A 1", "Parts: –", "Code: x"),
            "> yes",
            "Thanks",
        )
    [repair] = bot.filled
    assert (repair.phone, repair.plate.text, repair.parts) == ("79001234567@c.us", "A 1", [])
    assert repair.code == "79001234567@c.us-x"


RUSSIAN = {
    "What can we do for you?": "Что сделать?",
    "Haircut": "Стрижка",
    "Beard": "Борода",
    "Which day?": "Когда?",
    "Day": "День",
    "This day is over.": "Этот день прошёл.",
    "back": "назад",
    "skip": "пропустить",
    "Yes": "Да",
    "No": "Нет",
    '(Send "{skip}" to leave it out.)': "(Или «{skip}».)",
    'Please check your answers:\n{answers}\nSend "{yes}" if they are correct, or the number of one to change it.': (
        "Проверьте:\n{answers}\nВсё верно? «{yes}» или номер."
    ),
}


def to_russian(text: str) -> str:
    return RUSSIAN.get(text, text)


async def test_every_text_can_be_translated(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    texts = FormTexts(nothing="нет")
    bot = Bot(Booking, translate=to_russian, known={"persons": 3}, texts=texts)
    async with sandbox.runs(bot.router()):
        await dialogue(
            anna,
            "> /form",
            "Что сделать?\n1. Стрижка\n2. Борода",
            "> борода",
            "Когда?",
            "> Назад",
            "Что сделать?\n1. Стрижка\n2. Борода",
            "> 2",
            "Когда?",
            "> 1.1.2026",
            "Этот день прошёл.\nКогда?",
            "> 1.12.2026",
            "Anything else?\n(Или «пропустить».)",
            "> пропустить",
            "Проверьте:\n1. Service: Борода\n2. День: 2026-12-01\n3. Your note: нет\nВсё верно? «Да» или номер.",
            "> да",
            "Thanks",
        )
    assert bot.filled == [Booking(Service.BEARD, date(2026, 12, 1), 3)]


async def test_without_the_words_they_are_answers(sandbox: Sandbox) -> None:
    @attrs.frozen
    class Word:
        word: str
        other: str = "none"

    anna, bot = sandbox.contact("79001234567"), Bot(Word, texts=FormTexts(back=None, skip=None), cancel=None)
    async with sandbox.runs(bot.router()):
        await dialogue(anna, "> /form", "Word?", "> back", "Other?", "> skip", summary("Word: back", "Other: skip"))
        await dialogue(anna, "> 1", "Word?", "> stop", summary("Word: stop", "Other: skip"), "> yes", "Thanks")
    assert bot.filled == [Word("stop", "skip")]


async def test_long_answers_and_long_lists(sandbox: Sandbox) -> None:
    @attrs.frozen
    class Long:
        text: str = attrs.field(validator=attrs.validators.max_len(19_000))
        number: int = attrs.field(metadata=question(choices={f"Number {each} of fifty": each for each in range(1, 51)}))

    anna, bot = sandbox.contact("79001234567"), Bot(Long)
    async with sandbox.runs(bot.router()):
        await dialogue(anna, "> /form", "Text?", "> " + "long " * 3900)
        refused = await anna.hears()
        assert refused
        assert len(refused.text) < 400
        await dialogue(anna, "> " + "long " * 3700)
        listed = await anna.hears()
        assert listed
        assert listed.text.endswith("\n50. Number 50 of fifty")
        await dialogue(anna, "> 50.")
        checked = await anna.hears()
        assert checked
        assert len(checked.text) < 600
        await dialogue(anna, "> yes", "Thanks")
    assert bot.filled[0].number == 50
    assert len(bot.filled[0].text) > 18_000


async def test_a_form_inside_another_conversation(sandbox: Sandbox) -> None:
    @attrs.frozen
    class Address:
        street: str

    router, found = Router(), list[Address]()

    @router.message(filters.command("order"))
    async def order(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(cancel="stop") as talk:
            await talk.ask("Dish?")
            async with notification.conversation() as inner:
                address = await inner.form(Address, confirm=False)
                assert_type(address, Address)
                found.append(address)
            await talk.ask("When?")
        await notification.reply("Thanks")

    anna = sandbox.contact("79001234567")
    async with sandbox.runs(router):
        await dialogue(anna, "> /order", "Dish?", "> soup", "Street?", "> Main", "When?", "> now", "Thanks")
    assert found == [Address("Main")]


async def test_an_option_may_end_with_a_dot(sandbox: Sandbox) -> None:
    @attrs.frozen
    class Title:
        title: Literal["Mr.", "Mrs.", "None"]

    anna, bot = sandbox.contact("79001234567"), Bot(Title, confirm=False)
    async with sandbox.runs(bot.router()):
        for answer in ("mr.", "2.", "none."):
            await dialogue(anna, "> /form", "Title?\n1. Mr.\n2. Mrs.\n3. None", f"> {answer}", "Thanks")
    assert [each.title for each in bot.filled] == ["Mr.", "Mrs.", "None"]


@pytest.mark.parametrize("seed", range(4))
async def test_restarts_change_nothing(sandbox: Sandbox, seed: int) -> None:
    """Two people give the same random answers; between those of one of them the bot is restarted."""
    random = Random(seed)
    pool = ["back", "skip", "1", "2", "3", "4", "yes", "2026-12-01", "1.1.2026", "0", "Beard", "hm", "Your note"]
    transcripts: list[list[str]] = []
    said = ["/form", *(random.choice(pool) for _ in range(40))]
    for phone in ("79001234567", "79001234568"):
        person, bot = sandbox.contact(phone), Bot(Booking, cancel=None)
        async with sandbox.runs(bot.router()):
            for text in said:
                if transcripts and random.random() < 0.4:
                    async with sandbox.restarted(kill=random.random() < 0.5):
                        await person.says(text)
                else:
                    await person.says(text)
                assert await person.hears()
        transcripts.append([message.text for message in person.chat])
        transcripts[-1].append(repr(bot.filled))
    assert transcripts[0] == transcripts[1]
    assert len(transcripts[0]) > 2 * len(said)
