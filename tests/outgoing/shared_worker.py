"""A bot for ``test_jobs_shared`` that shares an inbox in PostgreSQL with other processes, and runs jobs.

Arguments: connection string, schema, the sandbox's URL, the instance and its token. It tells on stdout when a job
begins (``S number``) and when it has ended (``E number``). Leases are short, so that the test does not take minutes.
"""

import logging
import os
import random
import sys
from functools import partial

import anyio

from greenapi_async import Client, PostgresInbox
from greenapi_async.bots import Router, run
from greenapi_async.outgoing import job_runner
from greenapi_async.processing import idempotency
from greenapi_async.types import JobRun

router = Router()


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


@router.job("work")
async def work(run: JobRun, number: int) -> None:
    tell(f"S {number}")
    await anyio.sleep(random.uniform(0.05, 0.3))
    await run.client.send_message("79001234567@c.us", f"job {number}", once=run.key)
    tell(f"E {number}")


async def main(dsn: str, schema: str, url: str, id_instance: str, token: str) -> None:
    setattr(job_runner, "LEASE", 3.0)  # noqa: B010  a constant
    setattr(job_runner, "SHARED_SLEEP", 0.3)  # noqa: B010  a constant
    setattr(idempotency, "SEARCH_DELAYS", (0.05, 0.1))  # noqa: B010  a constant
    inbox = PostgresInbox(dsn, schema=schema, lease=3)
    async with Client(id_instance, token, url, url, rate_limiter=None) as client:
        await run(router, clients=client, inbox=inbox, polling=False, concurrency=5, retry_initial=0.1)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    anyio.run(partial(main, *sys.argv[1:]))
