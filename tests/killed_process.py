"""A program that is killed and begun again, life after life, and what it told of the handlers that ran in it."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs

from greenapi_async.inbox import Entry, SQLiteInbox
from tests.output_lines import Lines


@attrs.frozen
class Told:
    """A handler began, or ended, in one of the lives."""

    life: int
    ended: bool
    chat: str
    number: int


class Lives:
    """The lives of a program, one after the other, and what it told in all of them."""

    def __init__(self, program: "subprocess.Popen[bytes]") -> None:
        assert program.stdin is not None
        self.told: list[Told] = []
        self.handled: set[tuple[str, int]] = set()
        """The notifications whose handler has ended, by chat and number."""
        self._life = 0
        self._pid = 0
        self._orders = program.stdin
        self._lines = Lines(program.stdout)

    def begin(self, order: str) -> None:
        """Begin a life."""
        self._orders.write(f"{order}\n".encode())
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
        if told.ended:
            self.handled.add((chat, told.number))


@contextmanager
def living(program: Path, arguments: Sequence[object], errors: Path) -> Generator[Lives]:
    """Run a program that begins a life for each line that it reads."""
    command = [sys.executable, str(program), *map(str, arguments)]
    with (
        errors.open("wb") as stderr,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr) as process,
    ):
        lives = Lives(process)
        try:
            yield lives
        finally:
            lives.abandon()


def doubles(all_told: Sequence[Told], chats: int, in_chat: int) -> tuple[Counter[int], int]:
    """Prove each handled, in order, by one handler at a time.

    Give how many of each life were handled again, and how many of these had ended.
    """
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
    assert len(last) == chats
    assert all(told.ended and told.number == in_chat - 1 for told in last.values())
    return again, had_ended


async def left(path: Path, id_instance: int) -> list[Entry]:
    """Give what still stands in an inbox."""
    async with SQLiteInbox(path) as inbox:
        return [*await inbox.waiting({id_instance}, 0, 10), *await inbox.quarantined()]
