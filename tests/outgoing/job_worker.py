"""A bot for ``test_jobs_killed`` whose jobs are due at once, and which kills itself at a given operation.

Arguments: the inbox's path, the sandbox's URL, the instance and its token. Each line on stdin begins a life in a child
process: the name of its jobs, and the number of the operation before or after which it kills itself, or 0. Operations
are writes to the inbox and requests that send a message. A life ends when its jobs are done.
"""

import os
import sys
from datetime import timedelta
from functools import partial

import anyio

from greenapi_async import Client, Jobs
from greenapi_async.bots import Router, lifespan
from greenapi_async.inbox import SQLiteInbox
from greenapi_async.processing import idempotency
from greenapi_async.types import JobRun
from tests.kill_points import Killer, KillingTransport

router = Router()


@router.job("send")
async def send(run: JobRun, chat_id: str, text: str) -> None:
    await run.client.send_message(chat_id, text, once=run.key)


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def live(name: str, at: int, path: str, url: str, id_instance: str, token: str) -> None:
    setattr(idempotency, "SEARCH_DELAYS", (0.05, 0.1))  # noqa: B010  a constant
    killer, inbox = Killer(at), SQLiteInbox(path)
    killer.around(inbox.records, "apply", "claim")
    killer.around(inbox.outbox, "begin", "sent")
    async with (
        inbox,
        Client(id_instance, token, url, url, rate_limiter=None, transport=KillingTransport(killer)) as client,
        lifespan(router, clients=client, inbox=inbox, polling=False),
    ):
        chat = f"7900{name}@c.us"
        await client.send_later(chat, f"message {name}", delay=0, once=f"message {name}")
        await send.with_options(once=f"job {name}", client=client).later(0, chat, f"job {name}")
        await client.send_later(chat, f"hourly {name}", every=3600, delay=0, once=f"hourly {name}")
        soon = await inbox.records.now() + timedelta(minutes=5)
        while any(job.next_run is not None and job.next_run < soon for job in await Jobs(inbox).list()):  # noqa: ASYNC110  the store has no other way to tell
            await anyio.sleep(0.01)


async def warm_up() -> None:
    await Client(1, "token").aclose()


def main() -> None:
    anyio.run(warm_up)
    for line in sys.stdin:
        name, at = line.split()
        pid = os.fork()
        if not pid:
            anyio.run(partial(live, name, int(at), *sys.argv[1:]))
            os._exit(0)
        tell(f"ended {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}")


if __name__ == "__main__":
    main()
