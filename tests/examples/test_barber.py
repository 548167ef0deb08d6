"""The barber's bot, as its author would test it."""

import importlib.util
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType

import anyio
import attrs
import pytest

from greenapi_async.bots import FormTexts
from greenapi_async.testing import Contact, Sandbox

pytestmark = pytest.mark.anyio

PATH = Path(__file__).parent.parent.parent / "examples" / "barber_bot.py"
MENU = "Hello! What can I do for you?\n1. Book a visit\n2. My visits\n3. По-русски"
SERVICES = "What shall we do?\n1. Haircut\n2. Beard trim"
DAY = "Which day, such as 31.12.2030?"
VISITS = "Which visit shall I cancel?\n1. {}\n2. None"
HOURS = "At what time?\n" + "\n".join(f"{number}. {hour}:00" for number, hour in enumerate(range(10, 18), start=1))


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Import the example, with an empty diary."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BARBER", "79009999999")
    spec = importlib.util.spec_from_file_location("barber_bot", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["barber_bot"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["barber_bot"]
    module.diary().database.close()


def tomorrow(example: ModuleType) -> datetime:
    found: datetime = datetime.now(example.ZONE) + timedelta(days=1)
    return found


async def says(person: Contact, *lines: str) -> None:
    """Let a person say every second line, and check that the bot says the others."""
    for said, heard in zip(lines[::2], lines[1::2], strict=True):
        await person.says(said)
        assert await person.hears(heard)


async def test_a_visit_is_booked_over_a_restart(sandbox: Sandbox, example: ModuleType) -> None:
    anna, boris, barber = (sandbox.contact(phone) for phone in ("79001234568", "79001234569", "79009999999"))
    day = tomorrow(example)
    start = f"{day:%Y-%m-%d} 12:00"
    checked = f"Please check your answers:\n1. Service: Beard trim\n2. Day: {day:%d.%m.%Y}\n3. Time: 12:00\n"
    confirm = 'Send "Yes" if they are correct, or the number of one to change it.'
    async with sandbox.runs(example.router):
        await says(anna, "hi", MENU, "1", SERVICES, "2", DAY)
        for past in ("1.1.2020", f"{datetime.now(example.ZONE):%d.%m.%Y}"):
            await says(anna, past, f"Please choose a day in the next 60 days.\n{DAY}")
        async with sandbox.restarted():
            await anna.says(f"{day:%d.%m.%Y}")
        assert await anna.hears(HOURS)
        await says(anna, "12:00", checked + confirm, "yes", f"See you on {day:%d.%m.} 12:00!")
        await says(
            boris, "hi", MENU, "book a visit", SERVICES, "2", DAY, f"{day:%d.%m.%Y}", HOURS, "3", checked + confirm
        )
        await says(boris, "yes", "This time is taken.")
        await says(boris, "stop", "Fine. Write again at any time.")
        await says(barber, "hi", MENU, f"/off {day:%Y-%m-%d}", f"{day:%Y-%m-%d} is off.")
        assert await example.diary().find(start[:10]) == [f"{start[:10]} off", f"{start} Beard trim"]
        await says(anna, "hi", MENU, "my visits", VISITS.format(f"{start} Beard trim"))
        await anna.says("none")
        await says(boris, "hi", MENU, "2", "You have no visits.")
        async with sandbox.restarted():
            pass
        assert await anna.hears(f"See you on {day:%d.%m.} 12:00!", timeout=3 * 24 * 3600)
        assert f"{datetime.fromtimestamp(sandbox.clock(), example.ZONE):%d.%m. %H:%M}" == f"{day:%d.%m.} 10:00"


async def test_a_visit_can_be_cancelled_over_a_restart_and_nobody_is_reminded(
    sandbox: Sandbox, example: ModuleType
) -> None:
    anna, boris = sandbox.contact("79001234568"), sandbox.contact("79001234569")
    day = tomorrow(example)
    visits = [f"{day:%Y-%m-%d} {hour}:00 Haircut" for hour in (12, 13)]
    checked = f"Please check your answers:\n1. Service: Haircut\n2. Day: {day:%d.%m.%Y}\n3. Time: {{}}:00\n"
    confirm = 'Send "Yes" if they are correct, or the number of one to change it.'
    async with sandbox.runs(example.router):
        for person, hour in ((anna, 12), (boris, 13)):
            await says(person, "hi", MENU, "1", SERVICES, "1", DAY, f"{day:%d.%m.%Y}", HOURS)
            await says(person, f"{hour}:00", checked.format(hour) + confirm)
            await says(person, "yes", f"See you on {day:%d.%m.} {hour}:00!")
        await says(anna, "hi", MENU, "2", VISITS.format(visits[0]))
        async with sandbox.restarted(kill=True):
            await anna.says("1")
        assert await anna.hears("It is cancelled.")
        assert await example.diary().find() == [visits[1]]
        await says(anna, "hi", MENU, "my visits", "You have no visits.")
        assert await boris.hears(f"See you on {day:%d.%m.} 13:00!", timeout=3 * 24 * 3600)
        assert await anna.hears_nothing(timeout=3600)


async def test_commands_are_for_the_barber(sandbox: Sandbox, example: ModuleType) -> None:
    anna, barber = sandbox.contact("79001234568"), sandbox.contact("79009999999")
    await example.diary().book(f"{datetime.now(example.ZONE):%Y-%m-%d} 12:00", anna.id, "Haircut")
    async with sandbox.runs(example.router):
        await says(barber, "/today", f"{datetime.now(example.ZONE):%Y-%m-%d} 12:00 Haircut")
        await says(anna, "/today", MENU)


async def test_the_barber_takes_over(sandbox: Sandbox, example: ModuleType) -> None:
    anna = sandbox.contact("79001234568")
    async with sandbox.runs(example.router, fix=True):
        await says(anna, "hi", MENU, "1", SERVICES)
        await sandbox.owner.says("Hi Anna, shall we dye it, too?", to=anna)
        await anna.says("2")
        assert await anna.hears_nothing(timeout=29 * 60)
        await anyio.sleep(120)
        await says(anna, "2", DAY)


async def test_the_language_is_kept(sandbox: Sandbox, example: ModuleType) -> None:
    anna = sandbox.contact("79001234568")
    async with sandbox.runs(example.router):
        await says(anna, "hi", MENU, "3", "Буду писать по-русски.")
        menu = "Здравствуйте! Чем помочь?\n1. Записаться\n2. Мои записи\n3. In English"
        await says(
            anna,
            "hi",
            menu,
            "1",
            "Что сделать?\n1. Стрижка\n2. Борода",
            "стрижка",
            "В какой день, например 31.12.2030?",
        )
        async with sandbox.restarted():
            pass
        await says(anna, "назад", "Что сделать?\n1. Стрижка\n2. Борода", "стоп", "Хорошо. Пишите в любое время.")
        await says(anna, "hi", menu, "3", "I will write in English.")


def test_every_translation_is_of_a_text_that_is_sent(example: ModuleType) -> None:
    own, of_forms = PATH.read_text(encoding="utf-8"), set(attrs.asdict(FormTexts()).values())
    assert [text for text in example.RUSSIAN if text not in own and text not in of_forms] == ["Day"]  # a label
