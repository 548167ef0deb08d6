"""Program of ``test_probes``: a bot inside an application, with its health app.

Arguments: ``polling`` or ``webhook``, way to fill the disk, file, server URL, instance id and token. It prints the URL
of the health app when that answers, and ``running`` when the bot runs. ``full`` and ``room`` on stdin fill the disk.
"""

import os
import sys
import threading
from functools import partial
from pathlib import Path

import anyio

from greenapi_async import Client, SQLiteInbox
from greenapi_async.bots import Router, lifespan
from greenapi_async.monitoring import HealthApp
from tests.processing.disk_worker import fill_disk, limit_files


def report(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def obey(how: str, path: Path) -> None:
    set_full = {"limit": limit_files, "tmpfs": fill_disk}[how]
    while commands := os.read(0, 4096):
        for command in commands.decode().split():
            set_full(path, full=command == "full")
            report(f"disk {command}")


async def main(mode: str, how: str, path: str, url: str, id_instance: str, token: str) -> None:
    health, inbox = HealthApp(), SQLiteInbox(path)
    async with Client(id_instance, token, url, url) as client, health.serve(port=0) as address:
        report(address)
        async with lifespan(Router(), clients=client, inbox=inbox, polling=mode == "polling", monitor=health):
            threading.Thread(target=obey, args=(how, Path(path)), daemon=True).start()
            report("running")
            await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run(partial(main, *sys.argv[1:]))
