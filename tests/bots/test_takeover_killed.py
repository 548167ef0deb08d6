"""``kill -9`` at every step of a survey during which the owner takes over: the bot is silent meanwhile, and goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.bots.test_survey_killed import SURVEY, WORKER, Person, Worker


class TalkingToOwner(Person):
    """A person with whom the owner talks before the second question is answered."""

    def __init__(self, server: SandboxServer, instance: Instance, chat_id: str) -> None:
        super().__init__(server, instance, chat_id, SURVEY)
        self._talk = iter(self._talking())
        self._is_talking = True

    def answers(self) -> None:
        if self._is_talking and "Size?\n1. Small\n2. Large" in self.received():
            self._is_talking = next(self._talk, False)
        else:
            super().answers()

    def _talking(self) -> Iterator[bool]:
        self._owner("I am here")
        for _ in range(5):
            yield True
        self.writes("for the owner")
        end = time.monotonic() + 1.1  # timestamps are whole seconds
        while time.monotonic() < end:
            yield True
        assert "When?" not in self.received()
        self._owner("/bot")
        yield False

    def _owner(self, text: str) -> None:
        self._server.call(lambda: self._instance.phone_writes(self.chat_id, text))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.timeout(900)
def test_a_takeover_survives_a_kill_at_every_step(tmp_path: Path) -> None:
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    instance.settings |= {"delaySendMessagesMilliseconds": 1, "outgoingMessageWebhook": "yes"}
    errors = tmp_path / "stderr"
    kills = 0
    with SandboxServer(sandbox) as server, errors.open("wb") as stderr:
        arguments = [tmp_path / "inbox.db", server.url, instance.id_instance, instance.token]
        command = [sys.executable, str(WORKER), *map(str, arguments)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr) as program:
            worker = Worker(program)
            while True:
                person = TalkingToOwner(server, instance, f"{79001230000 + kills}@c.us")
                person.writes("/survey")
                worker.start(kills + 1)
                code = worker.run(person)
                if code is None and (code := worker.stop()) == 0:
                    break
                assert code == -signal.SIGKILL, errors.read_text()
                kills += 1
                worker.start(0)
                assert worker.run(person) is None, errors.read_text()
                assert worker.stop() in {0, -signal.SIGTERM}, errors.read_text()  # perhaps before it could handle that
                assert person.received() == SURVEY.sent
            program.stdin.close() if program.stdin else None
    assert kills >= 30
    assert {tuple(heard) for heard in worker.heard} == {
        (f"{79001230000 + number}@c.us", *SURVEY.heard) for number in range(kills + 1)
    }
    assert errors.read_text() == ""
