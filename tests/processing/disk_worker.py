"""What ``test_disk`` runs: a loop over an inbox in a file, on a disk that is full or not, as it is told.

Arguments: what to run, how the disk gets full, the file, and the server. Lines on stdin: ``full``, ``room``, and
``go``, which a slow handler waits for. On stdout it tells what it handles, what the inbox could keep or not, and what
is logged.
"""

import errno
import logging
import os
import resource
import signal
import sys
import threading
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from greenapi_async import Client, InboxUnavailableError, Notification
from greenapi_async.inbox import Entry, SQLiteInbox

NOBODY = 65534
"""Root may write whatever is read-only, so we are not root."""

go = threading.Semaphore(0)


def tell(line: str) -> None:
    os.write(1, (line.replace("\n", " ") + "\n").encode())


class Log(logging.Handler):
    """Tells what is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        tell(f"{record.levelname} {record.getMessage()}")


class TellingInbox(SQLiteInbox):
    """Tells what it could keep, and what not."""

    async def put(self, entry: Entry) -> bool:
        try:
            return await super().put(entry)
        except InboxUnavailableError:
            tell("not put")
            raise

    async def done(self, id: int) -> None:  # noqa: A002  as in the protocol
        try:
            await super().done(id)
        except InboxUnavailableError:
            tell("not done")
            raise
        tell("done")


def limit_files(_: Path, *, full: bool) -> None:
    """Let no file be written to: EFBIG; Python ignores the signal."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (0 if full else most, most))


def fill_disk(path: Path, *, full: bool) -> None:
    """Leave no byte on the disk: ENOSPC."""
    ballast = path.with_name("ballast")
    if not full:
        ballast.unlink()
        return
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(512)):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def obey(how: str, path: Path) -> None:
    """Do what is ordered."""
    full_or_not = {"limit": limit_files, "tmpfs": fill_disk}[how]
    while orders := os.read(0, 4096):
        for order in orders.decode().split():
            if order == "go":
                go.release()
            else:
                full_or_not(path, full=order == "full")
                tell(f"it is {order}")


async def handle(notification: Notification) -> None:
    tell(f"handling {notification.text}")
    if notification.text == "slow":
        await anyio.to_thread.run_sync(go.acquire)


async def iterate(client: Client, inbox: SQLiteInbox) -> None:
    notifications = client.notifications(inbox=inbox)

    async def stop() -> None:
        with anyio.open_signal_receiver(signal.SIGTERM) as signals:
            async for _ in signals:
                notifications.stop()
                return

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stop)
        async for notification in notifications:
            await handle(notification)


async def main(what: str, how: str, path: str, url: str, id_instance: str, token: str) -> None:
    async with Client(id_instance, token, url, url, rate_limiter=None) as client:
        if os.getuid() == 0:  # all that is needed was read by now, wherever it lies
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        threading.Thread(target=obey, args=(how, Path(path)), daemon=True).start()
        inbox = TellingInbox(path)
        if what == "process":
            await client.process(handle, inbox=inbox)
        else:
            await iterate(client, inbox)


if __name__ == "__main__":
    logging.getLogger("greenapi_async").addHandler(Log())
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    anyio.run(partial(main, *sys.argv[1:]))
