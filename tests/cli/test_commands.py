"""The command line, as a person starts it."""

import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import httpx
import pytest

GREENAPI = [sys.executable, "-c", "from greenapi_async.cli import main; main()"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*GREENAPI, *arguments], capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def started(*arguments: str) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen([*GREENAPI, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


def read_until(child: subprocess.Popen[str], words: str) -> str:
    assert child.stdout is not None
    said = ""
    while words not in said:
        line = child.stdout.readline()
        assert line, said
        said += line
    return said


def test_the_demo_answers_every_message_once_and_says_so() -> None:
    done = run("demo")
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"4 messages in, 4 answers out, 0 lost, 0 twice, \d+ API calls; from question to answer \d+ ms", done.stdout
    )
    assert done.stdout.count("bot  ") == 4
    assert "Traceback" not in done.stdout + done.stderr


def test_the_demo_kept_running_can_be_reached_and_ended() -> None:
    with started("demo", "--keep") as child:
        said = read_until(child, "Ctrl-C ends it.")
        exported = dict(re.findall(r"export (\w+)=(\S+)", said))
        url, instance = exported["GREENAPI_API_URL"], exported["GREENAPI_ID_INSTANCE"]
        message = {"chatId": "79001234568@c.us", "text": "Hello"}
        assert httpx.post(f"{url}/sandbox/{instance}/messages", json=message, timeout=60).status_code == 200
        path = f"/waInstance{instance}/receiveNotification/{exported['GREENAPI_API_TOKEN_INSTANCE']}"
        assert httpx.get(url + path, timeout=60).json()["receiptId"]
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err.count("Traceback")) == (0, "Ended.\n", 0)


def test_the_sandbox_serves_until_ctrl_c() -> None:
    with started("sandbox", "--port", "0") as child:
        said = read_until(child, "Ctrl-C ends it.")
        url = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert url
        assert len(httpx.get(f"{url[0]}/sandbox/instances", timeout=60).json()) == 1
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (0, "Ended.\n", "")


@pytest.mark.parametrize(
    ("arguments", "words"), [(["--host", "0.0.0.0"], "--allow-remote"), (["--port", "99999"], "65535")]
)
def test_what_cannot_be_served_is_said(arguments: list[str], words: str) -> None:
    done = run("sandbox", *arguments)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_without_its_extras_the_command_says_what_to_install() -> None:
    code = (
        "import sys, importlib.util as u; real = u.find_spec\n"
        "import greenapi_async.cli as cli\n"
        "cli.find_spec = lambda name: None if name == 'typer' else real(name)\n"
        "cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == ("greenapi lacks typer; install them with pip install 'greenapi-async[cli,sandbox]'\n")


@pytest.mark.parametrize(("options", "is_open"), [((), False), (("--host", "0.0.0.0", "--allow-remote"), True)])
def test_what_opening_means_is_said_where_it_is_open(options: tuple[str, ...], is_open: bool) -> None:
    with started("sandbox", "--port", "0", *options) as child:
        said = read_until(child, "Ctrl-C ends it.")
    assert ("needs no password" in said) is is_open


def test_the_page_is_served() -> None:
    with started("sandbox", "--port", "0") as child:
        said = read_until(child, "Ctrl-C ends it.")
        url = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert url
        assert httpx.get(url[0], timeout=60).headers["content-type"].startswith("text/html")


def test_the_token_is_another_each_time_unless_it_is_given() -> None:
    tokens: list[str] = []
    for options in ((), (), ("--token", "mine")):
        with started("sandbox", "--port", "0", *options) as child:
            tokens += re.findall(r"TOKEN_INSTANCE=(\w+)", read_until(child, "Ctrl-C ends it."))
    assert len(set(tokens)) == 3
    assert tokens[2] == "mine"
