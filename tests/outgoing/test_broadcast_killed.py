"""A broadcast whose process is killed ten times: each person gets the message once, and the report is complete."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.outgoing.broadcasting import chat, received
from tests.output_lines import Lines

PEOPLE = 30
KILLS = 10
OPERATOR = "79009999999@c.us"
WORKER = Path(__file__).with_name("broadcast_worker.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs SIGKILL"),
]


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_who_was_killed_sends_each_message_once(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    chance, schema = random.Random(1), "killed"
    where = str(tmp_path / "inbox.db") if store == "sqlite" else request.getfixturevalue("postgres_dsn")
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    instance.settings["delaySendMessagesMilliseconds"] = 1
    errors = tmp_path / "stderr"
    with SandboxServer(sandbox) as server, errors.open("wb") as stderr:
        command = [sys.executable, str(WORKER), where, server.url, instance.id_instance, instance.token, PEOPLE, schema]

        def start() -> tuple["subprocess.Popen[bytes]", Lines]:
            process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=stderr)
            return process, Lines(process.stdout)

        for kill in range(1, KILLS + 1):
            process, lines = start()
            with process:
                enough = kill * (PEOPLE - 10) // KILLS
                while (line := lines.next())[0] == "=" or int(line.split()[0]) < enough:
                    assert not line.startswith("ended"), "killed too late"
                lines.next_within(chance.random() * 0.05)
                process.kill()
        process, lines = start()
        with process:
            report = dict[str, str]()
            while not (line := lines.next()).startswith("ended"):
                if line.startswith("="):
                    _, person, status = line.split()
                    report[person] = status
            assert process.wait() == 0, errors.read_text()
    assert line == f"ended {PEOPLE}"
    assert received(instance) == {chat(number): 1 for number in range(PEOPLE)}
    assert report == {chat(number): "delivered" for number in range(PEOPLE)}


def test_another_process_takes_over(tmp_path: Path, postgres_dsn: str) -> None:
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    instance.settings["delaySendMessagesMilliseconds"] = 1
    errors = tmp_path / "stderr"
    with SandboxServer(sandbox) as server, errors.open("wb") as stderr:
        address = [postgres_dsn, server.url, str(instance.id_instance), instance.token]
        command = [sys.executable, str(WORKER), *address, str(PEOPLE), "takeover"]
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr) as first,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr) as second,
        ):
            output = {first: Lines(first.stdout), second: Lines(second.stdout)}
            sender = None
            while sender is None:
                for process, lines in output.items():
                    line = lines.next_within(0.05)
                    if line is not None and int(line.split()[0]) >= PEOPLE // 3:
                        sender = process
            sender.kill()
            other = second if sender is first else first
            while not (line := output[other].next()).startswith("ended"):
                pass
            assert other.wait() == 0, errors.read_text()
    assert line == f"ended {PEOPLE}"
    assert received(instance) == {chat(number): 1 for number in range(PEOPLE)}


CAMPAIGN = """
import os, sys, anyio
from greenapi_async import Client, IncomingMessageReceived, SQLiteInbox
from greenapi_async.bots import Router, run
from greenapi_async.types import Recipient

path, url, id_instance, token, count = sys.argv[1:]
router, served = Router(), []

def text(recipient: Recipient) -> str:
    if served:
        os._exit(7)  # each life sends one message
    served.append(recipient)
    return "Hello!"

@router.message()
async def start(notification: IncomingMessageReceived, client: Client) -> None:
    people = [79001230000 + number for number in range(int(count))]
    async with client.broadcast("sale", people, text, pause=(0, 0), check=False, settle=0) as broadcast:
        progress = await broadcast.wait()
    await notification.reply(f"{progress.done} of {progress.total}")
    os._exit(0)

async def main() -> None:
    async with Client(id_instance, token, url, url) as client:
        await run(router, clients=client, inbox=SQLiteInbox(path))

anyio.run(main)
"""


def test_a_handler_that_is_killed_in_its_broadcast_more_often_than_it_may_fail_continues(tmp_path: Path) -> None:
    count = 9
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    instance.settings["delaySendMessagesMilliseconds"] = 1
    with SandboxServer(sandbox) as server:
        server.call(lambda: instance.contact_writes(OPERATOR, "go"))
        address = [tmp_path / "inbox.db", server.url, instance.id_instance, instance.token, count]
        for life in range(1, count + 1):
            command = [sys.executable, "-c", CAMPAIGN, *map(str, address)]
            process = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            assert process.returncode == (7 if life < count else 0), process.stderr
        [answer] = server.call(lambda: [each.text for each in instance.chat(OPERATOR) if each.type == "outgoing"])
    assert answer == f"{count} of {count}"
    assert received(instance) == {**{chat(number): 1 for number in range(count)}, OPERATOR: 1}
