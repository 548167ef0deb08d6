"""Make the pictures of README and site: ``python docs/pictures.py``.

``demo.gif`` is a recording of ``greenapi demo``, ``sandbox.png`` the sandbox's page with a conversation. Needs the
extra ``all``, the dependency group ``test`` and Chromium (Debian package ``chromium``, or set CHROMIUM to its path).
"""

import io
import itertools
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

DOCS = Path(__file__).parent
IMAGES = DOCS / "en" / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
COLUMNS = 110
LONGEST_FRAME = 1.2
"""Seconds; longer pauses of the recording are cut."""
LAST_FRAME = 5.0


def record(command: list[str]) -> list[tuple[float, str]]:
    """Run a command in a terminal; return its output so far at each change, with the seconds since the start."""
    outside, inside = pty.openpty()
    environment = os.environ | {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    frames: list[tuple[float, str]] = []
    output = b""
    start = time.monotonic()
    with subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside, env=environment) as process:
        os.close(inside)
        while chunk := read(outside):
            output += chunk
            frames.append((time.monotonic() - start, output.decode("utf-8", "ignore").replace("\r", "")))
    os.close(outside)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{output.decode()}")
    return frames


def read(terminal: int) -> bytes:
    """Return the next output; b"" at its end, which Linux reports as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def screenshot_of_terminal(browser: Browser, title: str, text: str, lines: int) -> Image.Image:
    """Draw a terminal with this text, as high as this number of lines."""
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(text + "\n" * (lines - text.count("\n"))))
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    page.set_content(f"<body style='margin:0'>{console.export_svg(title=title, theme=SVG_EXPORT_THEME)}</body>")
    picture = page.locator("svg").first.screenshot()
    page.close()
    return Image.open(io.BytesIO(picture)).convert("RGB")


def record_demo(browser: Browser) -> None:
    """Write demo.gif."""
    frames = record([str(Path(sys.executable).with_name("greenapi")), "demo"])
    lines = frames[-1][1].count("\n")
    pictures = [screenshot_of_terminal(browser, "greenapi demo", text, lines) for _, text in frames]
    times = [at for at, _ in frames]
    pauses = [min(after - before, LONGEST_FRAME) for before, after in itertools.pairwise(times)]
    palette = pictures[-1].quantize(64)
    first, *rest = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    durations = [max(20, round(pause * 1000)) for pause in [*pauses, LAST_FRAME]]
    first.save(IMAGES / "demo.gif", save_all=True, append_images=rest, duration=durations, loop=0, optimize=True)


def picture_sandbox(browser: Browser) -> None:
    """Write sandbox.png: the survey bot and someone who answers it."""
    sandbox = Sandbox()
    instance = sandbox.add_instance()
    with SandboxServer(sandbox) as server, tempfile.TemporaryDirectory() as directory:
        environment = os.environ | {
            "GREENAPI_API_URL": server.url,
            "GREENAPI_MEDIA_URL": server.url,
            "GREENAPI_ID_INSTANCE": str(instance.id_instance),
            "GREENAPI_API_TOKEN_INSTANCE": instance.token,
        }
        bot = [sys.executable, str(DOCS.parent / "examples" / "survey_bot.py")]
        with subprocess.Popen(bot, env=environment, cwd=directory, stderr=subprocess.DEVNULL) as process:
            try:
                for text in ("/survey", "Anna", "1"):
                    converse(server, instance, text)
                page = browser.new_page(viewport={"width": 1200, "height": 760}, device_scale_factor=2)
                page.goto(server.url)
                page.get_by_role("button", name="Thank you!").click()
                page.get_by_role("log").get_by_text("Thank you!").wait_for()
                page.get_by_role("tab", name="API calls").click()
                page.screenshot(path=IMAGES / "sandbox.png")
            finally:
                process.terminate()
    Image.open(IMAGES / "sandbox.png").quantize(256).save(IMAGES / "sandbox.png", optimize=True)


def converse(server: SandboxServer, instance: Instance, text: str) -> None:
    """Write to the bot and wait for its answer."""
    anna = "79001234567@c.us"
    expected = len(server.call(lambda: instance.chat(anna))) + 2
    server.call(lambda: instance.contact_writes(anna, text, sender_name="Anna"))
    wait_for(lambda: len(server.call(lambda: instance.chat(anna))) >= expected)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait up to 30 s."""
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("the bot did not answer within 30 s")
        time.sleep(0.05)


def main() -> None:
    """Make all pictures."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is missing: install the package chromium, or set CHROMIUM to its path")
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        record_demo(browser)
        picture_sandbox(browser)
        browser.close()


if __name__ == "__main__":
    main()
