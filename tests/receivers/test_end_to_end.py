"""A sandbox pushes over a real socket into a web application that is killed with ``kill -9`` and started again.

5,000 notifications in 50 chats: none is lost, those of a chat are handled in order, and with the inbox only what was
being handled at a kill is handled again: its handler had ended at most, and that was not on record yet.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import anyio
import attrs
import pytest

from greenapi_async.inbox import Entry, SQLiteInbox
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.loop.lines import PATIENCE, Lines

CHATS = 50
IN_CHAT = 100
KILLS = 6
CONCURRENCY = 16
TOKEN = "aWebhookUrlToken"
APPLICATION = Path(__file__).with_name("killed_application.py")


@attrs.frozen
class Told:
    """A handler began, or ended, in one of the lives."""

    life: int
    ended: bool
    chat: str
    number: int


class Application:
    """The lives of a web application, one after the other, and what it told in all of them."""

    def __init__(self, program: "subprocess.Popen[bytes]") -> None:
        assert program.stdin is not None
        self.told: list[Told] = []
        self._handled: set[tuple[str, int]] = set()
        self._life = 0
        self._pid = 0
        self._orders = program.stdin
        self._lines = Lines(program.stdout)

    def begin(self) -> None:
        """Begin a life."""
        self._orders.write(b"begin\n")
        self._orders.flush()
        self._life += 1
        word, number = self._lines.next().split()
        assert word == "pid"
        self._pid = int(number)

    def end(self, with_signal: signal.Signals) -> int:
        """End it, and give its exit code."""
        os.kill(self._pid, with_signal)
        while not (line := self._lines.next()).startswith("ended"):
            self._note(line)
        self._pid = 0
        return int(line.split()[1])

    def abandon(self) -> None:
        """Leave nothing running where the test failed."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)

    def watch(self, handled: int) -> None:
        """Read what it tells until so many were handled."""
        while len(self._handled) < handled:
            self._note(self._lines.next())

    def _note(self, line: str) -> None:
        word, chat, number = line.split()
        assert word in {"S", "E"}, line
        told = Told(self._life, word == "E", chat, int(number))
        self.told.append(told)
        if told.ended:
            self._handled.add((chat, told.number))


@contextmanager
def application(
    framework: str, port: int, server: SandboxServer, instance: Instance, inbox: Path, errors: Path
) -> Generator[Application]:
    arguments = [framework, port, inbox, server.url, instance.id_instance, instance.token, TOKEN, CONCURRENCY]
    command = [sys.executable, APPLICATION, *arguments]
    with (
        errors.open("wb") as stderr,
        subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
        ) as program,
    ):
        running = Application(program)
        try:
            yield running
        finally:
            running.abandon()


def repeated(all_told: list[Told]) -> Counter[int]:
    """Prove each handled, in order, by one handler at a time; give how many of each life were handled again."""
    again: Counter[int] = Counter()
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
        else:
            assert told.number == before.number + 1
            assert before.ended
        last[told.chat] = told
    assert len(last) == CHATS
    assert all(told.ended and told.number == IN_CHAT - 1 for told in last.values())
    return again


async def left(path: Path, id_instance: int) -> list[Entry]:
    async with SQLiteInbox(path) as inbox:
        return [*await inbox.waiting({id_instance}, 0, 10), *await inbox.quarantined()]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.parametrize("framework", ["uvicorn", "aiohttp"])
def test_what_is_pushed_is_handled_though_the_receiver_is_killed(framework: str, tmp_path: Path) -> None:
    chance = random.Random(framework)
    port = free_port()
    sandbox = Sandbox(seed=1, push_interval=0.05, push_gap=0)
    instance = sandbox.add_instance(webhookUrl=f"http://127.0.0.1:{port}/webhook/", webhookUrlToken=TOKEN)
    for number in range(IN_CHAT):
        for chat in range(CHATS):
            instance.contact_writes(f"{79001230000 + chat}@c.us", str(number))
    emptied = threading.Event()
    inbox, errors = tmp_path / "inbox.db", tmp_path / "stderr"
    with (
        instance.changes.listening(lambda: None if len(instance.notifications) else emptied.set()),
        SandboxServer(sandbox) as server,
        application(framework, port, server, instance, inbox, errors) as application_,
    ):
        for handled in (0, *sorted(chance.sample(range(CHATS * IN_CHAT * 9 // 10), KILLS))):
            application_.begin()
            application_.watch(handled)
            assert application_.end(signal.SIGKILL) == -signal.SIGKILL, errors.read_text()
            assert server.call(lambda: len(instance.notifications))
        application_.begin()
        application_.watch(CHATS * IN_CHAT)
        assert emptied.wait(PATIENCE)
        assert application_.end(signal.SIGTERM) in {0, -signal.SIGTERM}, errors.read_text()
    again = repeated(application_.told)
    assert max(again.values(), default=0) <= CONCURRENCY
    assert len(instance.notifications) == 0
    assert anyio.run(left, inbox, instance.id_instance) == []
    assert errors.read_text() == ""
