"""Faults of server, disk, clock, process and cancellation at once: nothing is lost, nothing is sent twice.

The faults are drawn at random from a seed, which is printed. ``GREENAPI_CHAOS`` is the number of notifications
(20,000 by hand), ``GREENAPI_CHAOS_SEED`` repeats a run, as far as the scheduling of processes allows.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import anyio
import pytest

from greenapi_async.sandbox import Fault, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.killed_process import unfinished_entries
from tests.output_lines import Lines

from .once_sends import all_messages

CHATS = 50
COUNT = int(os.environ.get("GREENAPI_CHAOS", "2000"))
WORKER = Path(__file__).with_name("chaos_worker.py")
ENDINGS = [signal.SIGKILL, signal.SIGTERM, None]
"""How a life ends: by a signal, or by itself."""
FAULTS = [
    Fault(status=502),
    Fault(status=502, after_effect=True),
    Fault(status=500),
    Fault(status=499),
    Fault(status=429, headers={"Retry-After": "0.05"}),
    Fault(drop=True),
    Fault(drop=True, after_effect=True),
    Fault(status=200, body="<html>"),
    Fault(delay=0.05),
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and rlimits"),
]


class Lives:
    """The lives of the worker, and what their handlers reported."""

    def __init__(self, program: "subprocess.Popen[bytes]") -> None:
        assert program.stdin is not None
        self._stdin = program.stdin
        self._lines = Lines(program.stdout)
        self._pid = 0
        self.endings: Counter[int] = Counter()
        self.starts: Counter[str] = Counter()
        self.handled: dict[str, None] = {}
        self.memory = 0

    def run(self, seed: int, count: int, ending: signal.Signals | None, patience: float) -> None:
        """Run one life until its handlers have finished so many times, and then end it as given."""
        self._stdin.write(f"{seed}\n".encode())
        self._stdin.flush()
        end = time.monotonic() + patience
        wanted = len(self.handled) + count
        while (line := self._lines.next_within(max(0.0, end - time.monotonic()))) is not None:
            if self._record(line):
                return
            if len(self.handled) >= wanted:
                break
        os.kill(self._pid, ending or signal.SIGTERM)
        while not self._record(self._lines.next()):
            pass

    def _record(self, line: str) -> bool:
        """Record an event; return whether the life has ended."""
        word, _, which = line.partition(" ")
        if word == "pid":
            self._pid = int(which)
        elif word == "S":
            self.starts[which] += 1
        elif word == "E":
            self.handled[which] = None
        elif word == "memory":
            self.memory = max(self.memory, int(which))
        else:
            assert word == "ended", line
            self.endings[int(which)] += 1
        return word == "ended"


def test_nothing_is_lost_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    seed = int(os.environ.get("GREENAPI_CHAOS_SEED") or random.randrange(2**32))
    sys.stdout.write(f"GREENAPI_CHAOS={COUNT} GREENAPI_CHAOS_SEED={seed}\n")
    chance = random.Random(seed)
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    chats = [f"{79001230000 + number}@c.us" for number in range(CHATS)]
    for number in range(COUNT // CHATS):
        for chat in chats:
            instance.contact_writes(chat, str(number))
    sandbox.chooser = lambda _: chance.choice(FAULTS) if chance.random() < 0.02 else None
    inbox, errors = tmp_path / "inbox.db", tmp_path / "stderr"
    with SandboxServer(sandbox) as server, errors.open("wb") as stderr:
        arguments = [WORKER, inbox, server.url, instance.id_instance, instance.token]
        command = [sys.executable, *map(str, arguments)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr) as program:
            lives = Lives(program)
            while len(lives.handled) < COUNT // CHATS * CHATS:
                count = chance.choice([1, 50, 500, COUNT])
                lives.run(chance.randrange(2**32), count, chance.choice(ENDINGS), patience=20)
            sandbox.chooser = lambda _: None
            lives.run(chance.randrange(2**32), COUNT, signal.SIGTERM, patience=3)
            assert program.stdin is not None
            program.stdin.close()
        messages = server.call(lambda: all_messages(instance))
    repeated = sum(count > 1 for count in lives.starts.values())
    sys.stdout.write(
        f"{lives.endings.total()} lives ended with {dict(lives.endings)}; {repeated} of {len(lives.handled)} "
        f"notifications were handled again; {lives.memory / 1024:.0f} MB\n"
    )
    answers = [f"answer to {number}" for number in range(0, COUNT // CHATS, 10)]
    sent = [message for message in messages if message.type == "outgoing"]
    counts = Counter((message.chat_id, message.text) for message in sent)
    twice = [message for message in sent if counts[message.chat_id, message.text] > 1]
    assert not twice, twice
    assert counts == Counter((chat, answer) for chat in chats for answer in answers)
    for chat in chats:
        handled = [int(which.split()[1]) for which in lives.handled if which.startswith(chat)]
        assert handled == list(range(COUNT // CHATS))
    left = [str(body["typeWebhook"]) for body in instance.notifications.bodies()]
    left += [entry.body for entry in anyio.run(unfinished_entries, inbox, instance.id_instance)]
    assert not [body for body in left if "incomingMessageReceived" in body]
    assert errors.read_text() == ""
