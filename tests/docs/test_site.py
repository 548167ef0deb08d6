"""The site builds without a warning and without a broken link, and its search finds what new users ask for."""

import functools
import importlib.util
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, chromium_path
from tests.browser.page_actions import TIMEOUT_MS

from .pages import DOCS, ROOT

pytestmark = pytest.mark.slow

FOUND = {
    "how to test a bot": "how-to/testing/",
    "be sure nothing is sent twice": "how-to/send-once/",
    "yellowCard": "how-to/operations/",
    "how to run behind nginx": "how-to/behind-a-proxy/",
    "webhooks Flask": "how-to/webhooks-flask/",
    "ru протестировать бота": "ru/how-to/testing/",
    "ru не отправить дважды": "ru/how-to/send-once/",
    "ru yellowCard": "ru/how-to/operations/",
    "ru nginx": "ru/how-to/behind-a-proxy/",
}
"""Searches, in Russian after "ru", and the page that must be among the first three results."""


expect.set_options(timeout=TIMEOUT_MS)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Drop the record of a request."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Build the site and serve it under its path."""
    if importlib.util.find_spec("zensical") is None:
        pytest.skip("zensical is not installed (dependency group docs)")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, str(DOCS / "build.py"), str(folder / "greenapi-async")]
    build = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert build.returncode == 0, build.stdout + build.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/greenapi-async/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        yield page
        browser.close()


@pytest.mark.parametrize("words", FOUND)
def test_the_search_finds_the_page(words: str, address: str, page: Page) -> None:
    language = "ru/" if words.startswith("ru ") else ""
    page.goto(address + language)
    page.get_by_role("button", name="Поиск" if language else "Search").first.click()
    page.keyboard.type(words.removeprefix("ru "))
    links = page.locator("a[href*='?h=']")
    first = links.nth(0).or_(links.nth(1)).or_(links.nth(2))
    expect(first.and_(page.locator(f"a[href*='/{FOUND[words]}?h=']")).first).to_be_visible()


def test_llms_txt_lists_every_english_page(address: str) -> None:
    listed, full = read(address + "llms.txt"), read(address + "llms-full.txt")
    for path in (DOCS / "en").rglob("*.md"):
        name = path.relative_to(DOCS / "en").as_posix()
        assert f"/{name})" in listed
        assert read(address + name) == path.read_text("utf-8")
        assert next(line for line in path.read_text("utf-8").splitlines() if line.startswith("# ")) in full


def read(address: str) -> str:
    with urlopen(address) as response:
        return str(response.read(), "utf-8")
