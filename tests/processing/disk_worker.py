"""Program of ``test_disk``: consumes notifications with an ``SQLiteInbox`` on a disk that fills up on command.

Arguments: consumer, way to fill the disk, file, server URL, instance id and token. Commands on stdin: ``full``,
``room``, ``copy``, which reads the file like a backup, and ``go``, which releases a slow handler. Events on stdout:
handled notifications, failed and successful operations of the inbox, and log records.
"""

import errno
import logging
import os
import pkgutil
import resource
import signal
import sys
import threading
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path

import anyio
import anyio.to_thread
import httpcore

from greenapi_async import (
    Client,
    InboxUnavailableError,
    Notification,
    http,
    inbox,
    models,
    polling,
    processing,
    serialization,
)
from greenapi_async.inbox import Entry, SQLiteInbox

NOBODY = 65534
"""User id to run under, because root can write to read-only files."""

LOADED = [httpcore.__version__]
"""What is imported at its first use, when this program may no longer read where it is installed."""
for package in (http, inbox, models, polling, processing, serialization):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        with suppress(ImportError):  # of an extra
            LOADED.append(import_module(found.name).__name__)

go = threading.Semaphore(0)


def report(line: str) -> None:
    os.write(1, (line.replace("\n", " ") + "\n").encode())


class Log(logging.Handler):
    """Prints log records."""

    def emit(self, record: logging.LogRecord) -> None:
        report(f"{record.levelname} {record.getMessage()}")


class ReportingInbox(SQLiteInbox):
    """Prints the outcome of its operations."""

    async def put(self, entry: Entry) -> bool:
        try:
            return await super().put(entry)
        except InboxUnavailableError:
            report("not put")
            raise

    async def done(self, id: int) -> None:  # noqa: A002  as in the protocol
        try:
            await super().done(id)
        except InboxUnavailableError:
            report("not done")
            raise
        report("done")


def limit_files(_: Path, *, full: bool) -> None:
    """Let no file be written to: EFBIG; Python ignores the signal."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (0 if full else most, most))


def fill_disk(path: Path, *, full: bool) -> None:
    """Fill the disk to the last byte, so that writing fails with ENOSPC."""
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
    """Execute the commands on stdin."""
    set_full = {"limit": limit_files, "tmpfs": fill_disk}[how]
    while commands := os.read(0, 4096):
        for command in commands.decode().split():
            if command == "go":
                go.release()
            elif command == "copy":
                path.read_bytes()
                report("disk copy")
            else:
                set_full(path, full=command == "full")
                report(f"disk {command}")


async def handle(notification: Notification) -> None:
    report(f"handling {notification.text}")
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
        if os.getuid() == 0:  # everything to import has been imported
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        threading.Thread(target=obey, args=(how, Path(path)), daemon=True).start()
        inbox = ReportingInbox(path)
        if what == "process":
            await client.process(handle, inbox=inbox)
        else:
            await iterate(client, inbox)


if __name__ == "__main__":
    logging.getLogger("greenapi_async").addHandler(Log())
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    anyio.run(partial(main, *sys.argv[1:]))
