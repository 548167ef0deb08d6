"""Worker of ``test_shared_polling``: polls many instances together with other processes.

Arguments: connection string, URL of the server, first instance, number of instances. Writes the id of each notification
that it handles.
"""

import asyncio
import logging
import os
import sys

from greenapi_async import Fleet, Notification, PostgresInbox, process
from greenapi_async.types import Credentials


async def handle(notification: Notification) -> None:
    os.write(1, f"{notification.id_message}\n".encode())


async def work(dsn: str, url: str, first: int, count: int) -> None:
    rows = [Credentials(number, "tokentokentoken", url, url) for number in range(first, first + count)]
    fleet = Fleet(rows, transport="aiohttp")
    await process(handle, clients=fleet, inbox=PostgresInbox(dsn), receive_timeout=20)


def main() -> None:
    dsn, url, first, count = sys.argv[1:]
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(work(dsn, url, int(first), int(count)))


if __name__ == "__main__":
    main()
