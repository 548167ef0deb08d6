"""When a job is due: once, at an interval, or as a cron expression says in a time zone.

A repeated job that was not run in time, because no process was up or the previous run took long, is run once for all
dates that have passed: for the latest one, if that is not older than ``misfire``. The other dates are missed.

Cron expressions are evaluated by cronsim, with the rules of Debian's cron for the change of the clocks: a time that
does not exist that day is replaced by the moment of the change, and one that exists twice is used once. Expressions
whose minute or hour begins with ``*`` follow the time that has passed instead, so that none is left out and those in
the repeated hour are used twice. Intervals are always time that has passed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from greenapi_async.errors import InvalidArgumentError, MissingExtraError

__all__ = ["LONGEST", "Cron", "Due", "Every", "Interval", "due_dates", "parse_every"]

MOST_COUNTED: Final = 20_000
"""Missed dates of a cron expression that are counted; if there are more, the number is this one."""
LONGEST: Final = 3653 * 86_400.0
"""Seconds of the longest interval."""
_EXAMPLES: Final = 'timedelta(hours=6), or a cron expression such as "0 9 * * mon-fri" with zone="Europe/Berlin"'


@attrs.frozen
class Interval:
    """A fixed time between two runs."""

    every: timedelta

    def after(self, date: datetime) -> datetime:
        """Return the date that follows another one."""
        return date + self.every

    def before(self, date: datetime) -> datetime:
        """Return the date before another one."""
        return date - self.every

    def until(self, date: datetime, now: datetime) -> tuple[datetime, int]:
        """Return the latest date that is not after ``now``, and how many were before it, beginning with ``date``."""
        count = (now - date) // self.every
        return date + count * self.every, count


@attrs.frozen
class Cron:
    """A cron expression, and the time zone in which it is meant."""

    expression: str
    zone: str

    def after(self, date: datetime) -> datetime | None:
        """Return the first date after another one; None if there is none within 50 years."""
        return next(self._dates(date), None)

    def before(self, date: datetime) -> datetime | None:
        """Return the last date before another one; None if there is none within 50 years."""
        return next(self._dates(date, reverse=True), None)

    def until(self, date: datetime, now: datetime) -> tuple[datetime, int]:
        """Return the latest date that is not after ``now``, and how many were before it, beginning with ``date``."""
        latest, count = date, 0
        for following in self._dates(date):
            if following > now:
                break
            latest, count = following, count + 1
            if count == MOST_COUNTED:
                ahead = self._dates(now + timedelta(seconds=1), reverse=True)
                latest = next((each for each in ahead if each <= now), latest)
                break
        return latest, count

    def _dates(self, date: datetime, *, reverse: bool = False) -> Iterator[datetime]:
        try:
            from cronsim import CronSim, CronSimError  # noqa: PLC0415  an extra
        except ImportError:
            raise MissingExtraError("jobs", "cronsim") from None
        try:
            dates = CronSim(self.expression, date.astimezone(_zone(self.zone)), reverse=reverse)
        except CronSimError as error:
            raise InvalidArgumentError(
                f"every is {self.expression!r}, which is no cron expression ({error}); expected {_EXAMPLES}"
            ) from None
        for each in dates:
            found = each.astimezone(UTC)
            if (found < date) if reverse else (found > date):  # the local time alone is ambiguous in a repeated hour
                yield found


Every = Interval | Cron


@attrs.frozen
class Due:
    """Decision about a job that is due.

    Attributes:
        run: The date for which to run it now; None if all are too old.
        missed: How many dates before have passed, or all of them.
        first_missed: The first of them.
        last_missed: The last of them.
        following: The date after all these; None if there is none.
    """

    run: datetime | None
    missed: int
    first_missed: datetime | None
    last_missed: datetime | None
    following: datetime | None


def due_dates(date: datetime, every: Every | None, now: datetime, misfire: timedelta | None) -> Due:
    """Decide what to do about a job that is due.

    Args:
        date: The first date that has not been run.
        every: When it is repeated; None if it is not.
        now: The current time.
        misfire: How late it may run; None for any time.
    """
    latest, before = (date, 0) if every is None or now < date else every.until(date, now)
    is_too_old = misfire is not None and now - latest > misfire
    missed = before + is_too_old
    last_missed = latest if is_too_old or every is None else every.before(latest)
    return Due(
        run=None if is_too_old else latest,
        missed=missed,
        first_missed=date if missed else None,
        last_missed=last_missed if missed else None,
        following=None if every is None else every.after(latest),
    )


def parse_every(every: object, zone: object) -> Every:
    """Check ``every`` and ``zone``.

    Args:
        every: A cron expression or an interval.
        zone: Name of the time zone of a cron expression, or the zone itself.

    Raises:
        InvalidArgumentError: They are not valid.
        MissingExtraError: The extra ``jobs`` is not installed, and ``every`` is a cron expression.
    """
    if isinstance(every, str):
        if zone is None:
            raise InvalidArgumentError(
                f'every={every!r} is a local time, and zone is missing; for example zone="Europe/Berlin", or zone="UTC"'
            )
        name = zone.key if isinstance(zone, ZoneInfo) else zone
        if not isinstance(name, str):
            raise InvalidArgumentError(f'zone is {zone!r}; expected the name of a time zone, such as "Europe/Berlin"')
        cron = Cron(" ".join(every.split()), name)
        if cron.after(datetime.now(UTC)) is None:
            raise InvalidArgumentError(f"every={every!r} never happens in the next 50 years")
        return cron
    if isinstance(every, bool) or not isinstance(every, timedelta | int | float):
        raise InvalidArgumentError(f"every is {every!r}; expected {_EXAMPLES}")
    seconds = every.total_seconds() if isinstance(every, timedelta) else float(every)
    if not 1 <= seconds <= LONGEST:
        raise InvalidArgumentError(f"every is {every!r}; expected one second to ten years")
    if zone is not None:
        raise InvalidArgumentError("zone is for cron expressions; an interval is the same in every time zone")
    return Interval(timedelta(seconds=seconds))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidArgumentError(
            f'there is no time zone {name!r}; expected a name such as "Europe/Berlin". '
            "If no name is found, install tzdata: the system has no time zones"
        ) from None
