"""Runs without handlers over an inbox whose clock is virtual."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
import trio

from greenapi_async import Client, MemoryInbox, Notification, Processing, SQLiteInbox
from greenapi_async.inbox.base import Inbox
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.types import Counters, JobEvent

ANNA = "79001234567@c.us"
START = datetime(2027, 3, 27, 4, tzinfo=UTC)


class Clock:
    """The time of day: virtual, from ``START``, also in the threads of the inbox.

    Attributes:
        ahead: How many seconds it was set ahead.
    """

    def __init__(self) -> None:
        self.ahead = 0.0
        try:
            self._time = asyncio.get_running_loop().time
        except RuntimeError:
            self._time = trio.lowlevel.current_clock().current_time
        self._start = self._time()

    def __call__(self) -> float:
        return START.timestamp() + self._time() - self._start + self.ahead

    def now(self) -> datetime:
        return datetime.fromtimestamp(self(), UTC)


class Events:
    """Telemetry that keeps what was reported of jobs."""

    def __init__(self) -> None:
        self.all: list[JobEvent] = []

    def job(self, event: JobEvent) -> None:
        self.all.append(event)

    def watch(self, counters: Counters, instances: Sequence[int]) -> None: ...

    def handling(self, notification: Notification, attempt: int) -> AbstractContextManager[object]:
        return nullcontext()

    @property
    def outcomes(self) -> list[str]:
        return [event.outcome for event in self.all]


async def ignore(_: Notification) -> None:
    await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def running(processing: Processing) -> AsyncGenerator[Processing]:
    """Run until the end of the block."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(1)
        try:
            yield processing
        finally:
            processing.stop()


@asynccontextmanager
async def bot(client: Client, inbox: Inbox, events: Events | None = None) -> AsyncGenerator[Processing]:
    """Run a bot that ignores all notifications until the end of the block."""
    async with running(client.process(ignore, inbox=inbox, telemetry=events, polling=False)) as processing:
        yield processing


@pytest.fixture
async def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> Sandbox:
    return Sandbox(clock=clock, seed=1)


@pytest.fixture
def inbox(clock: Clock) -> Inbox:
    return MemoryInbox(clock=clock)


@pytest.fixture(params=["memory", "sqlite"])
async def any_inbox(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[Inbox]:
    """An inbox of each kind. Virtual time may jump while the thread of SQLite works: a job can be a minute late."""
    if request.param == "memory":
        yield MemoryInbox(clock=clock)
    else:
        async with SQLiteInbox(tmp_path / "bot.db", clock=clock) as inbox:
            yield inbox


def sent(instance: Instance) -> list[tuple[str, datetime]]:
    """Return what was sent through the API, oldest first, and when."""
    instance.timeline.settle()
    messages = [message for chat in instance.chats.values() for message in chat.messages]
    messages += [queued.message for queued in instance.outbox]
    outgoing = [message for message in messages if message.by_api]
    return [(message.text, datetime.fromtimestamp(message.timestamp, UTC)) for message in outgoing]
