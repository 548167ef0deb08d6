"""Several processes on one PostgreSQL, killed and suspended; the server is restarted: order and at-least-once hold.

``GREENAPI_SHARED_CHAOS`` is the number of notifications (20,000 by hand), 40 in each chat.
``GREENAPI_SHARED_CHAOS_SEED`` repeats a run, as far as the scheduling of processes allows.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import attrs
import pytest

from greenapi_async import InboxUnavailableError, PostgresInbox
from greenapi_async.inbox import Entry
from tests.postgres_server import PostgresServer
from tests.processing.shared_worker import INSTANCE

COUNT = int(os.environ.get("GREENAPI_SHARED_CHAOS", "4000"))
CHATS = COUNT // 40
WORKERS = 4
CONCURRENCY = 16
LEASE = 2.0
MEAN = 0.4
SCHEMA = "chaos"
ATTEMPTS = 5
PUTTING = 50
"""Notifications that are being stored at once."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.asyncio,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals"),
]


@attrs.define
class Attempt:
    """One start of a handler, with times of the common clock."""

    process: int
    number: int
    began: float
    lease_ends: float
    ended: float = float("inf")
    finished: bool = False


class Workers:
    """Worker processes, and what their handlers reported."""

    def __init__(self, dsn: str, errors: Path) -> None:
        self.attempts: dict[str, list[Attempt]] = defaultdict(list)
        self.handled: set[tuple[str, int]] = set()
        self._dsn = dsn
        self._errors = errors
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._readers: set[asyncio.Task[None]] = set()
        self._reported: set[int] = set()

    async def start(self) -> None:
        with self._errors.open("ab") as errors:
            script = Path(__file__).with_name("shared_worker.py")
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *map(str, (script, self._dsn, LEASE, CONCURRENCY, MEAN, SCHEMA, ATTEMPTS)),
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        self._processes[process.pid] = process
        self._readers.add(asyncio.create_task(self._read(process)))

    async def kill(self, chance: random.Random) -> None:
        pid = chance.choice(list(self._processes))
        process = self._processes.pop(pid)
        process.kill()
        await process.wait()
        await self.start()

    async def suspend(self, chance: random.Random, seconds: float) -> None:
        process = self._processes[chance.choice(list(self._processes))]
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    async def end(self) -> list[int]:
        """Stop all workers and return their exit codes."""
        for process in self._processes.values():
            process.terminate()
        codes = {pid: await process.wait() for pid, process in self._processes.items()}
        await asyncio.gather(*self._readers)
        begins = {pid for pid in codes if pid not in self._reported}  # SIGTERM may end these at once
        return [0 if code == -signal.SIGTERM and pid in begins else code for pid, code in codes.items()]

    def kill_all(self) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                process.kill()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        running: dict[str, Attempt] = {}
        while line := await process.stdout.readline():
            if not line.endswith(b"\n"):
                return  # it was killed
            self._reported.add(process.pid)
            event, chat, number, moment, *more = line.decode().split()
            if event == "S":
                running[chat] = Attempt(process.pid, int(number), float(moment), float(more[0]))
                self.attempts[chat].append(running[chat])
            else:
                attempt = running.pop(chat)
                assert attempt.number == int(number)
                attempt.ended, attempt.finished = float(moment), event == "E"
                if attempt.finished:
                    self.handled.add((chat, int(number)))


async def fill(inbox: PostgresInbox, chats: list[str]) -> None:
    async def put(chat: str, number: int) -> None:
        body = {
            "typeWebhook": "incomingMessageReceived",
            "idMessage": f"{chat} {number}",
            "timestamp": 1588091580,
            "senderData": {"chatId": chat, "sender": chat},
            "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": str(number)}},
        }
        key = f"{chat} {number}".encode()
        while True:
            try:
                await inbox.put(Entry(id_instance=INSTANCE, body=json.dumps(body), unless=(key,), keys=(key,)))
            except InboxUnavailableError:
                await asyncio.sleep(0.2)
            else:
                return

    for number in range(COUNT // CHATS):
        for start in range(0, len(chats), PUTTING):
            await asyncio.gather(*(put(chat, number) for chat in chats[start : start + PUTTING]))


async def quarantined(inbox: PostgresInbox) -> list[int]:
    try:
        return [entry.id for entry in await inbox.quarantined()]
    except InboxUnavailableError:  # it is restarting
        return []


def check_order(attempts: list[Attempt]) -> int:
    """Check the attempts of one chat; return how many were repetitions."""
    first: list[int] = []
    previous: Attempt | None = None
    for attempt in sorted(attempts, key=lambda each: each.began):
        if previous is not None:
            end = previous.ended
            if attempt.process != previous.process:  # a suspended or killed process's handler ended with its lease
                end = min(end, previous.lease_ends)
            assert attempt.began >= end, f"{attempt} runs beside {previous}"
        if attempt.number not in first:
            first.append(attempt.number)
        previous = attempt
    assert first == list(range(COUNT // CHATS))
    return len(attempts) - len(first)


async def test_chats_keep_their_order_while_processes_and_the_database_fail(tmp_path: Path) -> None:
    seed = int(os.environ.get("GREENAPI_SHARED_CHAOS_SEED") or random.randrange(2**32))
    sys.stdout.write(f"GREENAPI_SHARED_CHAOS={COUNT} GREENAPI_SHARED_CHAOS_SEED={seed}\n")
    chance = random.Random(seed)
    chats = [f"{79001230000 + number}@c.us" for number in range(CHATS)]
    faults: Counter[str] = Counter()
    began = time.monotonic()
    with PostgresServer() as server:
        workers = Workers(server.dsn, tmp_path / "stderr")
        try:
            async with PostgresInbox(server.dsn, schema=SCHEMA) as inbox:
                filling = asyncio.create_task(fill(inbox, chats))
                for _ in range(WORKERS):
                    await workers.start()
                await asyncio.sleep(3)
                while len(workers.handled) < COUNT:
                    assert not await quarantined(inbox)
                    share = len(workers.handled) / COUNT
                    if share > (1 + faults["restart"]) / 3 and faults["restart"] < 2:
                        how = (signal.SIGINT, signal.SIGQUIT)[faults["restart"]]
                        faults["restart"] += 1
                        await asyncio.to_thread(server.restart, how)
                    elif share < 0.9 and chance.random() < 0.5:
                        faults["kill"] += 1
                        await workers.kill(chance)
                    elif share < 0.9:
                        faults["suspend"] += 1
                        await workers.suspend(chance, LEASE * chance.uniform(1.1, 1.6))
                    await asyncio.sleep(chance.uniform(0.5, 2.5))
                seconds = time.monotonic() - began
                await filling
                async with asyncio.timeout(60):
                    # what a killed process had finished, but not removed
                    while await inbox.count_others(()):  # noqa: ASYNC110
                        await asyncio.sleep(0.2)
                codes = await workers.end()
                assert not await quarantined(inbox)
                left = await inbox.count_others(())
        finally:
            workers.kill_all()
    repeated = sum(check_order(workers.attempts[chat]) for chat in chats)
    sys.stdout.write(
        f"{COUNT} notifications in {CHATS} chats in {seconds:.0f} s; {dict(faults)}; {repeated} handled again\n"
    )
    assert (tmp_path / "stderr").read_text() == ""
    assert not left
    assert codes == [0] * WORKERS
    assert repeated <= CONCURRENCY * (faults["kill"] + faults["suspend"] + WORKERS * faults["restart"])
