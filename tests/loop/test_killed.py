"""``kill -9`` at any moment: handled at least once, in order within a chat, and only what was in flight twice.

20 kills while 2,000 notifications are handled; ``GREENAPI_KILLS=200`` for 200 kills and 20,000. On 2026-11-21 that took
77 s: each was handled, and in order; 2,026 were handled again, 49 of which had ended, at most 16 after one kill. 16 is
what may run at once.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import anyio
import attrs
import pytest

from greenapi_async.inbox import Entry, SQLiteInbox
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

from .lines import PATIENCE, Lines

KILLS = int(os.environ.get("GREENAPI_KILLS", "20"))
CHATS = 40
IN_CHAT = KILLS * 100 // CHATS
CONCURRENCY = 16
WORKER = Path(__file__).with_name("killed_worker.py")


@attrs.frozen
class Told:
    """A handler began, or ended, in one of the lives."""

    life: int
    ended: bool
    chat: str
    number: int


class Worker:
    """The lives of a program, one after the other, and what it told in all of them."""

    def __init__(self, program: "subprocess.Popen[bytes]") -> None:
        assert program.stdin is not None
        self.told: list[Told] = []
        self.finished = 0
        """Chats whose last notification was handled."""
        self._life = 0
        self._pid = 0
        self._orders = program.stdin
        self._lines = Lines(program.stdout)

    def begin(self, backend: str, overlap: str) -> None:
        """Begin a life."""
        self._orders.write(f"{backend} {overlap}\n".encode())
        self._orders.flush()
        self._life += 1
        word, number = self._lines.next().split()
        assert word == "pid"
        self._pid = int(number)

    def end(self, with_signal: signal.Signals) -> int:
        """End it, and give the worker's exit code."""
        os.kill(self._pid, with_signal)
        while not (line := self._lines.next()).startswith("ended"):
            self._note(line)
        return int(line.split()[1])

    def watch(self, enough: Callable[[], bool]) -> None:
        """Read what it tells until that is enough."""
        while not enough():
            self._note(self._lines.next())

    def watch_for(self, seconds: float) -> None:
        """Read what it tells for some time."""
        end = time.monotonic() + seconds
        while (line := self._lines.within(end - time.monotonic())) is not None:
            self._note(line)

    def _note(self, line: str) -> None:
        word, chat, number = line.split()
        assert word in {"S", "E"}, line
        told = Told(self._life, word == "E", chat, int(number))
        self.told.append(told)
        self.finished += told.ended and told.number == IN_CHAT - 1


@contextmanager
def working(server: SandboxServer, instance: Instance, inbox: Path, errors: Path) -> Generator[Worker]:
    arguments = [inbox, server.url, instance.id_instance, instance.token, CONCURRENCY]
    command = [sys.executable, WORKER, *arguments]
    with (
        errors.open("wb") as stderr,
        subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
        ) as program,
    ):
        yield Worker(program)


def doubles(all_told: list[Told]) -> tuple[Counter[int], int]:
    """Prove each handled, in order; give how many of each life were handled again, and how many of these had ended."""
    again: Counter[int] = Counter()
    had_ended = 0
    last: dict[str, Told] = {}
    for told in all_told:
        before = last.get(told.chat)
        if told.ended:
            assert before == attrs.evolve(told, ended=False)
        elif before is None:
            assert told.number == 0
        elif told.number == before.number:
            assert told.life > before.life
            again[before.life] += 1
            had_ended += before.ended
        else:
            assert told.number == before.number + 1
            assert before.ended
        last[told.chat] = told
    assert len(last) == CHATS
    assert all(told.ended and told.number == IN_CHAT - 1 for told in last.values())
    return again, had_ended


async def left(path: Path, id_instance: int) -> list[Entry]:
    async with SQLiteInbox(path) as inbox:
        return [*await inbox.waiting({id_instance}, 0, 10), *await inbox.quarantined()]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.timeout(900)
def test_what_is_killed_loses_nothing_and_repeats_only_what_was_in_flight(tmp_path: Path) -> None:
    chance = random.Random(KILLS)
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    for number in range(IN_CHAT):
        for chat in range(CHATS):
            instance.contact_writes(f"{79001230000 + chat}@c.us", str(number))
    emptied = threading.Event()

    def look(method: str) -> None:
        if method == "receiveNotification" and not len(instance.notifications):
            emptied.set()

    sandbox.chooser = look
    inbox, errors = tmp_path / "inbox.db", tmp_path / "stderr"
    with SandboxServer(sandbox) as server, working(server, instance, inbox, errors) as worker:
        for _ in range(KILLS):
            worker.begin(chance.choice(["asyncio", "trio"]), chance.choice(["overlap", "in-turn"]))
            soon = chance.random() < 0.1  # before anything is done, perhaps
            enough = len(worker.told) + (0 if soon else chance.randrange(1, 380))
            worker.watch(lambda: len(worker.told) >= enough)  # noqa: B023  called here only
            worker.watch_for(chance.random() * (0.2 if soon else 0.004))
            assert worker.end(signal.SIGKILL) == -signal.SIGKILL, errors.read_text()
            assert worker.finished < CHATS
        emptied.clear()
        worker.begin("asyncio", "in-turn")
        worker.watch(lambda: worker.finished >= CHATS)
        assert emptied.wait(PATIENCE)
        assert worker.end(signal.SIGTERM) == 0, errors.read_text()
    again, had_ended = doubles(worker.told)
    sys.stdout.write(
        f"{KILLS} kills, {CHATS * IN_CHAT} notifications: {again.total()} handled again, "
        f"at most {max(again.values(), default=0)} after one kill; {had_ended} of them had ended\n"
    )
    assert max(again.values(), default=0) <= CONCURRENCY
    assert len(instance.notifications) == 0
    assert anyio.run(left, inbox, instance.id_instance) == []
    with sqlite3.connect(inbox) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    assert errors.read_text() == ""
