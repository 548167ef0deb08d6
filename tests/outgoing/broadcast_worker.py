"""Worker that ``test_broadcast_killed`` kills: a bot and a broadcast, with the inbox in a file or in PostgreSQL.

On stdout it tells each change of the numbers, and at the end the status of each recipient.
"""

import os
import sys

import anyio

from greenapi_async import Client, Notification, PostgresInbox, SQLiteInbox
from greenapi_async.outgoing import broadcast_queue, broadcast_turns
from greenapi_async.processing import idempotency
from greenapi_async.types import BroadcastProgress

# the sandbox's journal does not lag, and nobody waits for the lease of the dead
for module, name, value in (
    (broadcast_queue, "JOURNAL_LAG", 1.0),
    (broadcast_turns, "LEASE_SECONDS", 2.0),
    (idempotency, "SEARCH_DELAYS", (0.3, 0.3)),
):
    setattr(module, name, value)


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def tell_progress(progress: BroadcastProgress) -> None:
    tell(f"{progress.handed_over} {progress.state}")


async def ignore(_: Notification) -> None: ...


async def main(*arguments: str) -> None:
    where, url, id_instance, token, count = arguments
    inbox = PostgresInbox(where, schema="broadcast", lease=5) if "postgres" in where else SQLiteInbox(where)
    people = [79001230000 + number for number in range(int(count))]
    async with Client(id_instance, token, url, url, rate_limiter=None) as client:
        processing = client.process(ignore, inbox=inbox)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(processing.run)
            broadcast = client.broadcast(
                "sale", people, "Hello!", inbox=inbox, pause=(0, 0), on_progress=tell_progress, settle=10
            )
            async with broadcast:
                await broadcast.wait()
                async for person in broadcast.recipients():
                    tell(f"= {person.recipient.chat_id} {person.status}")
                tell(f"ended {broadcast.progress.total}")
            processing.stop()


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
