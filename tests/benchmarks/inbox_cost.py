"""CPU time that ``SQLiteInbox`` costs for each notification, alone and within the loops.

Alone it is put, read and done with, one after the other: nothing shares a commit. Within ``client.notifications()`` and
``client.process`` what it adds to the loop without an inbox is told; there caches and wake-ups count as well. All run
in this process, in turns, against one server process; only this process's CPU time counts, with that of the thread that
writes the file. Of the rounds the least is taken, because other work on the machine only adds.
Run by hand: ``python tests/benchmarks/inbox_cost.py [notifications per round] [rounds]``.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from greenapi_async import Client, Notification
from greenapi_async.inbox import Entry, Inbox, MemoryInbox, SQLiteInbox
from greenapi_async.types import MethodRateLimiter

BOUND = 500.0
"""Microseconds that the file may cost."""
CHATS = 50


class Unhurried:
    """The documented pace with a thousandfold rate: its bookkeeping is measured, its waiting is not."""

    def __init__(self) -> None:
        self._rate_limiter = MethodRateLimiter()

    def slot(self, method: str, per_second: float) -> AbstractAsyncContextManager[None]:
        return self._rate_limiter.slot(method, per_second * 1000)

    def pause(self, method: str, seconds: float) -> None:
        self._rate_limiter.pause(method, seconds)


async def iterate(client: Client, inbox: Inbox | None, count: int) -> None:
    notifications = client.notifications(receive_timeout=5, inbox=inbox)
    seen = 0
    async for notification in notifications:
        assert notification.text
        seen += 1
        if seen == count:
            notifications.stop()


async def alone(inbox: Inbox, count: int) -> None:
    body = json.dumps({"typeWebhook": "incomingMessageReceived", "messageData": "x" * 400})
    after = 0
    for _ in range(count):
        content, message = os.urandom(16), os.urandom(16)
        await inbox.put(Entry(id_instance=1, body=body, unless=(content,), keys=(content, message)))
        [entry] = await inbox.waiting({1}, after, 10)
        after = entry.id
        await inbox.done(entry.id)


def chat(notification: Notification) -> Hashable:
    return (notification.receipt_id or 0) % CHATS


async def process(client: Client, inbox: Inbox, count: int) -> None:
    seen = 0

    async def handle(notification: Notification) -> None:
        nonlocal seen
        assert notification.text
        seen += 1
        if seen == count:
            processing.stop()

    processing = client.process(handle, inbox=inbox, key=chat, receive_timeout=5)
    await processing


async def compare(port: int, folder: Path, count: int, rounds: int) -> dict[str, list[float]]:
    url = f"http://127.0.0.1:{port}"
    in_file, in_memory = SQLiteInbox(folder / "inbox.db"), MemoryInbox()
    figures: dict[str, list[float]] = {}
    async with (
        in_file,
        Client(1101000001, "token", url, url, rate_limiter=Unhurried()) as client,
    ):  # opened once, as in a bot
        runs: dict[str, Callable[[], Awaitable[None]]] = {
            "alone": lambda: alone(in_file, count),
            "plain": lambda: iterate(client, None, count),
            "in memory": lambda: iterate(client, in_memory, count),
            "in a file": lambda: iterate(client, in_file, count),
            "processed in memory": lambda: process(client, in_memory, count),
            "processed in a file": lambda: process(client, in_file, count),
        }
        for number in range(rounds + 1):
            for name, run in runs.items():
                start = time.process_time()
                await run()
                spent = time.process_time() - start
                if number:  # the first round warms up
                    figures.setdefault(name, []).append(spent / count * 1e6)
    return figures


def main(count: int = 200, rounds: int = 25) -> float:
    script = Path(__file__).with_name("queue_server.py")
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            figures = asyncio.run(compare(int(server.stdout.readline()), Path(folder), count, rounds))
        finally:
            server.terminate()
    least = {name: min(spent) for name, spent in figures.items()}
    cost, plain = least.pop("alone"), least.pop("plain")
    sys.stdout.write(
        f"CPU per notification, least of {rounds} rounds of {count}: an inbox in a file costs {cost:.0f} us; "
        f"a plain loop {plain:.0f} us, to which an inbox adds "
        f"{', '.join(f'{name} {spent - plain:.0f} us' for name, spent in least.items())} ({CHATS} chats)\n"
    )
    if "CI" not in os.environ:  # where the machine is as busy as it happens to be
        assert cost < BOUND, f"the file costs more than {BOUND:.0f} us"
    return cost


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
