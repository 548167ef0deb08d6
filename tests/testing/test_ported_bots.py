"""Ports of three bots of whatsapp-chatbot-python answer as the originals do; ``tests/typing`` type-checks them."""

import pytest

from greenapi_async.testing import Sandbox
from tests.typing.ported import menu_bot, poll_bot, registration_bot

pytestmark = pytest.mark.anyio


async def test_filters_files_and_places(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567", name="Anna")
    async with sandbox.runs(menu_bot.router, fix=True):
        await anna.says("HELLO")
        assert await anna.hears("*Hello*, Anna!")
        request = await anna.says("/report sales in May")
        report = await anna.hears(lambda message: message.file)
        assert report.file
        assert report.file.content == b"sales in May"
        assert report.quoted == request
        await anna.says("/where")
        assert await anna.hears(lambda message: message.location == (58.0105, 56.2502))
        assert await anna.hears(lambda message: message.type == "contactMessage")
        await anna.says("order 17")
        assert await anna.hears("Order 17 is on its way.")
        await anna.sends_file(b"...", name="cat.jpg")
        assert await anna.hears("Received cat.jpg.")
        await anna.says("*what*")
        assert await anna.hears("I do not understand: *\u200awhat*")
        await anna.calls("missed")
        assert await anna.hears("Please write to me.")


async def test_states(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(registration_bot.router, fix=True):
        for written, answer in (
            ("/register", "Choose a name of 5 to 20 characters."),
            ("Ann", "5 to 20 characters, please."),
            ("/cancel", "Cancelled."),
            ("/register", "Choose a name of 5 to 20 characters."),
            ("Annabel", "Choose a password of 8 to 20 characters."),
        ):
            await anna.says(written)
            assert await anna.hears(answer)
        await anna.sends_location(1, 2)
        assert await anna.hears("Please write it as a text.")
        await anna.says("secret")
        assert await anna.hears("8 to 20 characters, please.")
        await anna.says("long secret")
        assert await anna.hears("Welcome, Annabel. Your password has 11 characters.")


async def test_polls_buttons_and_statuses(sandbox: Sandbox) -> None:
    anna, survey = sandbox.contact("79001234567"), poll_bot.Survey()
    async with sandbox.runs(poll_bot.create_router(survey), fix=True):
        await anna.says("/poll")
        assert await anna.hears("Which colour?")
        await anna.votes("Red", "Blue")
        assert await anna.hears("You chose Red, Blue.")
        await anna.says("/buttons")
        assert await anna.hears("Which colour?")
        await anna.presses("Green")
        assert await anna.hears("You pressed Green.")
        await anna.reads()
        await anna.hears_nothing()
    assert survey.read_by[anna.id]
