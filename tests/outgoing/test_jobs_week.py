"""A job for each minute of a week, with the process down for parts of it: each ran once or was reported as missed."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from random import Random

import anyio
import pytest

from greenapi_async import Client, Jobs
from greenapi_async.bots import Router, lifespan
from greenapi_async.inbox.base import Inbox
from greenapi_async.types import JobEvent, JobRun
from tests.backends import ON_ASYNCIO

from .conftest import START, Clock, Events

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.timeout(400),
    ON_ASYNCIO,
]

MINUTE = timedelta(minutes=1)
WEEK = 7 * 24 * 60
HOUR = 3600.0
OUTAGES = [HOUR / 6, HOUR, 5 * HOUR, 26 * HOUR, 20.0, 90.0, 3 * HOUR]
"""Seconds for which the process is down, one outage a day."""


class Week:
    """A router with a job, and for which dates it ran."""

    def __init__(self) -> None:
        self.router = Router()
        self.runs: Counter[datetime] = Counter()
        self.lateness: list[timedelta] = []
        self.events = Events()

        @self.router.job("tick")
        async def tick(run: JobRun, number: int = 0) -> None:
            assert number == 0 or run.scheduled == START + number * MINUTE
            self.runs[run.scheduled] += 1
            self.lateness.append(self.clock.now() - run.scheduled)

        self.tick = tick
        self.clock: Clock

    @property
    def missed(self) -> list[JobEvent]:
        return [event for event in self.events.all if event.outcome == "missed"]

    async def live(self, client: Client, inbox: Inbox, clock: Clock) -> None:
        """Let the bot run for more than a week, with an outage a day."""
        self.clock, random = clock, Random(5)
        for outage in OUTAGES:
            async with self._running(client, inbox):
                await anyio.sleep(random.uniform(10, 20) * HOUR)
            await anyio.sleep(outage)
        async with self._running(client, inbox):
            await anyio.sleep((START + (WEEK + 60) * MINUTE - clock.now()).total_seconds())

    @asynccontextmanager
    async def _running(self, client: Client, inbox: Inbox) -> AsyncGenerator[None]:
        async with lifespan(self.router, clients=client, inbox=inbox, telemetry=self.events, polling=False):
            yield


async def test_each_of_ten_thousand_jobs_ran_once_or_was_reported_as_missed(
    client: Client, inbox: Inbox, clock: Clock
) -> None:
    week = Week()
    tick = week.tick.with_options(jobs=Jobs(inbox), misfire=4 * HOUR)
    numbers = list(range(1, WEEK + 1))
    Random(7).shuffle(numbers)
    for number in numbers:
        await tick.at(START + number * MINUTE, number)
    await week.live(client, inbox, clock)
    missed = Counter(event.first for event in week.missed)
    expected = Counter(START + number * MINUTE for number in range(1, WEEK + 1))
    assert week.runs + missed == expected
    assert set(week.runs.values()) == {1}
    assert max(week.lateness) <= timedelta(hours=4, seconds=5)
    assert len(missed) == pytest.approx((1 + 22) * 60, abs=3)  # of the outages of 5 and 26 hours
    left = await Jobs(inbox).list()
    assert Counter(job.status for job in left) == {"missed": len(missed)}


@pytest.mark.parametrize("every", ["* * * * *", 60])
async def test_each_date_of_a_repeated_job_was_run_once_or_reported_as_missed(
    client: Client, inbox: Inbox, clock: Clock, every: str | int
) -> None:
    week = Week()
    options = week.tick.with_options(jobs=Jobs(inbox), zone="Europe/Berlin" if isinstance(every, str) else None)
    job = await options.every(every)
    await week.live(client, inbox, clock)
    assert job.next_run is not None
    reported = Counter(event.first + number * MINUTE for event in week.missed for number in range(event.dates))
    assert all(event.last == event.first + (event.dates - 1) * MINUTE for event in week.missed)
    last = max(week.runs)
    expected = Counter(job.next_run + number * MINUTE for number in range((last - job.next_run) // MINUTE + 1))
    assert week.runs + reported == expected
    assert len(expected) > WEEK
    [left] = await Jobs(inbox).list()
    assert left.missed_runs == sum(event.dates for event in week.missed)
