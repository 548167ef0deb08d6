"""``kill -9`` at every step of a run of jobs: each message is sent once, and no job is lost."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.output_lines import Lines

ROOT = Path(__file__).parents[2]
WORKER = "tests.outgoing.job_worker"


def texts(instance: Instance, chat: str) -> list[str]:
    """Return what was sent to a chat; call it in the thread of the server."""
    queued = [each.message.text for each in instance.outbox if each.message.chat_id == chat]
    return [*(each.text for each in instance.chat(chat)), *queued]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.timeout(600)
def test_jobs_that_are_killed_at_every_step_send_each_message_once(tmp_path: Path) -> None:
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    instance.settings["delaySendMessagesMilliseconds"] = 1
    errors = tmp_path / "stderr"
    kills = 0
    with SandboxServer(sandbox) as server, errors.open("wb") as stderr:
        arguments = [tmp_path / "inbox.db", server.url, instance.id_instance, instance.token]
        command = [sys.executable, "-m", WORKER, *map(str, arguments)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, cwd=ROOT
        ) as program:
            assert program.stdin is not None
            lines = Lines(program.stdout)

            def live(name: str, kill_at: int) -> int:
                assert program.stdin is not None
                program.stdin.write(f"{name} {kill_at}\n".encode())
                program.stdin.flush()
                word, code = lines.next().split()
                assert word == "ended"
                return int(code)

            while True:
                name = f"{1_230_000 + kills}"
                code = live(name, kills + 1)
                if code != 0:
                    assert code == -signal.SIGKILL, errors.read_text()
                    kills += 1
                    assert live(name, 0) == 0, errors.read_text()
                chat = f"7900{name}@c.us"
                sent = server.call(partial(texts, instance, chat))
                assert sorted(sent) == [f"hourly {name}", f"job {name}", f"message {name}"], f"kill {kills}"
                if code == 0:
                    break
            program.stdin.close()
    assert kills >= 40
    sys.stdout.write(f"{kills} kills; each message was sent once\n")
