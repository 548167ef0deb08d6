"""The commands ``greenapi tail`` and ``greenapi listen``."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio
import pytest

from greenapi_async.cli.http_requests import PUSH_TIMEOUT
from greenapi_async.inbox import Entry, SQLiteInbox
from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.server import SandboxServer

from .conftest import CODE, Greenapi, Terminal

CHAT = "79001234567@c.us"


def write(server: SandboxServer, instance: Instance, text: str) -> None:
    server.call(lambda: instance.contact_writes(CHAT, text, sender_name="Anna"))


class Receiver(ThreadingHTTPServer):
    """A receiver that answers with given statuses, and keeps what it gets."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.received: list[tuple[dict[str, str], Any]] = []
        self.delay = 0.0
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?a=1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((dict(self.headers), body))
        threading.Event().wait(self.server.delay)
        self.send_response(self.server.statuses.pop(0))
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...


@contextmanager
def receiver(*statuses: int) -> Generator[Receiver]:
    with Receiver(*statuses) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_notifications_are_forwarded_like_pushes(greenapi: Greenapi, server: SandboxServer, instance: Instance) -> None:
    """The same one is pushed again until the receiver answers 200, and only then the next."""
    write(server, instance, "one")
    write(server, instance, "two")
    with receiver(500, 404, 200, 200) as target:
        done = greenapi("listen", "--forward-to", target.url, "--interval", 0.1, "--count", 2)
    assert done.status == 0, done.err
    headers = target.received[0][0]
    assert headers["Authorization"] == "Bearer a-token-for-webhooks"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    texts = [body["messageData"]["textMessageData"]["textMessage"] for _, body in target.received]
    assert texts == ["one", "one", "one", "two"]
    assert [line.split("  ")[-2] for line in done.out.splitlines()] == ["500", "404", "200", "200"]
    assert server.call(lambda: len(instance.notifications)) == 0


def test_a_text_with_half_an_emoji_is_forwarded(greenapi: Greenapi, server: SandboxServer, instance: Instance) -> None:
    body = {"typeWebhook": "incomingMessageReceived", "text": "cut \ud83d"}
    server.call(lambda: instance.notifications.add(body))
    with receiver(200) as target:
        done = greenapi("listen", "--forward-to", target.url, "--count", 1)
    assert done.status == 0, done.err
    assert target.received[0][1]["text"] == "cut \ud83d"
    assert server.call(lambda: len(instance.notifications)) == 0


def test_a_slow_receiver_has_as_long_as_the_server_gives_it(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenapi_async.cli.http_requests.TIMEOUT", 0.05)  # of doctor
    write(server, instance, "one")
    with receiver(200) as target:
        target.delay = 0.5
        done = greenapi("listen", "--forward-to", target.url, "--interval", 0.1, "--count", 1)
    assert done.status == 0, done.err
    assert len(target.received) == 1
    assert PUSH_TIMEOUT == 180


@pytest.mark.slow
def test_ctrl_c_does_not_wait_for_a_receiver(terminal: Terminal, server: SandboxServer, instance: Instance) -> None:
    write(server, instance, "one")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with terminal.started("listen", "--forward-to", url) as session:
            connection, _ = silent.accept()
            with connection:
                begin = time.monotonic()
                assert session.end(signal.SIGINT) == 130
    assert time.monotonic() - begin < 5
    assert "Traceback" not in session.errors
    assert server.call(lambda: len(instance.notifications)) == 1


def test_what_was_not_delivered_stays_on_the_server(
    terminal: Terminal, server: SandboxServer, instance: Instance
) -> None:
    write(server, instance, "one")
    with terminal.started("listen", "--forward-to", "http://127.0.0.1:1/", "--json") as session:
        session.wait_for('"attempt": 1')
        assert session.end(2) == 130
    assert json.loads(session.output.splitlines()[0])["status"] is None
    assert server.call(lambda: len(instance.notifications)) == 1


def test_forwarding_ends_if_the_server_pushes_itself(
    greenapi: Greenapi, server: SandboxServer, instance: Instance
) -> None:
    server.call(lambda: instance.settings.update({"webhookUrl": "http://127.0.0.1:1/"}))
    done = greenapi("listen", "--forward-to", "http://127.0.0.1:1/")
    assert (done.status, "greenapi webhook off" in done.err) == (1, True)


def test_the_instance_is_tailed_only_with_consent(
    greenapi: Greenapi, server: SandboxServer, instance: Instance
) -> None:
    write(server, instance, "one")
    refused = greenapi("tail")
    assert (refused.status, "--consume" in refused.err, refused.err.count("\n")) == (2, True, 1)
    assert server.call(lambda: len(instance.notifications)) == 1
    assert "79001234567@c.us (Anna): one" in greenapi("tail", "--consume", "--count", 1).out
    assert server.call(lambda: len(instance.notifications)) == 0


@pytest.mark.slow
def test_what_nobody_reads_any_more_stays_on_the_server(
    terminal: Terminal, server: SandboxServer, instance: Instance
) -> None:
    write(server, instance, "one")
    environment = {**os.environ, "NO_PROXY": "*", **terminal.variables}
    command = [sys.executable, "-c", CODE, "tail", "--consume"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=terminal.folder, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            assert b"one" in process.stdout.readline()
            process.stdout.close()  # as `| head -1` does
            write(server, instance, "two")
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert server.call(lambda: len(instance.notifications)) == 1


@pytest.mark.slow
def test_a_running_bot_keeps_what_is_tailed(terminal: Terminal) -> None:
    path = terminal.folder / "bot.db"

    async def own() -> None:
        async with SQLiteInbox(path) as inbox:
            with terminal.started("tail", "--inbox", "bot.db", "--json", "--count", "3") as session:
                number = 0
                while session.process.poll() is None:
                    number += 1
                    await inbox.put(Entry(id_instance=1, body=json.dumps({"typeWebhook": "x", "n": number})))
                    await inbox.done(number)
                    await anyio.sleep(0.01)
                assert session.process.wait() == 0
            numbers = [json.loads(line)["n"] for line in session.output.splitlines()]
            assert numbers == list(range(numbers[0], numbers[0] + 3))
            await anyio.sleep(0.6)
            assert await inbox.put(Entry(id_instance=1, body="{}"))

    anyio.run(own)
    assert {file.name for file in terminal.folder.glob("bot.db*")} == {"bot.db", "bot.db.lock"}


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["listen"], "--forward-to"),
        (["listen", "--forward-to", "localhost:8000"], "expected for example"),
        (["listen", "--forward-to", "http://[::1"], "expected for example"),
        (["listen", "--forward-to", "http://localhost:99999/"], "expected for example"),
        (["listen", "--forward-to", "http://x/", "--interval", "0"], "--interval"),
        (["tail", "--consume", "--inbox", "x.db"], "exclude each other"),
        (["tail", "--count", "0", "--consume"], "--count"),
    ],
)
def test_wrong_use_is_one_line(greenapi: Greenapi, command: list[str], message: str) -> None:
    done = greenapi(*command)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert message in done.err
