"""Jobs in an inbox that several processes share: each is run by one of them, also if another is killed."""

import secrets
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import anyio
import pytest

from greenapi_async import Client, Jobs, PostgresInbox
from greenapi_async.bots import Router, lifespan
from greenapi_async.outgoing import job_runner
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from greenapi_async.types import JobRun
from tests.output_lines import Lines
from tests.postgres_server import PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]

ANNA = "79001234567@c.us"
SERVER = "http://127.0.0.1:9"
WORKER = Path(__file__).with_name("shared_worker.py")


@pytest.fixture
def schema() -> str:
    return f"jobs_{secrets.token_hex(4)}"


async def test_two_runs_share_the_jobs(postgres_dsn: str, schema: str) -> None:
    runs: Counter[int] = Counter()
    by_run, count = Counter[int](), 60
    everything = anyio.Event()

    def new_router(life: int) -> Router:
        router = Router()

        @router.job("work")
        async def work(run: JobRun, number: int) -> None:
            runs[number] += 1
            by_run[life] += 1
            await anyio.sleep(0.05)
            if runs.total() == count:
                everything.set()

        return router

    async with (
        PostgresInbox(postgres_dsn, schema=schema) as first,
        PostgresInbox(postgres_dsn, schema=schema) as second,
        Client(1101000001, "token", SERVER, SERVER) as client,
        Client(1101000001, "token", SERVER, SERVER) as other,
    ):
        jobs = Jobs(first)
        for number in range(count):
            await jobs.add("work", {"number": number}, instance=None, delay=0)
        with anyio.fail_after(60):
            async with (
                lifespan(new_router(1), clients=client, inbox=first, polling=False, concurrency=3),
                lifespan(new_router(2), clients=other, inbox=second, polling=False, concurrency=3),
            ):
                await everything.wait()
        assert await jobs.list() == []
    assert set(runs.values()) == {1}
    assert len(runs) == count
    assert min(by_run.values()) > 5


async def test_a_job_ends_before_another_process_may_run_it_if_the_database_is_away(
    schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_runner, "LEASE", 2.0)
    monkeypatch.setattr(job_runner, "SHARED_SLEEP", 0.2)
    router, began, ended, again = Router(), anyio.Event(), anyio.Event(), anyio.Event()

    @router.job("work")
    async def work(run: JobRun) -> None:
        if run.attempt > 1:
            again.set()
            return
        began.set()
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    with PostgresServer() as server:
        async with (
            PostgresInbox(server.dsn, schema=schema) as inbox,
            Client(1101000001, "token", SERVER, SERVER) as client,
            lifespan(router, clients=client, inbox=inbox, polling=False),
        ):
            with anyio.fail_after(60):
                await Jobs(inbox).add("work", {}, instance=None, delay=0)
                await began.wait()
            server.stop()
            with anyio.fail_after(20):
                await ended.wait()
            server.start()
            with anyio.fail_after(60):
                await again.wait()


async def test_a_job_that_is_cancelled_while_it_runs_finishes_after_the_time_of_its_lease(
    postgres_dsn: str, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_runner, "LEASE", 6.0)
    monkeypatch.setattr(job_runner, "SHARED_SLEEP", 0.2)
    router, began, ended = Router(), anyio.Event(), anyio.Event()

    @router.job("work")
    async def work() -> None:
        began.set()
        await anyio.sleep(8)
        ended.set()

    async with (
        PostgresInbox(postgres_dsn, schema=schema) as inbox,
        Client(1101000001, "token", SERVER, SERVER) as client,
        lifespan(router, clients=client, inbox=inbox, polling=False),
    ):
        with anyio.fail_after(60):
            job = await work.later(0)
            await began.wait()
            assert await work.cancel(job)
            await ended.wait()


@pytest.mark.timeout(300)
async def test_a_process_that_is_killed_leaves_its_jobs_to_the_others_and_each_message_is_sent_once(
    postgres_dsn: str, schema: str, tmp_path: Path
) -> None:
    count = 120
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    instance.settings["delaySendMessagesMilliseconds"] = 1
    async with PostgresInbox(postgres_dsn, schema=schema) as inbox:
        jobs = Jobs(inbox)
        for number in range(count):
            await jobs.add("work", {"number": number}, instance=instance.id_instance, delay=10 + number * 0.3)
        with SandboxServer(sandbox) as server, ExitStack() as stack:
            errors = stack.enter_context((tmp_path / "stderr").open("wb"))
            arguments = [postgres_dsn, schema, server.url, instance.id_instance, instance.token]
            command = [sys.executable, str(WORKER), *map(str, arguments)]

            def start() -> "tuple[subprocess.Popen[bytes], Lines]":
                process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
                stack.enter_context(process)
                stack.callback(process.kill)
                return process, Lines(process.stdout)

            kills = 0
            victim, lines = start()
            survivor, _ = start()
            while (line := await anyio.to_thread.run_sync(lines.next_within, 20.0)) is not None:
                if line.startswith("S") and kills < 3:  # the job is in progress
                    victim.kill()
                    victim, lines = start()
                    kills += 1
            with anyio.fail_after(150):
                while await jobs.list():  # noqa: ASYNC110  other processes do it
                    await anyio.sleep(0.1)
            survivor.kill()
            sent = server.call(partial(texts, instance))
    assert (tmp_path / "stderr").read_text() == ""
    assert sorted(sent) == sorted(f"job {number}" for number in range(count))
    assert kills == 3


def texts(instance: Instance) -> list[str]:
    instance.timeline.settle()
    return [*(each.text for each in instance.chat(ANNA)), *(each.message.text for each in instance.outbox)]
