"""The status page in a real Chromium: what an operator sees and does, also with the keyboard and on a phone."""

from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Literal

import anyio
import pytest
from playwright.async_api import Browser, ConsoleMessage, Dialog, Page, expect

from greenapi_async import Client, IncomingMessageReceived, SQLiteInbox
from greenapi_async.bots import Router, lifespan
from greenapi_async.monitoring import HealthApp
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.browser.page_actions import TIMEOUT_MS

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ANNA = "79001234567@c.us"
PASSWORD = "a long password"
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()


class Bot:
    """A bot that fails on command."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.fails = True
        self.may_fail = anyio.Event()
        self.may_fail.set()
        self.router = Router()
        self.router.message()(self.answer)

    async def answer(self, notification: IncomingMessageReceived) -> None:
        if self.fails and notification.text == "boom":
            await self.may_fail.wait()
            raise LookupError("there is no such order")

    @property
    def instance(self) -> Instance:
        return self.server.sandbox.instances[1101000001]

    def write(self, text: str) -> None:
        self.server.call(lambda: self.instance.contact_writes(ANNA, text))


@pytest.fixture
async def bot(server: SandboxServer, sandbox: Sandbox) -> Bot:
    server.call(lambda: sandbox.add_instance(1101000001, "1" * 50))
    return Bot(server)


@pytest.fixture
async def status(browser: Browser, bot: Bot, tmp_path: Path) -> AsyncIterator[Page]:
    """The page of a running bot with one entry in quarantine; errors in the console fail the test."""
    errors: list[str] = []

    def record(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            errors.append(message.text)

    health, url = HealthApp(password=PASSWORD, max_age=0.5), bot.server.url
    context = await browser.new_context(http_credentials={"username": "me", "password": PASSWORD})
    context.set_default_timeout(TIMEOUT_MS)
    inbox = SQLiteInbox(tmp_path / "bot.db")
    async with (
        health.serve(port=0) as address,
        Client(1101000001, "1" * 50, url, url) as client,
        lifespan(bot.router, clients=client, inbox=inbox, monitor=health, attempts=1),
    ):
        page = await context.new_page()
        page.on("console", record)
        page.on("pageerror", lambda error: errors.append(str(error)))
        bot.write("boom")
        bot.write("Hello")
        await page.goto(f"{address}/status")
        await expect(page.get_by_text("Entry 1", exact=True)).to_be_visible()
        yield page
        await context.close()
    assert errors == []


async def test_an_operator_sees_what_happens(status: Page, bot: Bot) -> None:
    await expect(status.get_by_role("status").first).to_have_text("Ready")
    await expect(status.get_by_role("table", name="Instances")).to_contain_text("1101000001")
    tail = status.get_by_role("table", name="The last notifications that were handled")
    await expect(tail).to_contain_text("LookupError")
    await expect(tail.get_by_role("row")).to_have_count(3)
    bot.write("more")
    await expect(tail.get_by_role("row")).to_have_count(4)
    bot.server.call(lambda: bot.instance.set_state("blocked"))
    await expect(status.get_by_text("WhatsApp has banned the account").first).to_be_visible()
    await expect(status.get_by_role("status").first).to_have_text("Not ready")


async def test_a_quarantined_notification_is_released_with_the_keyboard(status: Page, bot: Bot) -> None:
    bot.fails = False
    entry = status.get_by_role("group").filter(has_text="Entry 1")
    await entry.locator("summary").focus()
    await status.keyboard.press("Enter")
    await expect(entry).to_contain_text("LookupError: there is no such order")
    await status.keyboard.press("Tab")  # the traceback, which scrolls
    await status.keyboard.press("Tab")
    await expect(status.get_by_role("button", name="Release entry 1")).to_be_focused()
    await status.keyboard.press("Enter")
    await expect(status.get_by_text("Nothing is in quarantine.")).to_be_visible()
    await expect(status.get_by_text("Entry 1 is handled again")).to_be_visible()
    await expect(status.get_by_role("heading", name="Quarantine")).to_be_focused()
    await expect(status.get_by_role("table", name="The last notifications")).to_contain_text("done")


async def test_a_released_notification_that_fails_again_is_shown_again(status: Page, bot: Bot) -> None:
    bot.may_fail = anyio.Event()
    await status.get_by_role("group").filter(has_text="Entry 1").locator("summary").click()
    await status.get_by_role("button", name="Release entry 1").click()
    await expect(status.get_by_text("Nothing is in quarantine.")).to_be_visible()
    bot.may_fail.set()
    tail = status.get_by_role("table", name="The last notifications that were handled")
    await expect(tail.get_by_text("LookupError")).to_have_count(2)
    await expect(status.get_by_role("group").filter(has_text="LookupError: there is no such order")).to_have_count(1)


async def test_a_quarantined_notification_is_dropped_after_a_question(status: Page, bot: Bot) -> None:
    bot.fails = False
    answers = ["dismiss", "accept"]

    async def answer(dialog: Dialog) -> None:
        assert "Delete entry 1 for good?" in dialog.message
        await (dialog.dismiss() if answers.pop(0) == "dismiss" else dialog.accept())

    status.on("dialog", answer)
    await status.get_by_role("group").filter(has_text="Entry 1").locator("summary").click()
    await status.get_by_role("button", name="Drop entry 1").click()
    await expect(status.get_by_role("button", name="Drop entry 1")).to_be_enabled()
    await status.get_by_role("button", name="Drop entry 1").click()
    await expect(status.get_by_text("Entry 1 is deleted.")).to_be_visible()
    await expect(status.get_by_text("Nothing is in quarantine.")).to_be_visible()
    tail = status.get_by_role("table", name="The last notifications that were handled")
    await expect(tail.get_by_role("row")).to_have_count(3)  # it was not handled again
    assert answers == []


async def test_the_tail_can_be_paused(status: Page, bot: Bot) -> None:
    tail = status.get_by_role("table", name="The last notifications that were handled")
    await expect(tail.get_by_role("row")).to_have_count(3)
    await status.get_by_role("button", name="Pause").click()
    bot.write("more")
    await expect(status.get_by_text("Received in all").locator("xpath=../dd")).to_have_text("3")
    await expect(tail.get_by_role("row")).to_have_count(3)
    await status.get_by_role("button", name="Pause").click()
    await expect(tail.get_by_role("row")).to_have_count(4)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_it_is_accessible_in_every_width_and_colour(
    status: Page, bot: Bot, width: int, colours: Literal["light", "dark"], request: pytest.FixtureRequest
) -> None:
    await status.set_viewport_size({"width": width, "height": 900})
    await status.emulate_media(color_scheme=colours, reduced_motion="reduce")
    bot.server.call(lambda: bot.instance.set_state("yellowCard"))
    await expect(status.get_by_text("Sending is suspended").first).to_be_visible()
    await status.locator("summary").click()
    await status.evaluate(AXE)
    found = await status.evaluate("axe.run()")
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert await status.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    pictures = request.config.getoption("--basetemp", default=None)
    if pictures:
        await status.screenshot(path=Path(pictures).parent / f"status-{colours}-{width}.png", full_page=True)
