"""When a job is due: intervals, cron expressions across changes of the clocks, and dates that have passed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from greenapi_async import InvalidArgumentError
from greenapi_async.outgoing.schedule import Cron, Due, Interval, due_dates, parse_every

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def dates(cron: Cron, start: datetime, count: int) -> list[datetime]:
    found: list[datetime] = []
    date: datetime | None = start
    while date is not None and len(found) < count:
        date = cron.after(date)
        if date is not None:
            found.append(date)
    return found


@pytest.mark.parametrize("month", [3, 10])
def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change(month: int) -> None:
    found = dates(Cron("0 9 * * *", "Europe/Berlin"), datetime(2027, month, 25, 12, tzinfo=UTC), 6)
    local = [date.astimezone(BERLIN) for date in found]
    assert [(each.hour, each.minute) for each in local] == [(9, 0)] * 6
    assert [each.day for each in local] == [26, 27, 28, 29, 30, 31]
    assert len({later - earlier for earlier, later in pairwise(found)}) == 2  # one day has 23 or 25 hours


def test_a_time_that_does_not_exist_is_replaced_by_the_moment_of_the_change() -> None:
    found = dates(Cron("30 2 * * *", "Europe/Berlin"), datetime(2027, 3, 27, 12, tzinfo=UTC), 2)
    assert [date.astimezone(BERLIN).isoformat() for date in found] == [
        "2027-03-28T03:00:00+02:00",
        "2027-03-29T02:30:00+02:00",
    ]


def test_a_time_that_exists_twice_is_used_once() -> None:
    cron = Cron("30 2 * * *", "Europe/Berlin")
    found = dates(cron, datetime(2027, 10, 30, 12, tzinfo=UTC), 2)
    assert found == [datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 11, 1, 1, 30, tzinfo=UTC)]
    in_second_hour = datetime(2027, 10, 31, 1, 10, tzinfo=UTC)
    assert cron.after(in_second_hour) == found[1]  # never a date that has passed


@pytest.mark.parametrize("start", [datetime(2027, 3, 27, 22, tzinfo=UTC), datetime(2027, 10, 30, 22, tzinfo=UTC)])
def test_every_quarter_of_an_hour_is_used_once_while_the_clocks_change(start: datetime) -> None:
    found = dates(Cron("*/15 * * * *", "Europe/Berlin"), start, 40)
    assert [later - earlier for earlier, later in pairwise(found)] == [timedelta(minutes=15)] * 39


def test_an_interval_is_time_that_has_passed() -> None:
    day = Interval(timedelta(days=1))
    assert day.after(datetime(2027, 3, 27, 9, tzinfo=BERLIN).astimezone(UTC)) == datetime(2027, 3, 28, 8, tzinfo=UTC)


NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("every", [Interval(HOUR), Cron("0 * * * *", "UTC")])
def test_dates_that_have_passed_are_missed_except_the_latest(every: Interval | Cron) -> None:
    now = NOON + timedelta(hours=5, minutes=10)
    assert due_dates(NOON, every, now, timedelta(days=1)) == Due(
        run=NOON + 5 * HOUR, missed=5, first_missed=NOON, last_missed=NOON + 4 * HOUR, following=NOON + 6 * HOUR
    )
    assert due_dates(NOON, every, now, timedelta(minutes=5)) == Due(
        run=None, missed=6, first_missed=NOON, last_missed=NOON + 5 * HOUR, following=NOON + 6 * HOUR
    )
    assert due_dates(NOON, every, NOON, timedelta(minutes=5)) == Due(
        run=NOON, missed=0, first_missed=None, last_missed=None, following=NOON + HOUR
    )


def test_a_single_date_is_run_unless_it_is_too_old() -> None:
    late = NOON + timedelta(days=2)
    assert due_dates(NOON, None, late, None) == Due(NOON, 0, None, None, None)
    assert due_dates(NOON, None, late, timedelta(days=2)) == Due(NOON, 0, None, None, None)
    assert due_dates(NOON, None, late, timedelta(days=1)) == Due(None, 1, NOON, NOON, None)


def test_years_of_missed_minutes_are_decided_at_once() -> None:
    due = due_dates(NOON, Cron("* * * * *", "Europe/Berlin"), NOON + timedelta(days=4000), timedelta(days=1))
    assert due.run == NOON + timedelta(days=4000)
    assert due.following == NOON + timedelta(days=4000, minutes=1)
    seconds = due_dates(NOON, Interval(timedelta(seconds=1)), NOON + timedelta(days=4000), timedelta(days=1))
    assert seconds.missed == 4000 * 86_400


@pytest.mark.parametrize(
    ("every", "zone", "problem"),
    [
        ("0 9 * * *", None, "zone is missing"),
        ("0 9 * * *", "Europe/Atlantis", "there is no time zone 'Europe/Atlantis'"),
        ("0 9 * * *", "../../etc/passwd", "there is no time zone"),
        ("0 25 * * *", "UTC", "no cron expression"),
        ("hourly", "UTC", "no cron expression"),
        ("0 0 30 2 *", "UTC", "no cron expression"),
        (0, None, "expected one second to ten years"),
        (timedelta(seconds=-5), None, "expected one second to ten years"),
        (float("nan"), None, "expected one second to ten years"),
        (float("inf"), None, "expected one second to ten years"),
        (True, None, "every is True"),
        (timedelta(hours=1), "UTC", "zone is for cron expressions"),
    ],
)
def test_what_cannot_be_a_repetition_is_refused(every: object, zone: object, problem: str) -> None:
    with pytest.raises(InvalidArgumentError, match=problem):
        parse_every(every, zone)
