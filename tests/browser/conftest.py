"""A real Chromium with the page of a sandbox on a real socket; console errors fail the test."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.browser.page_actions import TIMEOUT_MS
from tests.examples.example_process import Example, ExampleRunner

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Use asyncio in real time, which Playwright needs."""
    return "asyncio"


def chromium_path() -> str:
    """Return the path of Chromium, or skip the test."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed. Run `apt-get install chromium`, or set CHROMIUM to its path")
    return chromium


@pytest.fixture(scope="module")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    chromium = chromium_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[SandboxServer]:
    with SandboxServer(sandbox) as running:
        yield running


@pytest.fixture
def messenger() -> str:
    return "whatsapp"


@pytest.fixture
def runner(server: SandboxServer, tmp_path: Path, messenger: str) -> ExampleRunner:
    """Return a runner of examples against the sandbox."""
    runner = ExampleRunner(server, tmp_path, messenger)
    runner.add_instance()
    return runner


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(accept_downloads=True)
    context.set_default_timeout(TIMEOUT_MS)
    yield context
    await context.close()


@pytest.fixture
def bot(runner: ExampleRunner) -> Iterator[Example]:
    """Run the bot of this directory."""
    instance = runner.server.sandbox.instances[1101000001]
    runner.server.call(lambda: instance.lifecycle.save_settings({"pollMessageWebhook": "yes"}))
    with runner.run(str(Path(__file__).with_name("bot.py"))) as example:
        yield example


@pytest.fixture
def console_errors() -> list[str]:
    """Errors and warnings in the browser console."""
    return []


@pytest.fixture
async def page(context: BrowserContext, runner: ExampleRunner, console_errors: list[str]) -> AsyncIterator[Page]:
    page = await context.new_page()

    def record(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            console_errors.append(message.text)

    page.on("console", record)
    page.on("pageerror", lambda error: console_errors.append(str(error)))
    await page.goto(runner.server.url)
    yield page
    assert console_errors == []
