"""A bot for ``test_crashes`` whose handler ends the process when a message says so.

Arguments: the backend, the inbox's path, the sandbox's URL, the instance and its token. It prints each text whose
handler begins and ends, and ends by itself when the server's queue and the inbox are empty.
"""

import asyncio
import os
import signal
import sys
from functools import partial

import anyio

from greenapi_async import Client, Notification
from greenapi_async.inbox import SQLiteInbox

ATTEMPTS = 2
"""Attempts before quarantine."""


def report(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def exit_in_task() -> None:
    sys.exit(7)


async def handle(notification: Notification) -> None:
    report(f"begin {notification.text}")
    match notification.text:
        case "exit":
            await anyio.sleep(0.05)
            os._exit(7)
        case "kill":
            await anyio.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit in a task":
            await anyio.sleep(0.05)
            await asyncio.create_task(exit_in_task())
        case _:
            pass
    await anyio.sleep(0.3)
    report(f"end {notification.text}")


async def is_empty(client: Client, inbox: SQLiteInbox) -> bool:
    return not (await client.get_webhooks_count()).count and not await inbox.waiting({client.id_instance}, 0, 1)


async def main(path: str, url: str, id_instance: str, token: str) -> None:
    async with Client(id_instance, token, url, url, rate_limiter=None) as client, SQLiteInbox(path) as inbox:
        processing = client.process(handle, inbox=inbox, attempts=ATTEMPTS, receive_timeout=5)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(processing.run)
            while not await is_empty(client, inbox):  # noqa: ASYNC110  nobody reports it
                await anyio.sleep(0.05)
            processing.stop()


if __name__ == "__main__":
    anyio.run(partial(main, *sys.argv[2:]), backend=sys.argv[1])
