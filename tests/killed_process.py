"""A program whose worker is killed and restarted repeatedly, and the handler events reported by all workers."""

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
class HandlerEvent:
    """Start or end of a handler."""

    run: int
    """Number of the worker, from 1."""
    ended: bool
    chat: str
    number: int


class RestartableProgram:
    """A program that starts a worker for each line on its stdin, one at a time."""

    def __init__(self, program: "subprocess.Popen[bytes]") -> None:
        assert program.stdin is not None
        self.events: list[HandlerEvent] = []
        self.handled: set[tuple[str, int]] = set()
        """The notifications whose handler has ended, by chat and number."""
        self._run = 0
        self._pid = 0
        self._stdin = program.stdin
        self._lines = Lines(program.stdout)

    def start(self, options: str) -> None:
        """Start a worker with the given options."""
        self._stdin.write(f"{options}\n".encode())
        self._stdin.flush()
        self._run += 1
        word, number = self._lines.next().split()
        assert word == "pid"
        self._pid = int(number)

    def stop(self, with_signal: signal.Signals) -> int:
        """Send a signal to the worker, and return its exit code."""
        os.kill(self._pid, with_signal)
        while not (line := self._lines.next()).startswith("ended"):
            self._record(line)
        self._pid = 0
        return int(line.split()[1])

    def kill(self) -> None:
        """Kill the worker if it is running."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)

    def read_until(self, condition: Callable[[], bool]) -> None:
        """Read events until a condition holds."""
        while not condition():
            self._record(self._lines.next())

    def read_for(self, seconds: float) -> None:
        """Read events for some time."""
        end = time.monotonic() + seconds
        while (line := self._lines.next_within(end - time.monotonic())) is not None:
            self._record(line)

    def _record(self, line: str) -> None:
        word, chat, number = line.split()
        assert word in {"S", "E"}, line
        event = HandlerEvent(self._run, word == "E", chat, int(number))
        self.events.append(event)
        if event.ended:
            self.handled.add((chat, event.number))


@contextmanager
def restartable_program(program: Path, arguments: Sequence[object], errors: Path) -> Generator[RestartableProgram]:
    """Run a program during the block, with its stderr in a file."""
    command = [sys.executable, str(program), *map(str, arguments)]
    with (
        errors.open("wb") as stderr,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr) as process,
    ):
        restartable = RestartableProgram(process)
        try:
            yield restartable
        finally:
            restartable.kill()


def count_repeats(events: Sequence[HandlerEvent], chats: int, per_chat: int) -> tuple[Counter[int], int]:
    """Check that each notification was handled, in order within its chat, by one handler at a time.

    Returns:
        For each run, the number of its notifications that were handled again, and how many of all these had ended.
    """
    repeats: Counter[int] = Counter()
    had_ended = 0
    last: dict[str, HandlerEvent] = {}
    for event in events:
        before = last.get(event.chat)
        if event.ended:
            assert before == attrs.evolve(event, ended=False)
        elif before is None:
            assert event.number == 0
        elif event.number == before.number:
            assert event.run > before.run
            repeats[before.run] += 1
            had_ended += before.ended
        else:
            assert event.number == before.number + 1
            assert before.ended
        last[event.chat] = event
    assert len(last) == chats
    assert all(event.ended and event.number == per_chat - 1 for event in last.values())
    return repeats, had_ended


async def unfinished_entries(path: Path, id_instance: int) -> list[Entry]:
    """Return the entries of an inbox that are waiting or quarantined."""
    async with SQLiteInbox(path) as inbox:
        return [*await inbox.waiting({id_instance}, 0, 10), *await inbox.quarantined()]
