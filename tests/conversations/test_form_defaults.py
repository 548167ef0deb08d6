"""Defaults that change while a person looks at the summary: what is confirmed is what the object has."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain, repeat
from typing import Any, Literal

import attrs
import pytest

from greenapi_async.bots import question
from greenapi_async.testing import Sandbox
from tests.conversations import form_bot
from tests.conversations.form_bot import Bot, dialogue, not_past, summary

pytestmark = pytest.mark.anyio

SKIP = '(Send "skip" to leave it out.)'


async def test_a_default_that_is_not_valid_after_a_restart_is_not_confirmed(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    @attrs.frozen
    class Visit:
        name: str
        day: date = attrs.field(factory=lambda: form_bot.TODAY, validator=not_past)

    anna, bot = sandbox.contact("79001234567"), Bot(Visit)
    shown, today = summary("Name: Anna", "Day: 2026-11-29"), summary("Name: Anna", "Day: 2026-11-30")
    async with sandbox.runs(bot.router()):
        await dialogue(anna, "> /form", "Name?", "> Anna", f"Day?\n{SKIP}", "> skip", shown)
        async with sandbox.restarted():
            monkeypatch.setattr(form_bot, "TODAY", form_bot.TODAY + timedelta(days=1))
            await anna.says("yes")
        await dialogue(anna, f"This day is over.\n{shown}", today)
        async with sandbox.restarted():
            pass
        await dialogue(anna, "> yes", "Thanks")
    assert bot.filled == [Visit("Anna", date(2026, 11, 30))]


def changing(first: object, later: object) -> Iterator[Any]:
    """Return defaults: the first one, and one after a restart."""
    return chain([first], repeat(later))


def doubled(value: int) -> int:
    return value * 2


async def test_a_default_that_cannot_be_read_is_shown_anew(sandbox: Sandbox) -> None:
    sizes = changing("XL", "XXL")

    @attrs.frozen
    class Shirt:
        size: Literal["S", "M"] = attrs.field(factory=lambda: next(sizes))

    anna, bot = sandbox.contact("79001234567"), Bot(Shirt)
    async with sandbox.runs(bot.router()):
        await dialogue(anna, "> /form", f"Size?\n1. S\n2. M\n{SKIP}", "> skip", summary("Size: XL"))
        async with sandbox.restarted():
            await anna.says("yes")
        await dialogue(anna, f"Please choose one of these.\n{summary('Size: XL')}", summary("Size: XXL"))
        await dialogue(anna, "> yes", "Thanks")
    assert [shirt.size for shirt in bot.filled] == ["XXL"]


async def test_a_default_that_a_converter_changes_again_is_shown_anew(sandbox: Sandbox) -> None:
    counts = changing(1, 5)

    @attrs.frozen
    class Pairs:
        count: int = attrs.field(factory=lambda: next(counts), converter=doubled)

    anna, bot = sandbox.contact("79001234567"), Bot(Pairs)
    async with sandbox.runs(bot.router()):
        await dialogue(anna, "> /form", f"Count?\n{SKIP}", "> skip", summary("Count: 2"))
        async with sandbox.restarted():
            await anna.says("yes")
        await dialogue(anna, f"This answer is not possible.\n{summary('Count: 2')}", summary("Count: 10"))
        await dialogue(anna, "> yes", "Thanks")
    assert bot.filled == [Pairs(5)]


async def test_no_value_is_kept_as_well(sandbox: Sandbox) -> None:
    masters = changing(None, "Oleg")

    @attrs.frozen
    class Visit:
        master: str | None = attrs.field(factory=lambda: next(masters))

    anna, bot = sandbox.contact("79001234567"), Bot(Visit)
    async with sandbox.runs(bot.router()):
        await dialogue(anna, "> /form", f"Master?\n{SKIP}", "> skip", summary("Master: –"))
        async with sandbox.restarted():
            await anna.says("yes")
        assert await anna.hears("Thanks")
    assert bot.filled == [Visit(None)]


async def test_another_default_of_a_new_version_is_not_confirmed_unseen(sandbox: Sandbox) -> None:
    def visit(hour: int) -> type[Any]:
        day = attrs.field(type=int, default=hour, metadata=question("When?"))
        return attrs.make_class("Visit", {"hour": day}, frozen=True)

    anna, bot = sandbox.contact("79001234567"), Bot(visit(9))
    async with sandbox.runs(bot.router()):
        await dialogue(anna, "> /form", f"When?\n{SKIP}", "> skip", summary("Hour: 9"))
        async with sandbox.restarted():
            bot.kind = visit(17)
            await anna.says("yes")
        assert await anna.hears("Thanks")
    assert [each.hour for each in bot.filled] == [9]
