"""Pace of broadcasts: when the next message may be sent. Everything here is computed; nothing waits.

Hours and days are those of a time zone, so a day has 23 to 25 hours where clocks are changed. Hours that begin in the
evening and end in the morning are allowed. What was sent is counted in slots of 15 minutes of UTC, because every time
zone begins its days at the start of such a slot.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from greenapi_async.errors import InvalidArgumentError

__all__ = ["Hours", "Pace", "add_sent", "parse_pace"]

SLOT_SECONDS = 900
KEEP_SLOTS = 27 * 3600 // SLOT_SECONDS
"""Slots that are kept: the longest day, and more."""
MAX_PAUSE = 86_400.0

Hours = tuple[time | int, time | int]


@attrs.frozen(kw_only=True)
class Pace:
    """Pace of a broadcast.

    Attributes:
        pause: Shortest and longest pause after a message, in seconds.
        hours: First and last time of day; None is the whole day.
        zone: Time zone of hours and days.
        daily: Most messages of one day; None is unlimited.
    """

    pause: tuple[float, float]
    hours: tuple[time, time] | None
    zone: tzinfo
    daily: int | None

    def random_pause(self) -> float:
        """Return the seconds until the next message."""
        return random.uniform(*self.pause)  # noqa: S311  not for secrets

    def next_time(self, now: datetime, sent: Mapping[str, int]) -> datetime:
        """Return when a message may be sent: now, or later.

        Args:
            now: The current time.
            sent: Messages that were sent, by slot.
        """
        allowed = now
        for _ in range(4):
            opens = self._opens(allowed)
            if self.daily is None or _count(sent, self._midnight(opens, 0)) < self.daily:
                return opens
            allowed = self._midnight(opens, 1)
        return allowed

    def why_later(self, now: datetime, allowed: datetime) -> str:
        """Return why a message may only be sent later, and when.

        Args:
            now: The time for which ``next_time`` was asked.
            allowed: What it answered, a later time.
        """
        if self.hours is not None and not self._is_open(now) and self._opens(now) == allowed:
            start, end = self.hours
            reason = f"outside of the hours {start:%H:%M} to {end:%H:%M}"
        else:
            reason = f"the daily limit of {self.daily} is reached"
        return f"{reason}; it continues at {allowed.astimezone(self.zone):%Y-%m-%d %H:%M %Z}"

    def _is_open(self, now: datetime) -> bool:
        if self.hours is None:
            return True
        (start, end), local = self.hours, now.astimezone(self.zone).time()
        return start <= local < end if start < end else local >= start or local < end

    def _opens(self, now: datetime) -> datetime:
        if self.hours is None or self._is_open(now):
            return now
        today = now.astimezone(self.zone).date()
        for days in range(8):
            local = datetime.combine(today + timedelta(days=days), self.hours[0], self.zone)
            opens = local.astimezone(UTC)
            if opens > now and self._is_open(opens):  # not where the change of clocks leaves the hours out
                return opens
        raise InvalidArgumentError(f"the hours {self.hours} do not come within a week")

    def _midnight(self, now: datetime, days: int) -> datetime:
        day = now.astimezone(self.zone).date() + timedelta(days=days)
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def add_sent(sent: Mapping[str, int], now: datetime) -> dict[str, int]:
    """Return the counts with one more message, without those that are more than a day away.

    Args:
        sent: Messages that were sent, by slot.
        now: When another one was sent.
    """
    slot = int(now.timestamp() // SLOT_SECONDS)
    kept = {each: count for each, count in sent.items() if abs(int(each) - slot) < KEEP_SLOTS}
    return {**kept, str(slot): kept.get(str(slot), 0) + 1}


def _count(sent: Mapping[str, int], since: datetime) -> int:
    first = since.timestamp() // SLOT_SECONDS
    return sum(count for slot, count in sent.items() if first <= int(slot) < first + KEEP_SLOTS)


def parse_pace(
    pause: tuple[float, float], hours: Hours | None, time_zone: str | tzinfo | None, daily: int | None
) -> Pace:
    """Return the pace of a broadcast.

    Args:
        pause: Shortest and longest pause in seconds.
        hours: First and last time of day; whole hours can be numbers.
        time_zone: Time zone, or its name; needed for hours. None is UTC.
        daily: Most messages of one day.

    Raises:
        InvalidArgumentError: An argument is not valid.
    """
    if not (_is_pair(pause) and all(_is_number(each) for each in pause) and 0 <= pause[0] <= pause[1] <= MAX_PAUSE):
        raise InvalidArgumentError(f"pause is {pause!r}; expected the shortest and the longest seconds, as in (5, 30)")
    if daily is not None and (not _is_number(daily) or daily < 1 or daily % 1):
        raise InvalidArgumentError(f"daily is {daily!r}; expected a whole number above 0, or None")
    if hours is not None and time_zone is None:
        raise InvalidArgumentError('hours need the time zone in which they are meant, as in time_zone="Europe/Berlin"')
    shortest, longest = pause
    return Pace(pause=(shortest, longest), hours=_hours(hours), zone=_zone(time_zone), daily=daily)


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(cast("Sequence[Any]", value)) == 2


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _hours(hours: Any) -> tuple[time, time] | None:
    if hours is None:
        return None
    if not _is_pair(hours):
        raise InvalidArgumentError(f"hours is {hours!r}; expected the first and the last time of day, as in (9, 20)")
    if tuple(hours) == (0, 24):
        return None
    start, end = (_time_of_day(each) for each in hours)
    if start == end:
        raise InvalidArgumentError(f"hours is {hours!r}, which never comes; None is the whole day")
    return start, end


def _time_of_day(value: Any) -> time:
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if isinstance(value, int) and value in range(25):
        return time(value % 24)
    raise InvalidArgumentError(f"hours has {value!r}; expected a datetime.time without time zone, or an hour, 0 to 24")


def _zone(zone: str | tzinfo | None) -> tzinfo:
    if zone is None:
        return UTC
    if isinstance(zone, tzinfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise InvalidArgumentError(f'time_zone is {zone!r}; expected a name such as "Europe/Berlin"') from None
