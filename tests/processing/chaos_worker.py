"""Worker of ``test_chaos``: one life of a bot that meets faults of the disk, the clock, the process and cancellation.

Arguments: file of the inbox, server URL, instance id, token. Each line on stdin is the seed of a life, which runs in a
forked process. Events on stdout: the process id, the start and the end of each handler, memory, and the exit status.
"""

import asyncio
import logging
import os
import random
import resource
import sys
import threading
import time
import traceback
from pathlib import Path

import anyio
import trio

from greenapi_async import Client, IncomingMessageReceived, Notification, Retry, SQLiteInbox
from greenapi_async.processing import idempotency

NATIVE = "asyncio"
HOUR = 3600.0


def report(line: str) -> None:
    os.write(1, f"{line}\n".encode())


class Clock:
    """The wall clock of a machine whose time is corrected by up to an hour now and then."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._offset = 0.0

    def __call__(self) -> float:
        if self._chance.random() < 0.001:
            self._offset = self._chance.uniform(-HOUR, HOUR)
        return time.time() + self._offset


class Bot:
    """Handler that fails, is cancelled and kills its process at random."""

    def __init__(self, backend: str, chance: random.Random) -> None:
        self._backend = backend
        self._chance = chance

    async def handle(self, notification: Notification) -> None:
        if not isinstance(notification, IncomingMessageReceived):
            return
        which = f"{notification.chat_id} {notification.text}"
        report(f"S {which}")
        fault = self._chance.random()
        if fault < 0.002:
            os._exit(77)
        if fault < 0.004:
            raise SystemExit(1)
        if fault < 0.02:
            raise ValueError(which)
        if fault < 0.03:
            with anyio.move_on_after(0.001):
                await anyio.sleep(1)
        if fault < 0.04 and self._backend == NATIVE:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        if int(notification.text or 0) % 10 == 0:
            await notification.reply(f"answer to {notification.text}", once=f"answer {which}")
        report(f"E {which}")


def fill_disk_sometimes(chance: random.Random) -> None:
    """Make writing to files fail for moments, as on a full disk."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    while True:
        time.sleep(chance.uniform(0.2, 2))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        time.sleep(chance.uniform(0.001, 0.05))
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


async def live(path: Path, url: str, id_instance: str, token: str, backend: str, chance: random.Random) -> None:
    retry = Retry(wait_initial=0.01, wait_max=0.05)
    inbox = SQLiteInbox(path, clock=Clock(chance))
    async with Client(id_instance, token, url, url, rate_limiter=None, retry=retry) as client:
        bot = Bot(backend, chance)
        await client.process(
            bot.handle,
            inbox=inbox,
            concurrency=16,
            attempts=1000,
            retry_initial=0.01,
            retry_max=0.05,
            overlap=chance.random() < 0.5,
        )


def main() -> None:
    path, url, id_instance, token = sys.argv[1:]
    logging.getLogger("greenapi_async").setLevel(logging.CRITICAL)  # failures are expected
    # Short delays are enough for the sandbox: its journal has no lag, and it drops what a dead process asked for.
    setattr(idempotency, "SEARCH_DELAYS", (0.01, 0.05))  # noqa: B010  a constant
    for line in sys.stdin:
        seed = int(line)
        pid = os.fork()
        if not pid:
            report(f"pid {os.getpid()}")
            chance = random.Random(seed)
            backend = chance.choice([NATIVE, trio.__name__])
            threading.Thread(target=fill_disk_sometimes, args=[random.Random(seed + 1)], daemon=True).start()
            try:
                anyio.run(live, Path(path), url, id_instance, token, backend, chance, backend=backend)
            except BaseException:  # noqa: BLE001  the parent reads it
                traceback.print_exc()
                os._exit(1)
            report(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}")
            os._exit(0)
        report(f"ended {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}")


if __name__ == "__main__":
    main()
