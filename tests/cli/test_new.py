"""The command ``greenapi new``."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml

from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.server import SandboxServer
from tests.docs.pages import english_pages
from tests.free_port import free_port

from .conftest import Greenapi


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


def health_check(dockerfile: str, port: int) -> list[str]:
    """Return the command of the health check, for another port."""
    command: list[str] = json.loads(dockerfile.partition("HEALTHCHECK ")[2].partition("CMD ")[2].splitlines()[0])
    return [sys.executable, *(part.replace(":8081/", f":{port}/") for part in command[1:])]


def test_the_health_check_is_that_of_the_documentation(greenapi: Greenapi, tmp_path: Path) -> None:
    greenapi("new", "shop-bot")
    [documented] = [
        block.text
        for page in english_pages()
        if page.name == "how-to/deploy"
        for block in page.blocks
        if block.name == "Dockerfile"
    ]
    dockerfile = (tmp_path / "shop-bot" / "Dockerfile").read_text("utf-8")
    assert health_check(dockerfile, 1) == health_check(documented, 1)


@pytest.mark.slow
def test_the_new_bot_answers_when_it_is_run_as_the_readme_says(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, tmp_path: Path
) -> None:
    """The health check of its image says whether this bot runs, not whether the server does."""
    greenapi("new", "shop-bot")
    folder = tmp_path / "shop-bot"
    readme = (folder / "README.md").read_text("utf-8").splitlines()
    [copy] = [line.partition("#")[0] for line in readme if ".env.example .env" in line]
    subprocess.run(["sh", "-c", copy], cwd=folder, check=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GREENAPI_")}
    assert (folder / ".env").stat().st_mode & 0o077 == 0
    text = (folder / ".env").read_text("utf-8").replace("1101000001", str(instance.id_instance))
    (folder / ".env").write_text(re.sub("https://[a-z.-]+", server.url, text), "utf-8")
    (folder / "secrets" / "token").write_text(instance.token)

    doctor = [sys.executable, "-m", "greenapi_async", "doctor", "--json"]
    examined = subprocess.run(doctor, cwd=folder, env=environment, capture_output=True, check=True, timeout=100)
    assert {finding["level"] for finding in json.loads(examined.stdout)} == {"ok"}

    port = free_port()
    check = health_check((folder / "Dockerfile").read_text("utf-8"), port)
    [line] = [line.partition("#")[0].strip() for line in readme if line.startswith("(set -a")]
    environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HEALTH_PORT": str(port)}
    server.call(lambda: instance.contact_writes("79001234567@c.us", "Hi"))
    bot = subprocess.Popen(["sh", "-c", line], cwd=folder, env=environment, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while server.call(lambda: len(instance.chat("79001234567@c.us"))) < 2:
            assert bot.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert server.call(lambda: instance.chat("79001234567@c.us")[1].text) == "You said: Hi"
        while subprocess.run(check, check=False, capture_output=True).returncode:
            assert time.monotonic() < deadline
    finally:
        os.killpg(bot.pid, signal.SIGKILL)
        bot.wait()
    assert subprocess.run(check, check=False, capture_output=True).returncode == 1


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
