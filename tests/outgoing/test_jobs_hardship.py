"""Jobs under hardship: clocks that are set, cancelled and interrupted runs, records that cannot be read, many jobs."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from greenapi_async import Client, ConnectionFailedError, InvalidArgumentError, Jobs, MemoryInbox
from greenapi_async.bots import Router, lifespan
from greenapi_async.inbox.base import Inbox
from greenapi_async.inbox.records import Change, DeleteRecord, PutRecord, Record
from greenapi_async.outgoing.job import JOBS, StoredJob
from greenapi_async.outgoing.job_runner import MARKS
from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from greenapi_async.types import JobRun
from tests.backends import ON_ASYNCIO

from .conftest import ANNA, START, Clock, Events, bot, sent

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@asynccontextmanager
async def running_bot(
    client: Client, inbox: Inbox, router: Router, events: Events | None = None, **options: float
) -> AsyncGenerator[None]:
    async with lifespan(router, clients=client, inbox=inbox, telemetry=events, polling=False, **options):  # type: ignore[arg-type]  # of the test
        await anyio.sleep(1)
        yield


async def test_a_clock_that_is_set_uses_no_date_twice_and_loses_none(
    client: Client, instance: Instance, inbox: Inbox, clock: Clock
) -> None:
    events = Events()
    async with bot(client, inbox, events):
        await client.send_later(ANNA, "hourly", every=HOUR, at=START + HOUR)
        await client.send_later(ANNA, "once", at=START + 5 * HOUR)
        await anyio.sleep(2.5 * 3600)
        clock.ahead -= 2 * 3600
        await anyio.sleep(2 * 3600)
        assert len(sent(instance)) == 2
        clock.ahead += 6 * 3600
        await anyio.sleep(120)
    assert [text for text, _ in sent(instance)].count("once") == 1
    done = [event.first for event in events.all if event.outcome == "done" and event.job.every is not None]
    missed = [event for event in events.all if event.outcome == "missed"]
    assert [(date - START) // HOUR for date in done] == [1, 2, 8]
    assert [(event.first - START) // HOUR for event in missed] == [3]
    assert [event.dates for event in missed] == [5]


@pytest.mark.parametrize("is_scheduled_late", [True, False])
async def test_a_job_for_a_date_in_the_past_survives_an_outage(
    client: Client, any_inbox: Inbox, clock: Clock, *, is_scheduled_late: bool
) -> None:
    router, events = Router(), Events()

    @router.job("work")
    async def work() -> None:
        if clock.now() < START + timedelta(days=2, hours=2):
            raise ConnectionFailedError("the network is down")

    jobs = work.with_options(jobs=Jobs(any_inbox), misfire=HOUR * 24 if is_scheduled_late else None)
    if not is_scheduled_late:
        await jobs.later(1)  # no process is up for two days, and it may be late for any time
    clock.ahead += 2 * 24 * 3600
    if is_scheduled_late:
        await jobs.at(START)
    async with running_bot(client, any_inbox, router, events):
        await anyio.sleep(4 * 3600)
        assert {*events.outcomes[:-1]} == {"retrying"}
        assert events.outcomes[-1] == "done"
        assert len(events.outcomes) > 5


async def test_a_job_for_a_date_in_the_past_waits_for_a_process_with_its_function(
    client: Client, any_inbox: Inbox, clock: Clock
) -> None:
    router, runs = Router(), list[int]()

    @router.job("work")
    async def work() -> None:
        runs.append(1)

    async with running_bot(client, any_inbox, Router()):
        await work.with_options(jobs=Jobs(any_inbox)).at(clock.now() - 48 * HOUR)
        await anyio.sleep(300)
    async with running_bot(client, any_inbox, router):
        await anyio.sleep(600)
    assert runs == [1]


async def test_a_job_that_is_cancelled_while_it_runs_finishes_and_is_gone(client: Client, any_inbox: Inbox) -> None:
    router, ended = Router(), list[int]()

    @router.job("slow")
    async def slow() -> None:
        await anyio.sleep(600)
        ended.append(1)

    async with running_bot(client, any_inbox, router):
        job = await slow.every(700)
        await anyio.sleep(900)
        assert await slow.cancel(job)
        await anyio.sleep(3000)
        assert await slow.list() == []
    assert ended == [1]


async def test_a_job_that_is_running_is_not_retried_beside_itself(client: Client, any_inbox: Inbox) -> None:
    router, runs = Router(), list[str]()

    @router.job("work")
    async def work() -> None:
        runs.append("begins")
        await anyio.sleep(300)
        runs.append("ends")

    async with running_bot(client, any_inbox, router):
        job = await work.every(HOUR)
        await anyio.sleep(HOUR.total_seconds() + 60)
        with pytest.raises(InvalidArgumentError, match="running at the moment"):
            await client.jobs.retry(job)
        await anyio.sleep(600)
        assert await client.jobs.retry(job), "now it waits for its next date"
        await anyio.sleep(600)
    assert runs == ["begins", "ends"] * 2


async def test_a_job_that_is_due_and_not_running_can_be_retried(client: Client, any_inbox: Inbox, clock: Clock) -> None:
    router, runs = Router(), list[int]()

    @router.job("work")
    async def work() -> None:
        runs.append(1)

    job = await work.with_options(jobs=Jobs(any_inbox), misfire=60).later(1)
    await anyio.sleep(3600)
    assert await Jobs(any_inbox).retry(job)
    assert not await Jobs(any_inbox).retry("0/work/another")
    async with running_bot(client, any_inbox, router):
        await anyio.sleep(100)
    assert runs == [1]


async def test_a_job_that_takes_longer_than_its_interval_never_runs_twice_at_once(client: Client, inbox: Inbox) -> None:
    router, active, most = Router(), list[int](), list[int]()
    events = Events()

    @router.job("slow")
    async def slow() -> None:
        active.append(1)
        most.append(len(active))
        await anyio.sleep(200)
        active.pop()

    async with running_bot(client, inbox, router, events):
        await slow.every(60)
        await anyio.sleep(3600)
    assert set(most) == {1}
    assert len(most) == pytest.approx(3600 / 200, abs=2)
    assert sum(event.dates for event in events.all if event.outcome == "missed") == pytest.approx(40, abs=5)


async def test_a_job_that_a_shutdown_interrupts_runs_again_and_that_is_no_attempt(
    client: Client, any_inbox: Inbox
) -> None:
    router, attempts, ended = Router(), list[int](), list[str]()

    @router.job("slow")
    async def slow(run: JobRun) -> None:
        attempts.append(run.attempt)
        await anyio.sleep(600 if len(attempts) < 3 else 1)
        ended.append(run.key)

    for _ in range(3):
        async with running_bot(client, any_inbox, router, drain=1):
            if not attempts:
                await slow.later(1)
            await anyio.sleep(200)
    assert attempts == [1, 1, 1]
    assert len(ended) == 1
    assert await Jobs(any_inbox).list() == []


async def test_a_job_that_a_shutdown_lets_finish_is_done(client: Client, inbox: Inbox) -> None:
    router, ended = Router(), list[int]()

    @router.job("slow")
    async def slow() -> None:
        await anyio.sleep(30)
        ended.append(1)

    async with running_bot(client, inbox, router, drain=100):
        await slow.later(1)
        await anyio.sleep(5)
    assert ended == [1]
    assert await Jobs(inbox).list() == []


@pytest.mark.parametrize("error", [LookupError(), asyncio.CancelledError(), SystemExit(1), GeneratorExit()])
async def test_whatever_a_job_raises_is_a_failed_attempt(client: Client, inbox: Inbox, error: BaseException) -> None:
    router, events = Router(), Events()

    @router.job("fail")
    async def fail() -> None:
        raise error

    async with running_bot(client, inbox, router, events, attempts=2):
        await fail.later(1)
        await anyio.sleep(60)
        [job] = await fail.list()
    assert (job.status, events.outcomes) == ("failed", ["retrying", "failed"])


async def test_a_job_that_hangs_is_ended_by_the_time_limit_of_handlers(client: Client, inbox: Inbox) -> None:
    router, events = Router(), Events()

    @router.job("hang")
    async def hang() -> None:
        await anyio.sleep_forever()

    async with running_bot(client, inbox, router, events, handler_timeout=300, attempts=1):
        await hang.later(1)
        await anyio.sleep(290)
        assert events.all == []
        await anyio.sleep(20)
        [job] = await hang.list()
    assert "TimeoutError" in (job.failure or "")


@pytest.mark.parametrize("left_behind", [False, True])
async def test_a_process_that_slept_loses_its_job_to_another_and_writes_nothing(
    client: Client, clock: Clock, *, left_behind: bool
) -> None:
    slept = [0.0]
    inbox = MemoryInbox(clock=clock, monotonic=lambda: clock() + slept[0])
    if left_behind:  # the mark of an earlier run
        mark = PutRecord(collection=MARKS, key="0/work/it", value=["earlier", 0, 0])
        assert await inbox.records.apply([mark])
    router, other, runs, events = Router(), Router(), list[str](), Events()

    @router.job("work")
    async def work() -> None:
        runs.append("first begins")
        try:
            await anyio.sleep(300)
            runs.append("first ends")
        except anyio.get_cancelled_exc_class():
            runs.append("first is cancelled")
            raise

    @other.job("work")
    async def work_again(run: JobRun) -> None:
        runs.append(f"second, attempt {run.attempt}")
        await anyio.sleep(60)

    async with running_bot(client, inbox, router):
        await work.with_options(once="it").later(1)
        await anyio.sleep(10)
        slept[0] += 100.0
        async with lifespan(other, clients=other_client(), inbox=inbox, telemetry=events, polling=False):
            await anyio.sleep(600)
        assert await Jobs(inbox).list() == []
    assert runs == ["first begins", "second, attempt 2", "first is cancelled"]
    assert events.outcomes == ["done"]


def other_client() -> Client:
    return Client(1101000002, "token", "http://sandbox", transport=InProcessTransport(create_app(Sandbox())))


async def test_two_runs_of_one_inbox_run_the_jobs_of_their_instances(
    sandbox: Sandbox, client: Client, instance: Instance, any_inbox: Inbox
) -> None:
    second = sandbox.add_instance(1101000002)
    transport = InProcessTransport(create_app(sandbox))
    async with (
        Client(second.id_instance, second.token, "http://sandbox", transport=transport) as other,
        bot(client, any_inbox),
        bot(other, any_inbox),
    ):
        for number in range(5):
            await client.send_later(ANNA, f"first {number}", delay=60, once=f"{number}")
            await other.send_later(ANNA, f"second {number}", delay=60, once=f"{number}")
        assert len(await client.jobs.list()) == 10
        await anyio.sleep(300)
        assert await client.jobs.list() == []
    assert sorted(text for text, _ in sent(instance)) == [f"first {number}" for number in range(5)]
    assert sorted(text for text, _ in sent(second)) == [f"second {number}" for number in range(5)]


@pytest.mark.parametrize("value", [None, 5, {}, {"key": "x"}, "field", "date"])
async def test_a_record_that_cannot_be_read_concerns_itself_only(
    client: Client, instance: Instance, any_inbox: Inbox, clock: Clock, value: Any
) -> None:
    key = f"{instance.id_instance}/send_later/strange"
    good = StoredJob(key=key, name="send_later", arguments={}, instance=1, once="a", date=clock(), misfire=None)
    stored: dict[str, Any] = {name: getattr(good, name) for name in StoredJob.__slots__ if name != "__weakref__"}  # type: ignore[attr-defined]  # of attrs
    if value == "field":
        value = {**stored, "of a later version": 1}
    elif value == "date":
        value = {**stored, "date": 1e300}
    change = PutRecord(collection=JOBS, key=key, value=value, due=START)
    assert await any_inbox.records.apply([change])  # type: ignore[attr-defined]  # both have it
    async with bot(client, any_inbox):
        await client.send_later(ANNA, "hello", delay=10)
        await anyio.sleep(300)
        [job] = await client.jobs.list()
        assert (job.id, job.status) == (key, "failed")
        assert "cannot be read" in (job.failure or "")
        assert await client.jobs.cancel(job)
        assert await client.jobs.list() == []
    assert [text for text, _ in sent(instance)] == ["hello"]


@pytest.mark.parametrize("count", [60, 200])
async def test_jobs_that_another_process_runs_hold_up_no_others(
    client: Client, instance: Instance, inbox: MemoryInbox, count: int
) -> None:
    for number in range(count):
        await client.send_later(ANNA, f"{number}", delay=number / 1000, jobs=Jobs(inbox))
    await anyio.sleep(10)
    assert len(await inbox.records.claim(JOBS, lease=7200, limit=count)) == count
    await client.send_later(ANNA, "mine", delay=0, jobs=Jobs(inbox))
    async with bot(client, inbox):
        await anyio.sleep(30)
    assert [text for text, _ in sent(instance)] == ["mine"]


async def test_a_job_that_cannot_be_read_runs_when_it_is_scheduled_anew(
    client: Client, instance: Instance, any_inbox: Inbox
) -> None:
    key = f"{instance.id_instance}/send_later/daily"
    change = PutRecord(collection=JOBS, key=key, value={"of": "a later version"}, due=START)
    assert await any_inbox.records.apply([change])  # type: ignore[attr-defined]  # both have it
    async with bot(client, any_inbox):
        await anyio.sleep(100)
        await client.send_later(ANNA, "hello", delay=10, once="daily")
        await anyio.sleep(300)
        assert await client.jobs.list() == []
    assert [text for text, _ in sent(instance)] == ["hello"]


async def test_two_processes_that_schedule_the_same_at_once_run_it_once(client: Client, clock: Clock) -> None:
    inbox, router, runs = MemoryInbox(clock=clock), Router(), list[int]()
    get, delays = inbox.records.get, [20.0]

    async def slowly(collection: str, key: str) -> Record | None:
        found = await get(collection, key)
        if delays and collection == JOBS:
            await anyio.sleep(delays.pop())
        return found

    @router.job("work")
    async def work() -> None:
        runs.append(1)
        await anyio.sleep(60)

    async with running_bot(client, inbox, router), anyio.create_task_group() as tasks:
        inbox.records.get = slowly  # type: ignore[method-assign]  # what a slow network does
        at_start = work.with_options(once="start")
        for _ in range(2):
            tasks.start_soon(at_start.at, START)
            await anyio.sleep(1)
        await anyio.sleep(300)
        assert await work.list() == []
    assert runs == [1]


async def test_a_job_whose_lease_ended_before_its_start_is_left_to_the_other_process(
    client: Client, clock: Clock
) -> None:
    """The database answers so slowly that the lease of the second job ends before its turn comes."""
    inbox, router, runs = MemoryInbox(clock=clock), Router(), list[str]()
    apply, delays = inbox.records.apply, [100.0]

    async def slowly(changes: Sequence[Change], **options: Any) -> bool:
        if delays and changes[0].collection == MARKS:
            await anyio.sleep(delays.pop())
        return await apply(changes, **options)

    @router.job("work")
    async def work(number: int) -> None:
        runs.append(f"first, {number}")

    for number in range(2):
        await work.with_options(jobs=Jobs(inbox)).later(0, number)
    inbox.records.apply = slowly  # type: ignore[method-assign]  # what a slow network does
    async with running_bot(client, inbox, router):
        await anyio.sleep(70)
        for record in await inbox.records.claim(JOBS, lease=60, limit=2):  # the other process
            assert await apply([DeleteRecord(collection=JOBS, key=record.key, version=record.version)])
        await anyio.sleep(600)
    assert runs == []


@pytest.mark.slow
@pytest.mark.timeout(400)
@ON_ASYNCIO
async def test_a_hundred_thousand_jobs_delay_nothing(client: Client, clock: Clock) -> None:
    inbox = MemoryInbox(clock=clock)
    router, runs = Router(), list[int]()

    @router.job("work")
    async def work(number: int) -> None:
        runs.append(number)

    count, due_at_once = 100_000, 500
    async with inbox:
        for first in range(0, count, 1000):
            changes: list[Change] = []
            for number in range(first, first + 1000):
                date = clock() + (0 if number < due_at_once else 86_400 * 30 + number)
                key, arguments = f"0/work/{number}", {"number": number}
                job = StoredJob(
                    key=key, name="work", arguments=arguments, instance=None, once=key, date=date, misfire=None
                )
                changes.append(job.record(None, job.when, job.when))
            assert await inbox.records.apply(changes)
        began = time.perf_counter()
        async with running_bot(client, inbox, router):
            while len(runs) < due_at_once:  # noqa: ASYNC110  simple
                await anyio.sleep(1)
            took = time.perf_counter() - began
            before = time.perf_counter()
            await work.later(0, number=-1)
            while runs[-1] != -1:  # noqa: ASYNC110  simple
                await anyio.sleep(0.001)
            alone = time.perf_counter() - before
            before = time.perf_counter()
            assert len(await work.list()) == count - due_at_once
            listed = time.perf_counter() - before
    assert sorted(runs[:-1]) == list(range(due_at_once))
    sys.stdout.write(
        f"{due_at_once / took:.0f} jobs/s, one more among {count}: {alone * 1000:.0f} ms, list {listed:.1f} s\n"
    )
    assert took < 120
    assert alone < 5


FATAL = """
import os, sys, anyio
from datetime import timedelta
from greenapi_async import Client, Jobs, SQLiteInbox
from greenapi_async.bots import Router, lifespan
from tests.backends import ON_ASYNCIO

router = Router()

@router.job("fatal")
async def fatal():
    os._exit(7)

async def main():
    async with (
        SQLiteInbox(sys.argv[1]) as inbox,
        Client(1101000001, "token", "http://127.0.0.1:9") as client,
        lifespan(router, clients=client, inbox=inbox, polling=False, retry_initial=0.01, retry_max=0.01),
    ):
        if sys.argv[2] == "1":
            await fatal.later(0)
        while (await fatal.list())[0].status != "failed":
            await anyio.sleep(0.02)
        print((await fatal.list())[0].failure)

anyio.run(main)
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_job_that_ends_the_process_is_kept_as_failed_after_its_last_attempt(tmp_path: Path) -> None:
    results: list[subprocess.CompletedProcess[str]] = []
    while not results or results[-1].returncode:
        command = [sys.executable, "-c", FATAL, str(tmp_path / "bot.db"), str(len(results) + 1)]
        results.append(subprocess.run(command, capture_output=True, text=True, timeout=60, check=False))
        assert len(results) < 10, results[-1].stderr
    assert [result.returncode for result in results] == [7, 7, 7, 7, 7, 0]
    assert "the process ended" in results[-1].stdout
