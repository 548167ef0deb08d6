"""``kill -9`` at every step of a survey, or a form: the answers are right, and no question is asked twice.

Each survey is killed once, before or after another write to the inbox or request, until a survey ends before its kill.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import attrs
import pytest

from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.output_lines import Lines

ROOT = Path(__file__).parents[2]
WORKER = "tests.bots.survey_worker"


@attrs.frozen
class Script:
    """What a person answers, what the bot sends, and what it has heard in the end."""

    command: str
    answers: Mapping[str, str]
    sent: Sequence[str]
    heard: Sequence[str]
    stride: int
    """Operations between two kills."""
    kills: int


SURVEY = Script(
    "/survey",
    {"Name?": "Anna", "Size?\n1. Small\n2. Large": "2", "When?": "5", "Colour?": "red", "Age?": "42"},
    ["Name?", "Hello Anna", "Size?\n1. Small\n2. Large", "When?", "Colour?", "Age?", "Thanks"],
    ["Anna", "Large", "table at 5", "red", "42"],
    1,
    50,
)
SIZE = "Size?\n1. Small\n2. Large"
WRONG_DAY = "Please send a date, such as 2030-12-31.\nWhich day?"
NOTE = 'Note?\n(Send "skip" to leave it out.)'
SUMMARY = (
    "Please check your answers:\n1. Name: Anna\n2. Size: Large\n3. Day: 2026-12-01\n4. Note: –\n"
    'Send "Yes" if they are correct, or the number of one to change it.'
)
FORM = Script(
    "/visit",
    {"Name?": "Anna", SIZE: "2", "Which day?": "soon", WRONG_DAY: "1.12.2026", NOTE: "skip", SUMMARY: "yes"},
    ["Name?", SIZE, "Which day?", WRONG_DAY, NOTE, SUMMARY, "Thanks"],
    ["Anna", "Large", "2026-12-01", "-"],
    3,
    15,
)


class Person:
    """Writes to the bot, and answers each question once."""

    def __init__(self, server: SandboxServer, instance: Instance, chat_id: str, script: Script) -> None:
        self.chat_id = chat_id
        self.script = script
        self._server = server
        self._instance = instance
        self._answered: set[str] = set()

    def writes(self, text: str) -> None:
        self._server.call(lambda: self._instance.contact_writes(self.chat_id, text))

    def received(self) -> list[str]:
        """Return the texts that the bot has sent."""
        return self._server.call(
            lambda: [each.content.text for each in self._instance.chat(self.chat_id) if each.by_api]
        )

    def answers(self) -> None:
        self.answer(self.received())

    def answer(self, questions: list[str]) -> None:
        for question in questions:
            if question in self.script.answers and question not in self._answered:
                self._answered.add(question)
                self.writes(self.script.answers[question])


class Worker:
    """The lives of the bot, one after the other."""

    def __init__(self, program: "subprocess.Popen[bytes]") -> None:
        assert program.stdin is not None
        self._stdin = program.stdin
        self._lines = Lines(program.stdout)
        self._pid = 0
        self.heard: list[list[str]] = []

    def start(self, kill_at: int) -> None:
        self._stdin.write(f"{kill_at}\n".encode())
        self._stdin.flush()
        word, number = self._lines.next().split()
        assert word == "pid"
        self._pid = int(number)

    def run(self, person: Person) -> int | None:
        """Let a person answer until the life has ended, or the survey; return the exit code of the life, if it has."""
        for _ in range(3000):
            person.answers()
            line = self._lines.next_within(0.02)
            if line is not None and line.startswith("ended"):
                self._pid = 0
                return int(line.split()[1])
            if line is not None:
                self.heard.append(json.loads(line.removeprefix("heard ")))
            if (
                person.received()[-1:] == person.script.sent[-1:]
                and [person.chat_id, *person.script.heard] in self.heard
            ):
                return None
        raise AssertionError(f"the survey does not end: {person.received()}, {self.heard}")

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            if self._pid:
                os.kill(self._pid, signal.SIGKILL)

    def stop(self) -> int:
        """Stop the life, and return its exit code."""
        with suppress(ProcessLookupError):  # it was killed
            os.kill(self._pid, signal.SIGTERM)
        while not (line := self._lines.next()).startswith("ended"):
            self.heard.append(json.loads(line.removeprefix("heard ")))
        self._pid = 0
        return int(line.split()[1])


def kill_at_every_step(folder: Path, script: Script, new_person: type[Person] = Person) -> None:
    """Kill the bot at every step of a survey, and check that it ends as if nothing had happened."""
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    instance.settings |= {"delaySendMessagesMilliseconds": 1, "outgoingMessageWebhook": "yes"}
    errors = folder / "stderr"
    kills = 0
    with SandboxServer(sandbox) as server, errors.open("wb") as stderr:
        arguments = [folder / "inbox.db", server.url, instance.id_instance, instance.token]
        command = [sys.executable, "-m", WORKER, *map(str, arguments)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, cwd=ROOT
        ) as program:
            worker = Worker(program)
            try:
                while True:
                    person = new_person(server, instance, f"{79001230000 + kills}@c.us", script)
                    person.writes(script.command)
                    worker.start(kills * script.stride + 1)
                    code = worker.run(person)
                    if code is None and (code := worker.stop()) == 0:
                        break
                    assert code == -signal.SIGKILL, errors.read_text()
                    kills += 1
                    worker.start(0)
                    assert worker.run(person) is None, errors.read_text()
                    # perhaps before it could handle that
                    assert worker.stop() in {0, -signal.SIGTERM}, errors.read_text()
                    assert person.received() == script.sent
            finally:
                worker.kill()
                program.stdin.close() if program.stdin else None
    assert kills >= script.kills
    assert {tuple(heard) for heard in worker.heard} == {
        (f"{79001230000 + number}@c.us", *script.heard) for number in range(kills + 1)
    }
    assert errors.read_text() == ""
    sys.stdout.write(f"{kills} kills; no question was asked twice\n")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("script", [SURVEY, FORM], ids=["survey", "form"])
def test_a_survey_that_is_killed_at_every_step_goes_on(tmp_path: Path, script: Script) -> None:
    kill_at_every_step(tmp_path, script)
