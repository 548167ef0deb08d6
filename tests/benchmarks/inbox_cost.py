"""CPU time of ``SQLiteInbox`` per notification, alone and as part of the loops.

Alone, ``put``, ``waiting`` and ``done`` are called one after the other, so no two calls share a commit. For
``client.notifications()``, with and without ``overlap``, and ``client.process`` the difference to the loop without an
inbox is shown, which includes caches and wake-ups. ``a bare write`` is what waiting for the disk costs in any case: an
inbox in memory that writes as much as ``SQLiteInbox`` and calls ``fdatasync`` in a thread, without SQLite. ``the loop
itself`` polls and deletes without HTTP; JSON, parsing and deduplication are included.

All alternate in this process, against one server process; only the CPU time of this process is measured, the inbox's
worker thread included. The medians of the rounds are used. After each wait, a processor has other programs' data in its
caches, so on a busy machine all that waits seems to cost more.
Usage: ``python -m tests.benchmarks.inbox_cost [notifications per round] [rounds]``.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from statistics import median

from greenapi_async import Client, Notification
from greenapi_async.http.retry import Retry, RetryPolicy
from greenapi_async.inbox import Entry, Inbox, MemoryInbox, SQLiteInbox
from greenapi_async.inbox.identities import ClientIdentities
from greenapi_async.methods.receiving import DELETE_NOTIFICATION, RECEIVE_NOTIFICATION
from greenapi_async.models.receiving import DeletedNotification, ReceivedNotification
from greenapi_async.polling.notifications import Notifications, ServerSource
from greenapi_async.polling.parsing import NotificationParser
from greenapi_async.polling.poller import Poller
from greenapi_async.types import MethodRateLimiter

CHATS = 50
WRITTEN = 10 * 1024
"""Bytes that ``SQLiteInbox`` writes to its log for one notification."""
BODY = {
    "typeWebhook": "incomingMessageReceived",
    "instanceData": {"idInstance": 1101000001, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
    "timestamp": 1588091580,
    "senderData": {"chatId": "79001234568@c.us", "sender": "79001234568@c.us", "senderName": "Ivan"},
    "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "hello"}},
}


class FastRateLimiter:
    """The standard rate limiter with a thousand times the documented rates, so that only its own cost is measured."""

    def __init__(self) -> None:
        self._rate_limiter = MethodRateLimiter()

    def slot(self, method: str, per_second: float) -> AbstractAsyncContextManager[None]:
        return self._rate_limiter.slot(method, per_second * 1000)

    def pause(self, method: str, seconds: float) -> None:
        self._rate_limiter.pause(method, seconds)


class BareWrite(MemoryInbox):
    """An inbox in memory that waits for the disk like ``SQLiteInbox``."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT)
        self._thread = ThreadPoolExecutor(1)
        self._position = 0

    async def put(self, entry: Entry) -> bool:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write)
        return await super().put(entry)

    def _write(self) -> None:
        os.pwrite(self._file, b"x" * WRITTEN, self._position)
        os.fdatasync(self._file)
        self._position = (self._position + WRITTEN) % (1000 * 4096)


async def iterate(client: Client, inbox: Inbox | None, count: int, *, overlap: bool = False) -> None:
    await consume(client.notifications(receive_timeout=5, inbox=inbox, overlap=overlap), count)


async def iterate_without_http(client: Client, count: int) -> None:
    number = 0

    async def receive(_: RetryPolicy) -> ReceivedNotification | None:
        text = json.dumps({"receiptId": number, "body": {**BODY, "idMessage": f"F7AEC1B7086ECDC7{number:016X}"}})
        return RECEIVE_NOTIFICATION.decode(RECEIVE_NOTIFICATION.parse(text))

    async def delete(_: int) -> DeletedNotification:
        nonlocal number
        number += 1
        return DELETE_NOTIFICATION.decode(DELETE_NOTIFICATION.parse('{"result":true}'))

    poller = Poller(receive, delete, identities=ClientIdentities(client.id_instance), retry=Retry())
    await consume(Notifications(ServerSource(poller, NotificationParser(client), overlap=False), poller), count)


async def consume(notifications: Notifications, count: int) -> None:
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
        place = os.urandom(4)  # like the keys of a real message, see polling/deduplication.py
        content_key, message_key = place + os.urandom(16), place + os.urandom(16)
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
    bare_write = BareWrite(folder / "bare")
    figures: dict[str, list[float]] = {}
    async with (
        in_file,
        Client(1101000001, "token", url, url, rate_limiter=FastRateLimiter()) as client,
    ):  # opened once, as in a bot
        runs: dict[str, Callable[[], Awaitable[None]]] = {
            "alone": lambda: use_alone(in_file, count),
            "without http": lambda: iterate_without_http(client, count),
            "plain": lambda: iterate(client, None, count),
            "plain, overlap": lambda: iterate(client, None, count, overlap=True),
            "in memory": lambda: iterate(client, in_memory, count),
            "a bare write": lambda: iterate(client, bare_write, count),
            "SQLiteInbox": lambda: iterate(client, in_file, count),
            "SQLiteInbox, overlap": lambda: iterate(client, in_file, count, overlap=True),
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
    medians = {name: median(times) for name, times in figures.items()}
    cost, itself, plain = (medians.pop(name) for name in ("alone", "without http", "plain"))
    sys.stdout.write(
        f"CPU per notification, medians of {rounds} rounds of {count}: SQLiteInbox alone {cost:.0f} us; the "
        f"loop itself {itself:.0f} us; loop without an inbox {plain:.0f} us, added: "
        f"{', '.join(f'{name} {time_us - plain:.0f} us' for name, time_us in medians.items())} ({CHATS} chats)\n"
    )
    return cost


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
