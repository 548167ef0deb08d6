"""A backlog of a million notifications: time to the first handler, stalls of the event loop, memory.

Fills an SQLite inbox with entries of many chats, and runs ``process`` over it with handlers that take 60 ms. A task of
the same event loop wakes up every millisecond and measures by how much it is late. The CPU time of the event loop's
thread between two wake-ups is shown too: on a loaded machine it says what the stall would be without the other load.
With ``--trace`` the memory is measured with tracemalloc in addition, which makes everything slower.
Usage: ``python -m tests.benchmarks.growth [--entries N] [--chats N] [--seconds S] [--trace]``.
"""

import argparse
import asyncio
import gc
import json
import sqlite3
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import attrs

from greenapi_async import Client, Notification
from greenapi_async.inbox import SQLiteInbox

INSTANCE = 1101000001
HANDLER_SECONDS = 0.06
BATCH = 10_000
PAGE_BYTES = 4096


@attrs.frozen(kw_only=True)
class Figures:
    """Result of a run: times in seconds, memory in bytes."""

    handled: int
    first: float
    stall: float
    stall_cpu: float
    cpu_per_entry: float
    resident: int
    traced: int


def rows(entries: int, chats: int) -> Iterator[tuple[int, str, int]]:
    """Yield the columns of the entries, as the inbox stores them."""
    now = int(time.time() * 1e6)
    for number in range(entries):
        chat = f"7900{number % chats:07}@c.us"
        body = {
            "typeWebhook": "incomingMessageReceived",
            "instanceData": {"idInstance": INSTANCE, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
            "timestamp": 1588091580,
            "idMessage": f"F7AEC1B7086ECDC7{number:016X}",
            "senderData": {"chatId": chat, "sender": chat, "chatName": "Ivan", "senderName": "Ivan"},
            "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": f"message {number}"}},
        }
        yield INSTANCE, json.dumps(body), now


async def fill(path: Path, entries: int, chats: int) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.waiting({INSTANCE}, 0, 1)  # creates the tables
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO entries (instance, body, recovered, stored) VALUES (?, ?, 0, ?)", rows(entries, chats)
        )
    connection.close()


def resident() -> int:
    """Return the resident memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


async def run(path: Path, seconds: float, *, trace: bool) -> Figures:
    handled = 0
    first = stall = stall_cpu = 0.0
    peak = peak_traced = 0

    async def handle(_: Notification) -> None:
        nonlocal handled, first
        first = first or time.perf_counter() - start
        await asyncio.sleep(HANDLER_SECONDS)
        handled += 1

    async def watch() -> None:
        nonlocal stall, stall_cpu, peak, peak_traced
        ticks = 0
        while True:
            before, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            stall = max(stall, time.perf_counter() - before - 0.001)
            stall_cpu = max(stall_cpu, time.thread_time() - cpu)
            ticks += 1
            if ticks % 100 == 0:
                peak = max(peak, resident())

    async with (
        SQLiteInbox(path) as inbox,
        Client(INSTANCE, "token", "http://127.0.0.1:1", "http://127.0.0.1:1") as client,
    ):
        await inbox.waiting({INSTANCE}, 0, 1)
        gc.collect()
        if trace:
            tracemalloc.start()
        before = peak = resident()
        watching = asyncio.create_task(watch())
        processing = client.process(handle, inbox=inbox, polling=False)
        start, cpu = time.perf_counter(), time.process_time()
        running = asyncio.ensure_future(processing.run())
        await asyncio.sleep(seconds)
        cpu = time.process_time() - cpu
        watching.cancel()  # what follows is not measured
        if trace:
            peak_traced = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        processing.stop()
        await running
    return Figures(
        handled=handled,
        first=first,
        stall=stall,
        stall_cpu=stall_cpu,
        cpu_per_entry=cpu / max(handled, 1),
        resident=peak - before,
        traced=peak_traced,
    )


def main(entries: int = 1_000_000, chats: int = 100_000, seconds: float = 20.0, *, trace: bool = False) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inbox.db"
        asyncio.run(fill(path, entries, chats))
        figures = asyncio.run(run(path, seconds, trace=trace))
    traced = f", {figures.traced / 1e6:.0f} MB traced" if trace else ""
    sys.stdout.write(
        f"{entries} entries of {chats} chats, {seconds:g} s: {figures.handled} handled, first handler after "
        f"{figures.first:.3f} s, longest stall {figures.stall * 1e3:.0f} ms ({figures.stall_cpu * 1e3:.0f} ms CPU), "
        f"{figures.cpu_per_entry * 1e6:.0f} us CPU per entry, memory grew by {figures.resident / 1e6:.0f} MB{traced}\n"
    )
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--chats", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--trace", action="store_true")
    given = parser.parse_args()
    main(given.entries, given.chats, given.seconds, trace=given.trace)
