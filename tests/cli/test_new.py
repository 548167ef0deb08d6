"""The command ``greenapi new``."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.server import SandboxServer

from .conftest import Greenapi, Terminal


def test_a_bot_is_created(greenapi: Greenapi, tmp_path: Path) -> None:
    done = greenapi("new", "shop-bot")
    assert done.status == 0
    folder = tmp_path / "shop-bot"
    assert tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["name"] == "shop-bot"
    compose = yaml.safe_load((folder / "compose.yaml").read_text("utf-8"))
    assert compose["services"]["bot"]["environment"]["GREENAPI_ID_INSTANCE"] == "${GREENAPI_ID_INSTANCE:?}"
    assert "USER bot" in (folder / "Dockerfile").read_text("utf-8")
    assert {"bot.py", "compose.yaml"} < set(greenapi("new", "other", "--json").json["files"])


@pytest.mark.slow
def test_the_tests_of_the_new_bot_pass(greenapi: Greenapi, tmp_path: Path) -> None:
    greenapi("new", "shop-bot")
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    done = subprocess.run(command, cwd=tmp_path / "shop-bot", capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


@pytest.mark.slow
def test_the_new_bot_answers(
    greenapi: Greenapi, terminal: Terminal, server: SandboxServer, instance: Instance, tmp_path: Path
) -> None:
    greenapi("new", "shop-bot")
    server.call(lambda: instance.contact_writes("79001234567@c.us", "Hi"))
    with terminal.started(script=str(tmp_path / "shop-bot" / "bot.py")) as bot:
        bot.wait_until(lambda: server.call(lambda: len(instance.chat("79001234567@c.us"))) == 2)
    assert server.call(lambda: instance.chat("79001234567@c.us")[1].text) == "You said: Hi"


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("full", "is not an empty folder"),
        ("file", "is not an empty folder"),
        ("-x", "No such option"),
        ("ж", "no name"),
    ],
)
def test_nothing_is_overwritten(greenapi: Greenapi, tmp_path: Path, folder: str, message: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    (tmp_path / "file").touch()
    done = greenapi("new", folder)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert message in done.err
    assert not (tmp_path / "full" / "bot.py").exists()
