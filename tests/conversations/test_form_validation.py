"""Validators and converters of the class of a form."""

import re
from decimal import Decimal
from typing import Any, Literal

import attrs
import pytest

from greenapi_async import chat_id
from greenapi_async.testing import Sandbox
from tests.conversations.form_bot import (
    Bot,
    dialogue,
    summary,
)

pytestmark = pytest.mark.anyio


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
