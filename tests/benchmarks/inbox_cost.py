"""CPU time of ``SQLiteInbox`` per notification, alone and as part of the loops.

Alone, ``put``, ``waiting`` and ``done`` are called one after the other, so no two calls share a commit. For
``client.notifications()`` and ``client.process`` the difference to the loop without an inbox is shown, which includes
caches and wake-ups. All alternate in this process, against one server process; only the CPU time of this process is
measured, the inbox's worker thread included. The minimum of the rounds is used, because other load only adds time.
Usage: ``python tests/benchmarks/inbox_cost.py [notifications per round] [rounds]``.
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

LIMIT_US = 500.0
"""Maximum cost of the inbox alone."""
CHATS = 50


class FastRateLimiter:
    """The standard rate limiter with a thousand times the documented rates, so that only its own cost is measured."""

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


async def use_alone(inbox: Inbox, count: int) -> None:
    body = json.dumps({"typeWebhook": "incomingMessageReceived", "messageData": "x" * 400})
    after = 0
    for _ in range(count):
        content_key, message_key = os.urandom(16), os.urandom(16)
        await inbox.put(Entry(id_instance=1, body=body, unless=(content_key,), keys=(content_key, message_key)))
        [entry] = await inbox.waiting({1}, after, 10)
        after = entry.id
        await inbox.done(entry.id)


def by_chat(notification: Notification) -> Hashable:
    return (notification.receipt_id or 0) % CHATS


async def process(client: Client, inbox: Inbox, count: int) -> None:
    seen = 0

    async def handle(notification: Notification) -> None:
        nonlocal seen
        assert notification.text
        seen += 1
        if seen == count:
            processing.stop()

    processing = client.process(handle, inbox=inbox, key=by_chat, receive_timeout=5)
    await processing


async def compare(port: int, folder: Path, count: int, rounds: int) -> dict[str, list[float]]:
    url = f"http://127.0.0.1:{port}"
    in_file, in_memory = SQLiteInbox(folder / "inbox.db"), MemoryInbox()
    figures: dict[str, list[float]] = {}
    async with (
        in_file,
        Client(1101000001, "token", url, url, rate_limiter=FastRateLimiter()) as client,
    ):  # opened once, as in a bot
        runs: dict[str, Callable[[], Awaitable[None]]] = {
            "alone": lambda: use_alone(in_file, count),
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
                seconds = time.process_time() - start
                if number:  # the first round warms up
                    figures.setdefault(name, []).append(seconds / count * 1e6)
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
    minimum = {name: min(times) for name, times in figures.items()}
    cost, plain = minimum.pop("alone"), minimum.pop("plain")
    sys.stdout.write(
        f"CPU per notification, minimum of {rounds} rounds of {count}: SQLiteInbox alone {cost:.0f} us; "
        f"loop without an inbox {plain:.0f} us, added by an inbox: "
        f"{', '.join(f'{name} {time_us - plain:.0f} us' for name, time_us in minimum.items())} ({CHATS} chats)\n"
    )
    if "CI" not in os.environ:  # CI machines are too noisy for limits
        assert cost < LIMIT_US, f"the inbox costs more than {LIMIT_US:.0f} us per notification"
    return cost


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
