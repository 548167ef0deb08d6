"""The time until the sandbox's page is there: a sandbox that was just started, in a browser that has never seen it.

Each round starts ``greenapi sandbox`` and opens its page; beside it, an empty page from Python's own server. The bound
is one second for the first. It is asserted only outside CI, where the machine is as busy as it happens to be.

Run by hand: ``python tests/benchmarks/page_load.py [rounds]``; needs chromium.
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
BOUND_MS = 1000.0


@contextmanager
def started(command: list[str], folder: str) -> Generator[tuple[str, float]]:
    """Give the address that a server prints, and the milliseconds until then."""
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


def opened(browser: Browser, url: str, wanted: str) -> float:
    """Give the milliseconds until something is on the screen."""
    context = browser.new_context()
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url)
    page.locator(wanted).first.wait_for()
    taken = (time.perf_counter() - start) * 1000
    context.close()
    return taken


def main(rounds: int = 5) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stdout.write("there is no chromium\n")
        return
    figures: dict[str, list[float]] = {"start": [], "page": [], "empty": []}
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        Path(folder, "index.html").write_text("<!doctype html><title>empty</title><h1>empty</h1>")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        opened(browser, "data:text/html,<h1>warm</h1>", "h1")
        for _ in range(rounds):
            with started(SANDBOX, folder) as (url, start):
                figures["start"].append(start)
                figures["page"].append(opened(browser, url, "header >> text=Authorized"))
            with started(EMPTY, folder) as (url, _start):
                figures["empty"].append(opened(browser, url, "h1"))
        browser.close()
    start, page, empty = (statistics.median(taken) for taken in figures.values())
    sys.stdout.write(
        f"the sandbox starts in {start:.0f} ms; its page is there {page:.0f} ms later ({max(figures['page']):.0f} at "
        f"most), an empty one in {empty:.0f} ms; bound {BOUND_MS:.0f}\n"
    )
    if "CI" not in os.environ:
        assert page < BOUND_MS


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
