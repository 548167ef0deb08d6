"""Handlers that end the process: their entry is quarantined, and nothing else is."""

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path

import anyio
import pytest

from greenapi_async import Client, IncomingMessageReceived, MemoryInbox, Notification
from greenapi_async.inbox import Entry, SQLiteInbox
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

from .handling import ANNA, BORIS, left

WORKER = Path(__file__).with_name("crash_worker.py")
CHATS = [f"7900123{number:04}@c.us" for number in range(6)]


class MortalInbox(MemoryInbox):
    """An inbox to which a process that has died writes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.dead = False
        self.writes = 0

    async def failed(self, id: int, attempts: int, due: datetime, failure: str) -> None:  # noqa: A002
        await anyio.sleep(0.01)
        if not self.dead:
            self.writes += 1
            await super().failed(id, attempts, due, failure)

    async def done(self, id: int) -> None:  # noqa: A002
        if not self.dead:
            await super().done(id)

    async def quarantine(self, id: int, attempts: int, failure: str) -> None:  # noqa: A002
        if not self.dead:
            await super().quarantine(id, attempts, failure)


class Process:
    """A process whose handler can end it at any moment."""

    def __init__(self, client: Client, inbox: MortalInbox, **options: object) -> None:
        self._client = client
        self._inbox = inbox
        self._options = options
        self._scope: anyio.CancelScope
        self.died = False

    async def die(self) -> None:
        self.died = self._inbox.dead = True
        self._scope.cancel()
        await anyio.sleep_forever()

    async def live(self, handler: Callable[[Notification], Awaitable[object]], seconds: float = 3600) -> bool:
        """Return whether it died; otherwise it shuts down gracefully after some time."""
        self._inbox.dead = self.died = False
        with anyio.CancelScope() as self._scope:
            processing = self._client.process(handler, inbox=self._inbox, **self._options)  # type: ignore[arg-type]  # options of any name
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(processing.run)
                await anyio.sleep(seconds)
                processing.stop()
        return self.died


@pytest.mark.anyio
async def test_an_entry_that_ends_the_process_is_quarantined_and_no_other(client: Client, instance: Instance) -> None:
    for number, chat in enumerate(CHATS):
        instance.contact_writes(chat, "poison" if number == 3 else str(number))
        instance.contact_writes(chat, f"{number} again")
    inbox = MortalInbox()
    process = Process(client, inbox, attempts=3)
    handled: set[str | None] = set()

    async def handler(notification: Notification) -> None:
        if notification.text == "poison":
            await anyio.sleep(1)
            await process.die()
        await anyio.sleep(10)
        handled.add(notification.text)

    deaths = 0
    while await process.live(handler):
        deaths += 1
        assert deaths <= 4
    assert deaths == 4  # the first time it arrived while the process ran, and was not counted
    [entry] = await inbox.quarantined()
    assert '"poison"' in entry.body
    assert entry.attempts == 3
    assert "the process ended in each attempt" in (entry.failure or "")
    assert await left(inbox, instance) == []
    assert len(handled) == 2 * len(CHATS) - 1


@pytest.mark.anyio
async def test_entries_that_ran_beside_a_crash_are_not_counted(client: Client, instance: Instance) -> None:
    for chat in CHATS:
        instance.contact_writes(chat, "slow")
    inbox = MortalInbox()
    process = Process(client, inbox, attempts=1)

    async def crash(_: Notification) -> None:
        await anyio.sleep(5)
        await process.die()

    for _ in range(2):  # live, and at start-up
        assert await process.live(crash)
        assert {entry.attempts for entry in await left(inbox, instance)} == {0}
    running = most = 0

    async def handler(notification: Notification) -> None:
        nonlocal running, most
        if notification.text == "slow":
            running += 1
            most = max(most, running)
            counted = [entry for entry in await left(inbox, instance) if entry.attempts]
            assert len(counted) == 1
            await anyio.sleep(5)
            running -= 1

    assert not await process.live(handler)
    assert most == 1
    assert await inbox.quarantined() == []
    assert await left(inbox, instance) == []


@pytest.mark.anyio
async def test_new_notifications_run_concurrently_beside_the_suspects(client: Client, instance: Instance) -> None:
    inbox = MortalInbox()
    process = Process(client, inbox)
    for chat in CHATS[:3]:
        instance.contact_writes(chat, "suspect")

    async def crash(_: Notification) -> None:
        await anyio.sleep(5)
        await process.die()

    for _ in range(2):
        assert await process.live(crash)
    for chat in CHATS[3:]:
        instance.contact_writes(chat, "new")
    ended: dict[str, list[float]] = {"suspect": [], "new": []}
    start = anyio.current_time()

    async def handler(notification: Notification) -> None:
        await anyio.sleep(60)
        ended[notification.text or ""].append(anyio.current_time() - start)

    assert not await process.live(handler)
    assert ended["suspect"] == pytest.approx([60, 120, 180], abs=3)
    assert ended["new"] == pytest.approx([60, 60, 60], abs=10)


@pytest.mark.anyio
async def test_a_graceful_shutdown_counts_no_attempt(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    instance.contact_writes(BORIS, "two")
    inbox = MortalInbox()
    process = Process(client, inbox, attempts=1, drain=5)

    async def crash(_: Notification) -> None:
        await anyio.sleep(5)
        await process.die()

    async def never_ends(_: Notification) -> None:
        await anyio.sleep_forever()

    for _ in range(2):
        assert await process.live(crash)
    for _ in range(3):
        assert not await process.live(never_ends, 20)
        assert [entry.attempts for entry in await left(inbox, instance)] == [0, 0]
    with anyio.move_on_after(20):
        await client.process(never_ends, inbox=inbox)
    assert [entry.attempts for entry in await left(inbox, instance)] == [0, 0]
    assert await inbox.quarantined() == []


@pytest.mark.anyio
async def test_a_suspect_that_waits_for_a_person_holds_no_other_up_and_is_not_counted(
    client: Client, instance: Instance
) -> None:
    for chat in (ANNA, BORIS):
        instance.contact_writes(chat, "question")
    inbox = MortalInbox()
    process = Process(client, inbox)

    async def crash(_: Notification) -> None:
        await anyio.sleep(5)
        await process.die()

    for _ in range(2):
        assert await process.live(crash)
    begun: list[str | None] = []
    answers: list[str] = []

    async def handler(notification: Notification) -> None:
        if not isinstance(notification, IncomingMessageReceived):
            return
        begun.append(notification.chat_id)
        async with notification.conversation(timeout=1000) as talk:
            answers.append(await talk.ask("Name?"))

    async def answer() -> None:
        await anyio.sleep(60)
        assert begun == [ANNA, BORIS]
        assert {entry.attempts for entry in await left(inbox, instance)} == {0}
        for chat in (ANNA, BORIS):
            instance.contact_writes(chat, f"answer of {chat}")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answer)
        assert not await process.live(handler)
    assert sorted(answers) == [f"answer of {ANNA}", f"answer of {BORIS}"]
    assert await left(inbox, instance) == []


@pytest.mark.anyio
async def test_an_entry_that_ends_the_process_after_a_wait_is_quarantined(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "poison")
    inbox = MortalInbox()
    process = Process(client, inbox, attempts=3)

    async def handler(notification: Notification) -> None:
        if notification.text == "poison":
            async with notification.conversation(timeout=10) as talk:
                with anyio.move_on_after(5):
                    await talk.hear()
            await process.die()

    deaths = 0
    while await process.live(handler):
        deaths += 1
        assert deaths <= 5
    assert len(await inbox.quarantined()) == 1


@pytest.mark.anyio
async def test_nothing_is_written_before_a_handler_that_cannot_have_been_in_progress(
    client: Client, instance: Instance
) -> None:
    inbox = MortalInbox()
    process = Process(client, inbox)
    for number in range(300):
        instance.contact_writes(CHATS[number % 6], str(number))

    async def never_ends(_: Notification) -> None:
        await anyio.sleep_forever()

    assert not await process.live(never_ends, 600)
    assert inbox.writes == 0
    assert len(await left(inbox, instance)) == 100  # the limit of left

    async def handler(_: Notification) -> None:
        await anyio.sleep(1)

    assert not await process.live(handler)
    assert inbox.writes == len(CHATS)
    assert await left(inbox, instance) == []


class SlowInbox(MortalInbox):
    """An inbox that is slow to read, so that messages arrive meanwhile."""

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        await anyio.sleep(1)
        return await super().waiting(instances, after, limit)


@pytest.mark.anyio
async def test_what_arrives_while_a_run_begins_cannot_have_been_in_progress(client: Client, instance: Instance) -> None:
    """Else the first message of a chat would be blamed for the end of a process that another one has caused."""
    inbox = SlowInbox()
    process = Process(client, inbox, attempts=2)
    texts = ["a", "poison", "b"]
    for chat, text in zip(CHATS, texts, strict=False):
        instance.contact_writes(chat, text)
    handled: list[str] = []

    async def handler(notification: Notification) -> None:
        assert isinstance(notification, IncomingMessageReceived)
        await anyio.sleep(3 if notification.text == "poison" else 10)
        if notification.text == "poison":
            await process.die()
        handled.append(notification.text or "")

    assert await process.live(handler)
    assert inbox.writes == 0
    deaths = 1
    while await process.live(handler):
        deaths += 1
    assert deaths == 3
    assert [entry.body for entry in await inbox.quarantined() if '"poison"' not in entry.body] == []
    assert sorted(handled) == ["a", "b"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs SIGKILL")
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("backend", "poison", "code"),
    [
        ("asyncio", "exit", 7),
        ("trio", "exit", 7),
        ("asyncio", "kill", -9),
        ("asyncio", "exit in a task", 7),
    ],
)
def test_a_process_that_dies_in_a_handler_is_started_a_few_times_and_then_works(
    tmp_path: Path, backend: str, poison: str, code: int
) -> None:
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    texts = ["a", "b", poison, "c", "d"]
    for chat, text in zip(CHATS, texts, strict=False):
        instance.contact_writes(chat, text)
        instance.contact_writes(chat, f"{text} again")
    inbox = tmp_path / "inbox.db"
    codes: list[int] = []
    lines: list[str] = []
    with SandboxServer(sandbox) as server:
        command: list[str | Path] = [
            sys.executable,
            WORKER,
            backend,
            inbox,
            server.url,
            str(instance.id_instance),
            instance.token,
        ]
        while len(codes) < 6 and (not codes or codes[-1] != 0):
            ended = subprocess.run(command, capture_output=True, timeout=60, check=False)
            codes.append(ended.returncode)
            lines += ended.stdout.decode().splitlines()
    assert codes == [code, code, code, 0]  # unmarked, and two attempts
    assert {line for line in lines if line.startswith("end")} == {
        *(f"end {text}" for text in texts if text != poison),
        *(f"end {text} again" for text in texts),
    }

    async def read() -> tuple[int, list[str]]:
        async with SQLiteInbox(inbox) as opened:
            waiting = await opened.waiting({instance.id_instance}, 0, 100)
            return len(waiting), [entry.body for entry in await opened.quarantined()]

    waiting, [quarantined] = anyio.run(read)
    assert waiting == 0
    assert f'"{poison}"' in quarantined
