"""Worker of ``test_shared_chaos``: a bot that shares an inbox in PostgreSQL with other processes.

Arguments: connection string, length of the lease, concurrency, mean seconds of a handler, schema, attempts. Events on
stdout, with the time of a clock that all processes share: ``S chat number time end`` when a handler starts, where
``end`` is when the lease of this process ends at the earliest; ``E chat number time`` when it has finished, ``C`` when
it was cancelled.
"""

import asyncio
import logging
import os
import random
import sys
import time

from greenapi_async import Client, Notification, PostgresInbox

FATAL = "666"
"""Text of a notification that ends the process."""
INSTANCE = 1101000001
SERVER = "http://127.0.0.1:9"


def report(event: str, notification: Notification, *more: float) -> None:
    words = [event, notification.chat_id, notification.text, time.monotonic(), *more]
    os.write(1, " ".join(map(str, words)).encode() + b"\n")


async def work(dsn: str, lease: float, concurrency: int, mean: float, schema: str, attempts: int) -> None:
    inbox = PostgresInbox(dsn, lease=lease, schema=schema)

    async def handle(notification: Notification) -> None:
        report("S", notification, time.monotonic() + inbox.lease.remaining)
        if notification.text == FATAL:
            os._exit(77)
        try:
            await asyncio.sleep(random.uniform(0, 2 * mean))
        except asyncio.CancelledError:
            report("C", notification)
            raise
        report("E", notification)

    async with Client(INSTANCE, "token", SERVER, SERVER) as client:
        await client.process(handle, inbox=inbox, polling=False, concurrency=concurrency, drain=1, attempts=attempts)


def main() -> None:
    dsn, lease, concurrency, mean, schema, attempts = sys.argv[1:]
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    asyncio.run(work(dsn, float(lease), int(concurrency), float(mean), schema, int(attempts)))


if __name__ == "__main__":
    main()
