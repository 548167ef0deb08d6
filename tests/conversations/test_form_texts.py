"""Texts of a form: translations, words and long answers."""

from datetime import date

import attrs
import pytest

from greenapi_async.bots import FormTexts, question
from greenapi_async.testing import Sandbox
from tests.conversations.form_bot import Booking, Bot, Service, dialogue, summary

pytestmark = pytest.mark.anyio


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
