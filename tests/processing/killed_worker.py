"""What ``test_killed`` kills: it forks a worker for each life, with everything imported before.

A line on stdin begins a life: the backend, and whether to overlap. On stdout it tells the worker's process id, when a
handler begins (``S chat number``) and ends (``E chat number``), and how the worker ended. Each is one write to a pipe,
so what was written outlives the writer.
"""

import os
import random
import sys
import traceback
from collections.abc import Awaitable, Callable
from functools import partial

import anyio

from greenapi_async import Client, Notification
from greenapi_async.inbox import SQLiteInbox

LONGEST = 0.1
"""Seconds that a handler works, seldom; mostly it is some hundredths, and some are over at once."""


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def handle(notification: Notification) -> None:
    which = f"{notification.chat_id} {notification.text}"
    tell(f"S {which}")
    await anyio.sleep(LONGEST * random.random() ** 2)
    tell(f"E {which}")


async def process(path: str, url: str, id_instance: str, token: str, concurrency: str, *, overlap: bool) -> None:
    async with Client(id_instance, token, url, url, rate_limiter=None) as client:
        await client.process(handle, inbox=SQLiteInbox(path), concurrency=int(concurrency), overlap=overlap)


async def warm_up() -> None:
    await Client(1, "token").aclose()


def live(backend: str, work: Callable[[], Awaitable[object]]) -> int:
    try:
        random.seed()
        anyio.run(work, backend=backend)
    except BaseException:  # noqa: BLE001  the parent is told
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    for backend in ("asyncio", "trio"):
        anyio.run(warm_up, backend=backend)
    for line in sys.stdin:
        backend, overlap = line.split()
        pid = os.fork()
        if not pid:
            tell(f"pid {os.getpid()}")
            os._exit(live(backend, partial(process, *sys.argv[1:], overlap=overlap == "overlap")))
        tell(f"ended {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}")


if __name__ == "__main__":
    main()
