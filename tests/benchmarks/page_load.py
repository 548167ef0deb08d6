"""Load time of the sandbox's page, from a newly started sandbox, with an empty browser cache.

Each round starts ``greenapi sandbox`` and opens its page, and for comparison an empty page from Python's own server.

Usage: ``python tests/benchmarks/page_load.py [rounds]``; needs chromium.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

SANDBOX = [sys.executable, "-c", "from greenapi_async.cli import main; main()", "sandbox", "--port", "0"]
EMPTY = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]


@contextmanager
def start_server(command: list[str], folder: str) -> Generator[tuple[str, float]]:
    """Start a server and yield the URL that it prints and its startup time in milliseconds."""
    start = time.perf_counter()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        found = None
        while found is None:
            found = re.search(r"http://[\d.]+:\d+", server.stdout.readline())
        try:
            yield found[0], (time.perf_counter() - start) * 1000
        finally:
            server.terminate()


def load_page(browser: Browser, url: str, selector: str) -> float:
    """Open a page and return the milliseconds until an element is visible."""
    context = browser.new_context()
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url)
    page.locator(selector).first.wait_for()
    taken = (time.perf_counter() - start) * 1000
    context.close()
    return taken


def main(rounds: int = 5) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stdout.write("chromium is not installed\n")
        return
    figures: dict[str, list[float]] = {"start": [], "page": [], "empty": []}
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        Path(folder, "index.html").write_text("<!doctype html><title>empty</title><h1>empty</h1>")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        load_page(browser, "data:text/html,<h1>warm</h1>", "h1")
        for _ in range(rounds):
            with start_server(SANDBOX, folder) as (url, start):
                figures["start"].append(start)
                figures["page"].append(load_page(browser, url, "header >> text=Authorized"))
            with start_server(EMPTY, folder) as (url, _start):
                figures["empty"].append(load_page(browser, url, "h1"))
        browser.close()
    start, page, empty = (statistics.median(times) for times in figures.values())
    sys.stdout.write(
        f"sandbox startup {start:.0f} ms; page load {page:.0f} ms (maximum {max(figures['page']):.0f} ms), "
        f"empty page {empty:.0f} ms\n"
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
