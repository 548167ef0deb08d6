"""Fixtures of both inboxes, in real time: a virtual clock would not wait for the worker thread."""

import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from greenapi_async.inbox import Entry, Inbox, MemoryInbox, PostgresInbox, SQLiteInbox


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.25

    def __call__(self) -> float:
        return self.now

    def pass_hours(self, hours: float) -> None:
        self.now += hours * 3600


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def monotonic() -> Clock:
    """Clock that is not set when the other one is."""
    clock = Clock()
    clock.now = 1000.5
    return clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "inbox.db"


@pytest.fixture
async def sqlite(path: Path, clock: Clock) -> AsyncIterator[SQLiteInbox]:
    async with SQLiteInbox(path, clock=clock) as inbox:
        yield inbox


@pytest.fixture(params=["memory", "sqlite"])
async def inbox(request: pytest.FixtureRequest, path: Path, clock: Clock) -> AsyncIterator[Inbox]:
    if request.param == "postgres":
        made: Inbox = PostgresInbox(request.getfixturevalue("postgres_dsn"), schema=f"test_{secrets.token_hex(4)}")
    else:
        made = MemoryInbox(clock=clock) if request.param == "memory" else SQLiteInbox(path, clock=clock)
    async with made as inbox:
        yield inbox


def _make_entry(name: str, *, id_instance: int = 1101, **fields: Any) -> Entry:
    key = name.encode()
    made = Entry(id_instance=id_instance, body=f'{{"n": "{name}"}}', unless=(key,), keys=(key,))
    return attrs.evolve(made, **fields)


@pytest.fixture(scope="session")
def make_entry() -> Callable[..., Entry]:
    """Create an entry of instance 1101, deduplicated by its name."""
    return _make_entry


SQL_CASES = [
    pytest.param("memory", "asyncio", id="memory-asyncio"),
    pytest.param("memory", "trio", id="memory-trio"),
    pytest.param("sqlite", "asyncio", id="sqlite-asyncio"),
    pytest.param("sqlite", "trio", id="sqlite-trio"),
    pytest.param("postgres", "asyncio", id="postgres-asyncio", marks=pytest.mark.slow),
]
"""``kind`` and ``anyio_backend`` of what is kept beside notifications."""


class Child:
    """Process that runs a script, prints its answers, and continues with each line on stdin."""

    def __init__(self, script: str, *arguments: object) -> None:
        command = [sys.executable, "-c", script, *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """Send SIGKILL."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def child() -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def start(script: str, *arguments: object) -> Child:
        children.append(Child(script, *arguments))
        return children[-1]

    yield start
    for one in children:
        one.kill()
