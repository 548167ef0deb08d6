"""Forms: an attrs class is filled in a conversation."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from itertools import count
from random import Random
from typing import Literal, assert_type

import attrs
import pytest

from greenapi_async import IncomingMessageReceived
from greenapi_async.bots import Router, filters, question
from greenapi_async.testing import Sandbox
from tests.conversations.form_bot import (
    NOTE,
    PERSONS,
    SERVICE,
    Booking,
    Bot,
    Service,
    dialogue,
    summary,
)

pytestmark = pytest.mark.anyio


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


@pytest.mark.parametrize("kill", [True, False])
async def test_a_restart_keeps_the_defaults_that_the_summary_has_shown(sandbox: Sandbox, *, kill: bool) -> None:
    days, codes = count(1), count(100)

    @attrs.frozen
    class Delivery:
        street: str
        day: date = attrs.field(factory=lambda: date(2026, 12, next(days)))
        code: int = attrs.field(factory=lambda: next(codes))

    skip = '(Send "skip" to leave it out.)'
    anna, bot = sandbox.contact("79001234567"), Bot(Delivery)
    async with sandbox.runs(bot.router()):
        await dialogue(anna, "> /form", "Street?", "> Main", f"Day?\n{skip}", "> skip", f"Code?\n{skip}", "> skip")
        await dialogue(anna, summary("Street: Main", "Day: 2026-12-01", "Code: 100"))
        async with sandbox.restarted(kill=kill):
            pass
        assert await anna.hears_nothing()
        await dialogue(anna, "> 3", f"Code?\n{skip}", "> 7")
        checked = await anna.hears(re.compile("3. Code: 7"))
        assert checked
        async with sandbox.restarted(kill=kill):
            await anna.says("yes")
        assert await anna.hears("Thanks")
    [delivery] = bot.filled
    assert f"2. Day: {delivery.day}" in checked.text
    assert delivery.code == 7


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


async def test_numbers_may_have_any_digits(sandbox: Sandbox) -> None:
    @attrs.frozen
    class Order:
        size: Literal["Small", "Large", "1st"]
        extras: list[Literal["Milk", "Ice", "Lemon"]]
        count: int

    anna, bot = sandbox.contact("79001234567"), Bot(Order, confirm=False)
    size = "Size?\n1. Small\n2. Large\n3. 1st"
    extras = "Extras?\n1. Milk\n2. Ice\n3. Lemon\n(Several are possible, such as 1, 2.)"
    async with sandbox.runs(bot.router()):
        for second, first_and_third in (
            ("\u0662", "\u0661\u060c \u0663"),
            ("\uff12.", "\uff11\u3001\uff13"),
            ("02", "1 03"),
        ):
            await dialogue(
                anna, "> /form", size, f"> {second}", extras, f"> {first_and_third}", "Count?", "> \u0664", "Thanks"
            )
    assert bot.filled == [Order("Large", ["Milk", "Lemon"], 4)] * 3


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
