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

PEOPLE = 40
KILLS = 10
WORKER = Path(__file__).with_name("broadcast_worker.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs SIGKILL"),
]


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_who_was_killed_sends_each_message_once(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    chance = random.Random(1)
    where = str(tmp_path / "inbox.db") if store == "sqlite" else request.getfixturevalue("postgres_dsn")
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    instance.settings["delaySendMessagesMilliseconds"] = 1
    errors = tmp_path / "stderr"
    with SandboxServer(sandbox) as server, errors.open("wb") as stderr:
        command = [sys.executable, str(WORKER), where, server.url, instance.id_instance, instance.token, PEOPLE]

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
