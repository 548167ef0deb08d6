"""The commands ``demo`` and ``sandbox``."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow

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


def read_until(child: subprocess.Popen[str], text: str) -> str:
    assert child.stdout is not None
    output = ""
    while text not in output:
        line = child.stdout.readline()
        assert line, output
        output += line
    return output


def test_the_demo_replies_to_every_message_once() -> None:
    done = run("demo")
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"4 messages received, 4 replies sent, 0 lost, 0 duplicated, \d+ API calls\.\nReply time: \d+ ms", done.stdout
    )
    assert done.stdout.count("bot  ") == 4
    assert "Traceback" not in done.stdout + done.stderr


def test_the_demo_is_summarized_as_json() -> None:
    done = run("demo", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert {name: summary[name] for name in ("received", "replies", "lost", "duplicated")} == {
        "received": 4,
        "replies": 4,
        "lost": 0,
        "duplicated": 0,
    }
    assert 0 < summary["medianMilliseconds"] <= summary["slowestMilliseconds"]
    assert summary["apiCalls"] > 12


def test_the_kept_sandbox_can_be_used_and_stopped() -> None:
    with started("demo", "--keep") as child:
        output = read_until(child, "Press Ctrl-C to stop.")
        exported = dict(re.findall(r"export (\w+)=(\S+)", output))
        url, instance = exported["GREENAPI_API_URL"], exported["GREENAPI_ID_INSTANCE"]
        message = {"chatId": "79001234568@c.us", "text": "Hello"}
        assert httpx.post(f"{url}/sandbox/{instance}/messages", json=message, timeout=60).status_code == 200
        path = f"/waInstance{instance}/receiveNotification/{exported['GREENAPI_API_TOKEN_INSTANCE']}"
        assert httpx.get(url + path, timeout=60).json()["receiptId"]
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err.count("Traceback")) == (0, "Stopped.\n", 0)


@pytest.mark.parametrize("messenger", ["whatsapp", "telegram"])
def test_the_sandbox_runs_until_ctrl_c(messenger: str) -> None:
    with started("sandbox", "--port", "0", "--messenger", messenger) as child:
        output = read_until(child, "Press Ctrl-C to stop.")
        assert ("export GREENAPI_MESSENGER=telegram\n" in output) is (messenger == "telegram")
        url = re.search(r"http://127\.0\.0\.1:\d+", output)
        assert url
        [row] = httpx.get(f"{url[0]}/sandbox/instances", timeout=60).json()
        assert row["messenger"] == messenger
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (0, "Stopped.\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sandbox", "--host", "0.0.0.0"], "--allow-remote"),
        (["sandbox", "--port", "99999"], "65535"),
        (["demo", "--keep", "--json"], "exclude each other"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr


@pytest.mark.parametrize("package", ["typer", "rich", "segno", "starlette", "uvicorn"])
def test_without_its_extras_the_command_names_the_pip_command(package: str) -> None:
    code = "import sys; sys.modules[sys.argv[1]] = None\nfrom greenapi_async.cli import main\nmain()"
    command = [sys.executable, "-c", code, package]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == f"greenapi: {package} is not installed; run: pip install 'greenapi-async[cli,sandbox]'\n"


@pytest.mark.parametrize(("options", "is_remote"), [((), False), (("--host", "0.0.0.0", "--allow-remote"), True)])
def test_remote_access_prints_a_warning(options: tuple[str, ...], is_remote: bool) -> None:
    with started("sandbox", "--port", "0", *options) as child:
        output = read_until(child, "Press Ctrl-C to stop.")
    assert ("without a password" in output) is is_remote


def test_the_web_page_is_served() -> None:
    with started("sandbox", "--port", "0") as child:
        output = read_until(child, "Press Ctrl-C to stop.")
        url = re.search(r"http://127\.0\.0\.1:\d+", output)
        assert url
        assert httpx.get(url[0], timeout=60).headers["content-type"].startswith("text/html")


def test_the_token_is_random_unless_given() -> None:
    tokens: list[str] = []
    for options in ((), (), ("--token", "mine")):
        with started("sandbox", "--port", "0", *options) as child:
            tokens += re.findall(r"TOKEN_INSTANCE=(\w+)", read_until(child, "Press Ctrl-C to stop."))
    assert len(set(tokens)) == 3
    assert tokens[2] == "mine"


def test_several_instances_and_their_state_are_kept(tmp_path: Path) -> None:
    tokens: list[list[str]] = []
    for texts in ([], ["Hello"]):
        with started("sandbox", "--port", "0", "--instances", "3", "--data", str(tmp_path / "data")) as child:
            output = read_until(child, "Press Ctrl-C to stop.")
            tokens.append(re.findall(r"TOKEN_INSTANCE=(\w+)", output))
            url = re.search(r"http://127\.0\.0\.1:\d+", output)
            assert url
            [one, *others] = httpx.get(f"{url[0]}/sandbox/instances", timeout=60).json()
            assert len(others) == 2
            chat = f"{url[0]}/sandbox/{one['idInstance']}/chats/79001234567@c.us/messages"
            found = httpx.get(chat, timeout=60)
            assert [row["text"] for row in found.json()] == texts
            message = {"chatId": "79001234567@c.us", "text": "Hello"}
            httpx.post(f"{url[0]}/sandbox/{one['idInstance']}/messages", json=message, timeout=60)
            child.send_signal(signal.SIGTERM)
            assert child.wait(60) == 0
    assert tokens[0] == tokens[1]
    assert len(set(tokens[0])) == 3


def test_options_that_contradict_what_is_kept_are_not_ignored(tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    for options, token in ((), r"\w{50}"), (("--token", "mine"), "mine"), ((), "mine"):
        with started("sandbox", "--port", "0", "--data", folder, *options) as child:
            output = read_until(child, "Press Ctrl-C to stop.")
            assert re.search(rf"TOKEN_INSTANCE={token}$", output, re.MULTILINE)
            second = run("sandbox", "--port", "0", "--data", folder)
            assert (second.returncode, second.stderr.count("\n")) == (2, 1)
            assert f"another sandbox uses {folder}; choose another folder" in second.stderr
            child.send_signal(signal.SIGINT)
            assert child.wait(60) == 0
    other = run("sandbox", "--port", "0", "--data", folder, "--messenger", "max")
    assert other.returncode == 2
    assert f"{folder} has no instance of max; choose another folder for --data" in other.stderr


def test_the_address_is_printed_as_json() -> None:
    with started("sandbox", "--port", "0", "--json") as child:
        assert child.stdout is not None
        described = json.loads(child.stdout.readline())
        [row] = httpx.get(f"{described['url']}/sandbox/instances", timeout=60).json()
        assert described["instances"] == [{name: row[name] for name in ("idInstance", "apiTokenInstance")}]
