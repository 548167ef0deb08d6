"""``client.send_later``, and what is seen of jobs: sent once, at the time, across restarts."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import pytest

from greenapi_async import Client, InvalidArgumentError, Jobs
from greenapi_async.inbox.base import Inbox
from greenapi_async.sandbox import Fault, Instance

from .conftest import ANNA, START, Clock, Events, bot, sent

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


async def test_a_message_is_sent_at_the_time_and_then_forgotten(
    client: Client, instance: Instance, inbox: Inbox
) -> None:
    async with bot(client, inbox):
        job = await client.send_later(ANNA, "later", at=START + HOUR)
        assert (job.status, job.next_run, job.chat_id, job.id_instance) == ("waiting", START + HOUR, ANNA, 1101000001)
        assert await client.jobs.list() == [job]
        await anyio.sleep(3590)
        assert sent(instance) == []
        await anyio.sleep(20)
        [(text, at)] = sent(instance)
        assert text == "later"
        assert START + HOUR <= at < START + HOUR + SECOND
        assert await client.jobs.list() == []
        assert await client.jobs.get(job.id) is None
        await anyio.sleep(86_400)
    assert len(sent(instance)) == 1


async def test_a_date_in_the_past_means_now_however_long_ago_it_is(
    client: Client, instance: Instance, any_inbox: Inbox
) -> None:
    async with bot(client, any_inbox):
        job = await client.send_later(ANNA, "late", at=START - 300 * HOUR)
        assert job.next_run is not None
        assert job.next_run >= START
        await anyio.sleep(60)
    assert [text for text, _ in sent(instance)] == ["late"]


@pytest.mark.parametrize("every", [HOUR, "30 * * * *"])
async def test_a_repetition_that_begins_in_the_past_makes_up_for_no_date(
    client: Client, instance: Instance, inbox: Inbox, every: timedelta | str
) -> None:
    events, zone = Events(), "UTC" if isinstance(every, str) else None
    async with bot(client, inbox, events):
        await client.send_later(ANNA, "hourly", every=every, zone=zone, at=START - 300.5 * HOUR)
        await anyio.sleep(7200)
    assert [round((at - START) / HOUR, 2) for _, at in sent(instance)] == [0.5, 1.5]
    assert events.outcomes == ["done", "done"]


async def test_a_message_is_sent_after_a_delay(client: Client, instance: Instance, inbox: Inbox, clock: Clock) -> None:
    async with bot(client, inbox):
        begun = clock.now()
        for delay in (timedelta(minutes=2), 60):
            await client.send_later(ANNA, f"after {delay}", delay=delay)
        await anyio.sleep(200)
    assert [(text, round((at - begun).total_seconds())) for text, at in sent(instance)] == [
        ("after 60", 60),
        ("after 0:02:00", 120),
    ]


async def test_a_cancelled_message_is_not_sent(client: Client, instance: Instance, any_inbox: Inbox) -> None:
    async with bot(client, any_inbox):
        first = await client.send_later(ANNA, "first", delay=60)
        second = await client.send_later(ANNA, "second", delay=60)
        assert await client.jobs.cancel(first)
        assert await client.jobs.cancel(second.id)
        assert not await client.jobs.cancel(first)
        await anyio.sleep(120)
        assert await client.jobs.list() == []
    assert sent(instance) == []


async def test_a_message_that_was_due_while_the_bot_was_down_is_sent_at_the_start(
    client: Client, instance: Instance, any_inbox: Inbox
) -> None:
    events = Events()
    async with bot(client, any_inbox):
        await client.send_later(ANNA, "recent", delay=60)
        old = await client.send_later(ANNA, "old", delay=60, misfire=HOUR)
        await client.send_later(ANNA, "any", delay=60, misfire=None)
    await anyio.sleep(7200)
    assert sent(instance) == []
    async with bot(client, any_inbox, events):
        await anyio.sleep(10)
        assert sorted(text for text, _ in sent(instance)) == ["any", "recent"]
        assert sorted(events.outcomes) == ["done", "done", "missed"]
        [missed] = await client.jobs.list()
        assert (missed.id, missed.status, missed.next_run, missed.missed_runs) == (old.id, "missed", None, 1)
        assert await client.jobs.retry(missed)
        await anyio.sleep(10)
        assert await client.jobs.list() == []
    assert len(sent(instance)) == 3


async def test_a_key_is_used_once_and_a_new_message_under_it_replaces_the_one_that_waits(
    client: Client, instance: Instance, any_inbox: Inbox
) -> None:
    async with bot(client, any_inbox):
        await client.send_later(ANNA, "at ten", delay=60, once="appointment-5")
        await client.send_later(ANNA, "at eleven", delay=120, once="appointment-5")
        assert [job.arguments["message"] for job in await client.jobs.list()] == ["at eleven"]
        await anyio.sleep(200)
        await client.send_later(ANNA, "at eleven", delay=60, once="appointment-5")
        await anyio.sleep(200)
        assert await client.jobs.list() == []
        await client.send_later(ANNA, "at twelve", delay=60, once="appointment-5")
        await anyio.sleep(200)
        [job] = await client.jobs.list()
        assert job.status in {"retrying", "failed"}
        assert job.failure is not None
        assert "was used for another message" in job.failure
    assert [text for text, _ in sent(instance)] == ["at eleven"]


async def test_a_message_is_repeated_at_an_interval(client: Client, instance: Instance, inbox: Inbox) -> None:
    async with bot(client, inbox):
        job = await client.send_later(ANNA, "hourly", every=HOUR, at=START + 2 * HOUR)
        await anyio.sleep(4.5 * 3600)
        [waiting] = await client.jobs.list()
        assert (waiting.id, waiting.next_run, waiting.every) == (job.id, START + 5 * HOUR, HOUR)
        await client.jobs.cancel(job)
        await anyio.sleep(2 * 3600)
    assert [round((at - START) / HOUR, 2) for _, at in sent(instance)] == [2, 3, 4]


async def test_a_message_is_repeated_at_a_local_time_across_a_change_of_the_clocks(
    client: Client, instance: Instance, inbox: Inbox
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    async with bot(client, inbox):
        begin = datetime(2027, 3, 27, 6, tzinfo=zone)
        job = await client.send_later(ANNA, "Good morning", every="0 9 * * *", zone=zone, at=begin)
        assert (job.every, job.zone) == ("0 9 * * *", "Europe/Berlin")
        await anyio.sleep((begin - START).total_seconds() + 2.5 * 86_400)
    assert [at.astimezone(zone).replace(microsecond=0).isoformat() for _, at in sent(instance)] == [
        "2027-03-27T09:00:00+01:00",
        "2027-03-28T09:00:00+02:00",
        "2027-03-29T09:00:00+02:00",
    ]


async def test_a_repeated_message_is_sent_once_for_all_dates_that_have_passed(
    client: Client, instance: Instance, any_inbox: Inbox
) -> None:
    events = Events()
    async with bot(client, any_inbox):
        await client.send_later(ANNA, "hourly", every=3600)
    await anyio.sleep(10.5 * 3600)
    async with bot(client, any_inbox, events):
        await anyio.sleep(10)
        [job] = await client.jobs.list()
        assert job.missed_runs == 9
    assert len(sent(instance)) == 1
    [missed, done] = events.all
    assert (missed.outcome, missed.dates, done.outcome) == ("missed", 9, "done")
    assert missed.last - missed.first == 8 * HOUR
    assert done.first - missed.last == HOUR


async def test_a_failed_send_is_retried_and_then_kept_as_failed(
    client: Client, instance: Instance, any_inbox: Inbox
) -> None:
    events = Events()
    async with bot(client, any_inbox, events):
        instance.fail("sendMessage", Fault(status=400), times=5)
        await client.send_later(ANNA, "hello", delay=1)
        await anyio.sleep(600)
        assert sent(instance) == []
        [job] = await client.jobs.list(status="failed")
        assert (job.attempts, job.next_run) == (5, None)
        assert "BadRequestError" in (job.failure or "")
        assert events.outcomes == ["retrying"] * 4 + ["failed"]
        assert await client.jobs.retry(job)
        await anyio.sleep(10)
        assert await client.jobs.list() == []
    assert events.outcomes[-1] == "done"


async def test_a_failure_of_the_connection_is_retried_for_as_long_as_the_message_is_of_use(
    client: Client, instance: Instance, inbox: Inbox
) -> None:
    async with bot(client, inbox):
        instance.fail("*", Fault(status=503), times=1000)
        await client.send_later(ANNA, "hello", delay=1)
        await anyio.sleep(2 * 3600)
        [job] = await client.jobs.list()
        assert job.status == "retrying"
        assert job.attempts > 5
        instance.faults.clear()
        await anyio.sleep(600)
        assert await client.jobs.list() == []
    assert len(sent(instance)) == 1


async def test_what_is_scheduled_outside_of_a_run_waits_for_one(
    client: Client, instance: Instance, any_inbox: Inbox
) -> None:
    jobs = Jobs(any_inbox)
    await client.send_later(ANNA, "hello", delay=60, jobs=jobs)
    [job] = await jobs.list(chat_id=ANNA, name="send_later")
    assert await jobs.list(chat_id="79001234568@c.us") == []
    async with bot(client, any_inbox):
        await anyio.sleep(180)
        assert await client.jobs.get(job.id) is None
    assert len(sent(instance)) == 1


async def test_what_cannot_be_scheduled_is_refused(client: Client, any_inbox: Inbox) -> None:
    with pytest.raises(RuntimeError, match="elsewhere use Jobs"):
        await client.send_later(ANNA, "hello", delay=60)
    jobs = Jobs(any_inbox)
    refused: list[tuple[dict[str, Any], str]] = [
        ({}, "at is missing"),
        ({"at": datetime(2027, 5, 1, 9)}, "no time zone.*ZoneInfo"),  # noqa: DTZ001  that is the mistake
        ({"at": "tomorrow"}, "expected a datetime"),
        ({"at": START, "delay": 5}, "expected one of them"),
        ({"delay": -1}, "from 0 to ten years"),
        ({"delay": 1, "misfire": 5}, "60 s or more"),
        ({"delay": 1, "once": ""}, "1 to 150 characters"),
        ({"delay": 1, "zone": "UTC"}, "zone is for every="),
        ({"every": 0}, "one second to ten years"),
    ]
    for options, problem in refused:
        with pytest.raises(InvalidArgumentError, match=problem):
            await client.send_later(ANNA, "hello", jobs=jobs, **options)
    for chat_id, text in (("nobody", "hello"), (ANNA, ""), (ANNA, "x" * 20_001)):
        with pytest.raises(InvalidArgumentError):
            await client.send_later(chat_id, text, delay=60, jobs=jobs)
    assert await jobs.list() == []
    with pytest.raises(InvalidArgumentError, match="jobs is of type"):
        await client.send_later(ANNA, "hello", delay=60, jobs=any_inbox)  # type: ignore[arg-type]  # that is the mistake
    with pytest.raises(InvalidArgumentError, match="expected one of waiting"):
        await jobs.list(status="done")  # type: ignore[arg-type]  # that is the mistake


async def test_the_same_repetition_scheduled_at_each_start_keeps_its_dates(
    client: Client, instance: Instance, inbox: Inbox
) -> None:
    for text in ("hourly", "hourly", "hourly", "now and then"):
        async with bot(client, inbox):
            await client.send_later(ANNA, text, every=HOUR, once="news")
            await anyio.sleep(2000)
    assert [text for text, _ in sent(instance)] == ["hourly"]
    [job] = await Jobs(inbox).list()
    assert job.arguments["message"] == "now and then"
