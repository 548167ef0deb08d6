"""Worker for broadcasts in other processes: a bot and a broadcast, with the inbox in a file or in PostgreSQL.

On stdout it tells each change of the numbers, and at the end the status of each recipient. The last two arguments can
be left out: what is sent, and the number of its request before which the process suspends itself.
"""

import os
import signal
import sys
from contextlib import AbstractAsyncContextManager

import anyio

from greenapi_async import Client, Notification, PostgresInbox, SQLiteInbox
from greenapi_async.http.rate_limiter import MethodRateLimiter
from greenapi_async.outgoing import broadcast_queue, broadcast_turns, broadcast_work
from greenapi_async.processing import idempotency
from greenapi_async.types import BroadcastContent, BroadcastFile, BroadcastPoll, BroadcastProgress

# the sandbox's journal does not lag, and nobody waits for the lease of the dead
for module, name, value in (
    (broadcast_queue, "JOURNAL_LAG", 1.0),
    (broadcast_turns, "LEASE_SECONDS", 2.0),
    (broadcast_work, "STANDBY_SECONDS", 0.5),
    (idempotency, "SEARCH_DELAYS", (0.3, 0.3)),
    (idempotency, "FRESH_SECONDS", 0.2),
):
    setattr(module, name, value)

CONTENTS: dict[str, BroadcastContent] = {
    "sendMessage": "Hello!",
    "sendPoll": BroadcastPoll("Do you come?", ["yes", "no"]),
    "sendFileByUrl": BroadcastFile("https://shop.example/sale.png", "sale.png", "Sale!"),
}


class SuspendingLimiter(MethodRateLimiter):
    """Suspends the process when everything is ready for a request.

    Args:
        method: Its method.
        number: Which of its requests.
    """

    def __init__(self, method: str, number: int) -> None:
        super().__init__()
        self._method = method
        self._left = number

    def slot(self, method: str, per_second: float) -> AbstractAsyncContextManager[None]:  # type: ignore[override]  # wraps the slot
        slot = super().slot(method, per_second)
        if method == self._method:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGSTOP)
        return slot


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def tell_progress(progress: BroadcastProgress) -> None:
    tell(f"{progress.handed_over} {progress.state}")


async def ignore(_: Notification) -> None: ...


async def main(*arguments: str) -> None:
    where, url, id_instance, token, count, schema, *more = arguments
    kind, number = more or ("sendMessage", "0")
    inbox = PostgresInbox(where, schema=schema, lease=5) if "postgres" in where else SQLiteInbox(where)
    people = [79001230000 + number for number in range(int(count))]
    limiter = SuspendingLimiter(kind, int(number)) if number != "0" else None
    async with Client(id_instance, token, url, url, rate_limiter=limiter) as client:
        processing = client.process(ignore, inbox=inbox)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(processing.run)
            broadcast = client.broadcast(
                "sale", people, CONTENTS[kind], inbox=inbox, pause=(0, 0), on_progress=tell_progress, settle=10
            )
            async with broadcast:
                await broadcast.wait()
                async for person in broadcast.recipients():
                    tell(f"= {person.recipient.chat_id} {person.status}")
                tell(f"ended {broadcast.progress.total}")
            processing.stop()


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
