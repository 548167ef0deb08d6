"""``PostgresInbox`` against ``SQLiteInbox``: CPU time per notification, and notifications per second.

Each process stores notifications, with some of them in progress at once, and handles them with ``process``; there is no
HTTP. The CPU time of the client processes and that of PostgreSQL, with all its processes, are shown apart. One process
with each inbox, then several processes on one PostgreSQL. On a machine with few cores the latter compete for them, so
the CPU time per notification says more than the rate: so many notifications one core can carry. Then the same with
handlers that wait for something else, as handlers do: there the rate shows what several processes carry.

Usage: ``python -m tests.benchmarks.postgres_throughput [notifications per process] [processes]``.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from greenapi_async import Client, Notification, PostgresInbox, SQLiteInbox
from greenapi_async.inbox import Entry, Inbox
from tests.postgres_server import PostgresServer

INSTANCE = 1101000001
CHATS = 200
PUTTING = 20
"""Notifications of one process that are being stored at once."""
SERVER = "http://127.0.0.1:9"
WAITING = 0.1
CONCURRENCY = 10
"""Seconds for which a handler waits, and handlers of a process that run at once, in the last two rows."""


def make_entry(process: int, number: int) -> Entry:
    chat = f"{79000000000 + process * CHATS + number % CHATS}@c.us"
    body = {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": INSTANCE, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1588091580,
        "idMessage": f"F7AEC1B7086ECDC7{process:08X}{number:08X}",
        "senderData": {"chatId": chat, "sender": chat, "senderName": "Ivan"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "hello"}},
    }
    content, message = os.urandom(16), os.urandom(16)
    return Entry(id_instance=INSTANCE, body=json.dumps(body), unless=(content, message), keys=(content, os.urandom(16)))


async def carry(inbox: Inbox, process: int, count: int, *, waits: bool) -> None:
    """Store notifications and handle as many; those of other processes, perhaps."""
    handled = 0
    numbers = iter(range(count))
    enough = asyncio.Event()

    async def handle(notification: Notification) -> None:
        nonlocal handled
        assert notification.text
        if waits:
            await asyncio.sleep(WAITING)
        handled += 1
        if handled % count == 0:
            enough.set()

    async def put() -> None:
        for number in numbers:
            await inbox.put(make_entry(process, number))

    async with Client(INSTANCE, "token", SERVER, SERVER) as client:
        concurrency = CONCURRENCY if waits else 100
        processing = client.process(handle, inbox=inbox, polling=False, concurrency=concurrency)
        run = asyncio.create_task(processing.run(signals=False))
        await asyncio.gather(*(put() for _ in range(PUTTING)))
        while handled < count and (not isinstance(inbox, PostgresInbox) or await inbox.count_others(())):
            try:
                await asyncio.wait_for(enough.wait(), 0.2)
            except TimeoutError:
                continue
        processing.stop()
        await run


async def work(kind: str, where: str, process: int, count: int, *, waits: bool) -> None:
    inbox: Inbox = SQLiteInbox(where) if kind == "sqlite" else PostgresInbox(where)
    async with inbox:
        await inbox.quarantined()  # connected
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        before, began = time.process_time(), time.perf_counter()
        await carry(inbox, process, count, waits=waits)
        figures = time.process_time() - before, time.perf_counter() - began
    sys.stdout.write(json.dumps(figures) + "\n")


def measure(
    kind: str, where: str, processes: int, count: int, server: PostgresServer | None = None, *, waits: bool = False
) -> tuple[float, ...]:
    """Return the CPU time of clients and server per notification in microseconds, and notifications per second."""
    command = [sys.executable, "-m", "tests.benchmarks.postgres_throughput", kind, where]
    workers = [
        subprocess.Popen(
            [*command, str(number), str(count), "waits" if waits else ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    before = server.cpu_seconds() if server is not None else 0.0
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    figures = [json.loads(worker.communicate()[0]) for worker in workers]
    in_server = server.cpu_seconds() - before if server is not None else 0.0
    total = processes * count
    return (
        sum(cpu for cpu, _ in figures) / total * 1e6,
        in_server / total * 1e6,
        total / max(seconds for _, seconds in figures),
    )


def main(count: int = 3000, processes: int = 4) -> dict[str, tuple[float, ...]]:
    results: dict[str, tuple[float, ...]] = {}
    with tempfile.TemporaryDirectory() as folder, PostgresServer() as server:
        results["SQLiteInbox, 1 process"] = measure("sqlite", str(Path(folder) / "inbox.db"), 1, count)
        for number in (1, processes):
            name = f"PostgresInbox, {number} process{'es' if number > 1 else ''}"
            results[name] = measure("postgres", server.dsn, number, count, server)
        for number in (1, processes):
            name = f"the same, handlers wait {WAITING:g} s, {CONCURRENCY} at once, {number} of them"
            results[name] = measure("postgres", server.dsn, number, max(count // 5, 20), server, waits=True)
    for name, (client, in_server, rate) in results.items():
        sys.stdout.write(
            f"{name}: {client:.0f} us in the clients, {in_server:.0f} us in the server per notification; "
            f"{rate:.0f} notifications/s\n"
        )
    return results


if __name__ == "__main__":
    if sys.argv[1:2] in (["sqlite"], ["postgres"]):
        asyncio.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), waits=sys.argv[5] == "waits"))
    else:
        main(*(int(argument) for argument in sys.argv[1:]))
