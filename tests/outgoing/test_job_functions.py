"""Functions of a router as jobs: typed arguments, injection, failures, changed functions."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import anyio
import attrs
import pytest

from greenapi_async import Client, IncomingMessageReceived, InvalidArgumentError, Jobs
from greenapi_async.bots import Router, lifespan
from greenapi_async.inbox.base import Inbox
from greenapi_async.sandbox import Instance
from greenapi_async.types import JobRun

from .conftest import ANNA, START, Clock, Events, sent

pytestmark = pytest.mark.anyio


@attrs.frozen
class Order:
    number: int
    due: date


class Database:
    def __init__(self) -> None:
        self.rows: list[object] = []


@asynccontextmanager
async def running_bot(
    client: Client, inbox: Inbox, router: Router, events: Events | None = None
) -> AsyncGenerator[None]:
    async with lifespan(router, clients=client, inbox=inbox, telemetry=events, polling=False):
        await anyio.sleep(1)
        yield


async def test_a_function_runs_with_its_arguments(client: Client, any_inbox: Inbox) -> None:
    router, runs = Router(), list[object]()

    @router.job("deliver")
    async def deliver(client: Client, order: Order, *, note: str = "", when: datetime | None = None) -> None:
        runs.append((client.id_instance, order, note, when))

    order = Order(5, date(2027, 4, 1))
    async with running_bot(client, any_inbox, router):
        first = await deliver.at(START + timedelta(minutes=1), order)
        await deliver.later(120, order=order, note="fragile", when=START)
        assert [job.name for job in await deliver.list()] == ["deliver", "deliver"]
        assert first.arguments == {"order": {"number": 5, "due": "2027-04-01"}}
        await anyio.sleep(300)
        assert await deliver.list() == []
    assert runs == [(client.id_instance, order, "", None), (client.id_instance, order, "fragile", START)]


async def test_a_function_is_repeated_until_it_is_cancelled(client: Client, inbox: Inbox) -> None:
    router, runs = Router(), list[datetime]()

    @router.job("count")
    async def count(run: JobRun) -> None:
        runs.append(run.scheduled)

    async with running_bot(client, inbox, router):
        job = await count.with_options(zone="Europe/Berlin").every("*/10 * * * *")
        await anyio.sleep(3600)
        assert await count.cancel(job)
        await anyio.sleep(3600)
    assert [(at - START) // timedelta(minutes=1) for at in runs] == [10, 20, 30, 40, 50, 60]


async def test_what_a_job_sends_under_its_key_is_sent_once_although_it_is_repeated(
    client: Client, instance: Instance, any_inbox: Inbox
) -> None:
    router, attempts, events = Router(), list[int](), Events()

    @router.job("remind")
    async def remind(run: JobRun, chat_id: str) -> None:
        attempts.append(run.attempt)
        await run.client.send_message(chat_id, "tomorrow", once=run.key)
        if run.attempt < 3:
            raise LookupError("later")

    async with running_bot(client, any_inbox, router, events):
        await remind.later(1, ANNA)
        await anyio.sleep(600)
    assert attempts == [1, 2, 3]
    assert events.outcomes == ["retrying", "retrying", "done"]
    assert [text for text, _ in sent(instance)] == ["tomorrow"]


async def test_a_repeated_function_that_fails_continues_with_its_next_date(client: Client, inbox: Inbox) -> None:
    router, events = Router(), Events()

    @router.job("fail")
    async def fail() -> None:
        raise LookupError("always")

    async with running_bot(client, inbox, router, events):
        await fail.every(3600)
        await anyio.sleep(2.5 * 3600)
        [job] = await fail.list()
    assert (job.status, job.failed_runs) == ("waiting", 2)
    assert "LookupError: always" in (job.failure or "")
    assert events.outcomes.count("failed") == 2


async def test_a_handler_that_runs_again_schedules_nothing_twice(
    client: Client, instance: Instance, any_inbox: Inbox
) -> None:
    router, runs, attempts = Router(), list[int](), list[int]()

    @router.job("remind")
    async def remind(run: JobRun, number: int) -> None:
        runs.append(number)
        assert run.client.id_instance == instance.id_instance

    @router.message()
    async def order(notification: IncomingMessageReceived) -> None:
        await remind.later(600, 1)
        await remind.later(700, 2)
        await client.send_later(ANNA, "later", delay=600)
        attempts.append(1)
        if len(attempts) < 3:
            raise LookupError("again")

    async with lifespan(router, clients=client, inbox=any_inbox):
        await anyio.sleep(1)
        instance.contact_writes(ANNA, "hello")
        await anyio.sleep(1500)
    assert len(attempts) == 3
    assert runs == [1, 2]
    assert [text for text, _ in sent(instance)] == ["later"]


async def test_a_job_that_runs_again_schedules_nothing_twice(
    client: Client, instance: Instance, any_inbox: Inbox
) -> None:
    router, attempts = Router(), list[int]()

    @router.job("remind")
    async def remind(run: JobRun) -> None:
        attempts.append(run.attempt)
        await follow.later(30, "soon")
        if run.attempt != 2:
            await follow.later(3600, "first only" if run.attempt == 1 else "late")
        await run.client.send_later(ANNA, "later", delay=600)  # type: ignore[attr-defined]  # a Client has it
        if run.attempt < 3:
            await anyio.sleep(60)  # the first one runs meanwhile
            raise LookupError("again")

    @router.job("follow")
    async def follow(run: JobRun, text: str) -> None:
        await run.client.send_message(ANNA, text, once=run.key)

    async with running_bot(client, any_inbox, router):
        await remind.every(2 * 3600)
        await anyio.sleep(5.5 * 3600)
        await remind.cancel((await remind.list())[0])
    assert attempts == [1, 2, 3] * 2
    assert [text for text, _ in sent(instance)] == ["soon", "later", "first only", "late"] * 2


async def test_jobs_under_one_key_for_different_occasions_send_under_different_keys(
    client: Client, instance: Instance, any_inbox: Inbox, clock: Clock
) -> None:
    router, attempts = Router(), list[str]()

    @router.job("remind")
    async def remind(run: JobRun, text: str) -> None:
        await run.client.send_message(ANNA, text, once=run.key)

    @router.message()
    async def book(notification: IncomingMessageReceived) -> None:
        text = notification.text or ""
        await remind.with_options(once=ANNA).later(60, text)
        attempts.append(text)
        if attempts.count("fails") == 1:
            await anyio.sleep(300)  # the job runs meanwhile
            raise LookupError("again")

    async with lifespan(router, clients=client, inbox=any_inbox):
        await anyio.sleep(1)
        for text in ("Monday", "Tuesday", "fails", "Tuesday"):
            instance.contact_writes(ANNA, text)
            await anyio.sleep(1500)
        outside = remind.with_options(once=ANNA, client=client)
        dates = [START + timedelta(hours=hours) for hours in (3, 3, 4)]
        for date in dates:
            await outside.at(date, "noon")
            await anyio.sleep(max((date - clock.now()).total_seconds(), 0) + 600)
        assert await remind.list() == []
    assert attempts == ["Monday", "Tuesday", "fails", "fails", "Tuesday"]
    assert [text for text, _ in sent(instance)] == ["Monday", "Tuesday", "fails", "Tuesday", "noon", "noon"]


async def test_parameters_of_provided_types_are_injected(client: Client, inbox: Inbox) -> None:
    closed: list[str] = []

    @asynccontextmanager
    async def database(client: Client) -> AsyncGenerator[Database]:
        yield Database()
        closed.append(f"closed for {client.id_instance}")

    outer, inner = Router(provide={Database: database}), Router()
    outer.include(inner)

    @inner.job("store")
    async def store(number: int, db: Database | None = None, *, other: Database) -> None:
        assert db is None
        other.rows.append(number)
        closed.append(f"stored {other.rows}")

    async with running_bot(client, inbox, outer):
        await store.later(1, number=5)  # type: ignore[call-arg]  # what is injected has no default here
        await anyio.sleep(10)
    assert closed == ["stored [5]", f"closed for {client.id_instance}"]


async def test_options_that_are_chosen_before_the_start_know_what_is_injected(client: Client, inbox: Inbox) -> None:
    router, rows = Router(provide={Database: Database}), list[object]()

    @router.job("store")
    async def store(db: Database, number: int) -> None:
        rows.append((type(db), number))

    once = store.with_options(once="5")
    async with running_bot(client, inbox, router):
        await once.later(1, number=5)  # type: ignore[call-arg]  # what is injected has no default here
        await anyio.sleep(10)
    assert rows == [(Database, 5)]


async def test_a_job_with_injected_parameters_is_scheduled_without_a_bot(client: Client, inbox: Inbox) -> None:
    outer, inner, rows = Router(provide={Database: Database}), Router(), list[object]()
    outer.include(inner)

    @inner.job("store")
    async def store(db: Database, number: int) -> None:
        rows.append((type(db), number))

    elsewhere = store.with_options(jobs=Jobs(inbox))
    with pytest.raises(InvalidArgumentError, match="needs the argument number: int"):
        await elsewhere.later(1)  # type: ignore[call-arg]  # that is the mistake
    await elsewhere.later(1, number=5)  # type: ignore[call-arg]  # what is injected has no default here
    async with running_bot(client, inbox, outer):
        await anyio.sleep(10)
    assert rows == [(Database, 5)]


async def test_what_only_the_run_injects_cannot_be_scheduled_without_it_and_the_error_says_so(inbox: Inbox) -> None:
    router = Router()

    @router.job("store")
    async def store(db: Database, number: int) -> None: ...

    with pytest.raises(
        InvalidArgumentError, match=r"db: Database; what run\(provide=...\) injects is known only while"
    ):
        await store.with_options(jobs=Jobs(inbox)).later(1, number=5)  # type: ignore[call-arg]  # that is the mistake


async def test_a_sync_function_runs(client: Client, inbox: Inbox) -> None:
    router, runs = Router(), list[int]()

    @router.job("sync")
    def sync(number: int) -> None:
        runs.append(number)

    sync(1)
    async with running_bot(client, inbox, router):
        await sync.later(1, 2)
        await anyio.sleep(60)
    assert runs == [1, 2]


async def test_a_function_that_is_gone_leaves_its_jobs_to_other_processes_until_they_are_too_old(
    client: Client, any_inbox: Inbox
) -> None:
    old, runs, events = Router(), list[int](), Events()

    @old.job("gone")
    async def gone(number: int) -> None:
        runs.append(number)

    async with running_bot(client, any_inbox, old):
        await gone.with_options(misfire=3600).later(60, 1)
        await gone.with_options(misfire=36_000).later(60, 2)
    async with running_bot(client, any_inbox, Router(), events):
        await anyio.sleep(2 * 3600)
        waiting, missed = await client.jobs.list()
        assert (waiting.status, waiting.attempts, missed.status) == ("waiting", 0, "missed")
    assert events.outcomes == ["missed"]
    async with running_bot(client, any_inbox, old):
        await anyio.sleep(900)
    assert runs == [2]


async def test_a_function_that_is_gone_after_a_failed_attempt_is_missed_too(client: Client, inbox: Inbox) -> None:
    old, events = Router(), Events()

    @old.job("gone")
    async def gone() -> None:
        raise LookupError("not yet")

    async with running_bot(client, inbox, old):
        await gone.with_options(misfire=3600).later(1)
        await anyio.sleep(1.5)
    async with running_bot(client, inbox, Router(), events):
        await anyio.sleep(2 * 3600)
        [job] = await client.jobs.list()
        assert (job.status, job.attempts > 0) == ("missed", True)
    assert events.outcomes == ["missed"]


async def test_arguments_that_do_not_fit_any_more_are_a_failure_that_says_so(client: Client, inbox: Inbox) -> None:
    first, second = Router(), Router()

    @first.job("pay")
    async def pay_before(amount: str, currency: str = "EUR") -> None: ...

    @second.job("pay")
    async def pay_after(amount: int) -> None: ...

    async with running_bot(client, inbox, first):
        await pay_before.later(60, "much")
        await pay_before.later(60, "5", currency="USD")
    async with running_bot(client, inbox, second):
        await anyio.sleep(3600)
        failures = sorted(job.failure or "" for job in await pay_after.list())
    assert "has no parameter currency any more" in failures[0] + failures[1]
    assert "amount='much', which does not fit int any more" in failures[0] + failures[1]


async def test_a_startup_hook_schedules_a_repetition_once(client: Client, inbox: Inbox) -> None:
    router, runs = Router(), list[datetime]()

    @router.job("morning")
    async def morning(run: JobRun) -> None:
        runs.append(run.scheduled)

    @router.on_start
    async def schedule() -> None:
        await morning.with_options(zone="Europe/Berlin", once="morning").every("0 9 * * *")

    for _ in range(2):
        async with running_bot(client, inbox, router):
            await anyio.sleep(36 * 3600)
    assert len(await Jobs(inbox).list()) == 1
    assert [scheduled.astimezone(UTC).hour for scheduled in runs] == [8, 7, 7]  # clocks are changed on the second day


async def test_what_cannot_be_scheduled_is_refused(client: Client, inbox: Inbox) -> None:
    router = Router()

    @router.job("typed")
    async def typed(client: Client, number: int, order: Order | None = None) -> None: ...

    with pytest.raises(RuntimeError, match=r"no bot with the job 'typed' is running.*@router\.on_start"):
        await typed.later(1, 5)
    stored = typed.with_options(jobs=Jobs(inbox))
    for arguments, named, problem in (
        ((), {}, "needs the argument number: int"),
        ((1, None, 3), {}, "takes 2 arguments"),
        ((1,), {"number": 2}, "'number' twice"),
        ((1,), {"colour": 2}, "which it does not have"),
        (("many",), {}, "cannot be stored as int"),
        ((1, object()), {}, "cannot be stored as"),
        ((1, 5), {}, "cannot be stored as"),
    ):
        with pytest.raises(InvalidArgumentError, match=problem):
            await stored.later(1, *arguments, **named)  # type: ignore[arg-type]  # that is the mistake
    with pytest.raises(InvalidArgumentError, match="no time zone"):
        await stored.at(datetime(2027, 5, 1), 1)  # noqa: DTZ001  that is the mistake
    assert await Jobs(inbox).list() == []


def test_names_and_functions_that_cannot_be_jobs_are_refused() -> None:
    router = Router()
    for name in ("", "a/b", "x" * 101, "send_later"):
        with pytest.raises(InvalidArgumentError, match="expects a name"):
            router.job(name)(lambda: None)
    with pytest.raises(InvalidArgumentError, match="no single name"):
        router.job("many")(print)
    router.job("one")(lambda: None)
    other = Router()
    other.job("one")(lambda: None)
    router.include(other)
    with pytest.raises(InvalidArgumentError, match="two jobs with the name 'one'"):
        router.job_functions()


async def test_a_job_without_instance_needs_the_only_client(client: Client) -> None:
    run = JobRun(
        id="0/a/b",
        name="a",
        scheduled=datetime.now(UTC),
        attempt=1,
        key="b",
        arguments={},
        id_instance=None,
        clients=[],
    )
    with pytest.raises(InvalidArgumentError, match="belongs to no instance"):
        _ = run.client
    assert attrs.evolve(run, clients=[client]).client is client
