"""A job as it is stored, what becomes of it after a run, and what the user sees of it.

A job is a record in the inbox. Its key has the instance, the name of the function and the user's key, so that another
job under the same key replaces it. ``date`` is when it should run, the record's due time when it is tried next: later,
if it has failed or was postponed. A job that has failed for good, or was missed, is kept for 30 days without being due.
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, cast

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.records import PutRecord, Record
from greenapi_async.outgoing.schedule import Cron, Due, Every, Interval, due_dates

__all__ = ["JOBS", "SEND", "JobStatus", "ScheduledJob", "StoredJob", "read_job"]

JOBS: Final = "jobs"
"""Collection of the records."""
SEND: Final = "send_later"
"""Name of a job that sends a message."""
KEEP: Final = timedelta(days=30)
"""How long a job is kept that has failed for good or was missed."""
MAX_FAILURE: Final = 4000
"""Characters that are kept of a failure."""

JobStatus = Literal["waiting", "retrying", "failed", "missed"]


@attrs.frozen(kw_only=True)
class ScheduledJob:
    """A job, as it is stored at the moment.

    Attributes:
        id: Its id, for ``Jobs.cancel``.
        name: Name of its function; ``"send_later"`` if it sends a message.
        arguments: The arguments of the function, as JSON has them.
        id_instance: The instance that it belongs to; None if it belongs to none.
        next_run: When it runs next, in UTC; None if it does not.
        every: The interval, or the cron expression; None if it runs once.
        zone: The time zone of the cron expression.
        status: ``"waiting"`` for its date, ``"retrying"`` after a failure, ``"failed"`` for good, or ``"missed"``
            because no process was up in time. A repeated job is never failed or missed: it waits for its next date.
        attempts: Failed attempts of the current run.
        failure: What the last failed attempt raised; None if there was none.
        failed_runs: Runs of a repeated job that have failed for good.
        missed_runs: Dates of a job that were missed.
    """

    id: str
    name: str
    arguments: dict[str, Any] = attrs.field(repr=False)
    id_instance: int | None
    next_run: datetime | None
    every: timedelta | str | None
    zone: str | None
    status: JobStatus
    attempts: int
    failure: str | None = attrs.field(repr=False)
    failed_runs: int
    missed_runs: int

    @property
    def chat_id(self) -> str | None:
        """The chat, if it sends a message."""
        chat_id = self.arguments.get("chat_id")
        return chat_id if isinstance(chat_id, str) else None


@attrs.frozen(kw_only=True)
class StoredJob:
    """The value of a job's record; times are seconds since the epoch.

    Attributes:
        key: Key of its record.
        name: Name of its function.
        arguments: Arguments of the function, as JSON.
        instance: Its instance; None if it belongs to none.
        once: Key under which it sends.
        date: When it should run, or should have run.
        since: From when on it is late, if that is not its date: when it was scheduled for a date in the past, or, if it
            may be late for any time, when it failed first.
        every: Seconds of the interval, or the cron expression; None if it runs once.
        zone: Time zone of the cron expression.
        misfire: How many seconds late it may run; None for any time.
        begin: The ``at`` with which a repeated job was scheduled; None if it was without.
        revision: Random, chosen when it was scheduled.
        attempts: Failed attempts for this date.
        failure: What the last one raised.
        failed_runs: Dates that have failed for good.
        missed_runs: Dates that were missed.
        ended: ``"failed"`` or ``"missed"`` if it is only kept to be seen.
    """

    key: str
    name: str
    arguments: dict[str, Any]
    instance: int | None
    once: str
    date: float
    since: float | None = None
    every: float | str | None = None
    zone: str | None = None
    misfire: float | None
    begin: float | None = None
    revision: str = attrs.field(factory=lambda: secrets.token_hex(8))
    attempts: int = 0
    failure: str | None = None
    failed_runs: int = 0
    missed_runs: int = 0
    ended: Literal["failed", "missed"] | None = None

    @property
    def when(self) -> datetime:
        """The date as datetime, in UTC."""
        return datetime.fromtimestamp(self.date, UTC)

    @property
    def late_since(self) -> datetime:
        """From when on it is late, in UTC."""
        return self.when if self.since is None else datetime.fromtimestamp(self.since, UTC)

    @property
    def repetition(self) -> Every | None:
        """Its repetition; None if there is none."""
        if self.every is None:
            return None
        if isinstance(self.every, str):
            return Cron(self.every, self.zone or "UTC")
        return Interval(timedelta(seconds=self.every))

    @property
    def run_key(self) -> str:
        """Key under which a message is sent for this date."""
        return self.once if self.every is None else f"{self.once} {self.when:%Y-%m-%dT%H:%M:%SZ}"

    def due_dates(self, now: datetime, due: datetime) -> Due:
        """Decide what to do now.

        Args:
            now: The current time.
            due: When it should have been tried.
        """
        misfire = None if self.misfire is None else timedelta(seconds=self.misfire)
        if self.attempts or self.every is None:  # a date that has been begun is finished first
            is_too_old = misfire is not None and now - due > misfire
            date, every = self.when, self.repetition
            following = None if every is None else every.after(date)
            run, missed = (None, 1) if is_too_old else (date, 0)
            return Due(run, missed, date if missed else None, date if missed else None, following)
        return due_dates(self.when, self.repetition, now, misfire)

    def is_same(self, other: "StoredJob", *, at_any_time: bool) -> bool:
        """Return whether scheduling the other job in place of this one would change nothing.

        Args:
            other: The other job.
            at_any_time: Whether it does not matter when they run.
        """
        names = ["name", "arguments", "instance", "once", "every", "zone", "misfire", "ended"]
        if not at_any_time:
            names.append("date" if self.every is None else "begin")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def record(self, replaces: int | Literal["any"] | None, due: datetime | None, now: datetime) -> PutRecord:
        """Return the change that stores it.

        Args:
            replaces: Version of the record that it replaces; see ``PutRecord``.
            due: When to try it next; None if it is not tried any more.
            now: The current time.
        """
        expires = now + KEEP if due is None else None
        value = attrs.asdict(self, recurse=False)
        return PutRecord(collection=JOBS, key=self.key, value=value, replaces=replaces, due=due, expires=expires)

    def following(self, date: datetime) -> "StoredJob":
        """Return the job for its next date."""
        return attrs.evolve(self, date=date.timestamp(), since=None, attempts=0)

    def renewed(self, now: datetime) -> "StoredJob":
        """Return the job as if it had been scheduled for now."""
        return attrs.evolve(self, date=now.timestamp(), since=None, attempts=0, failure=None, ended=None)

    def failed(self, failure: str, now: datetime) -> "StoredJob":
        """Return the job after a failed attempt."""
        since = now.timestamp() if self.misfire is None and not self.attempts else self.since
        return attrs.evolve(self, attempts=self.attempts + 1, failure=failure[-MAX_FAILURE:], since=since)

    def view(self, due: datetime | None) -> ScheduledJob:
        """Return what the user sees.

        Args:
            due: When it is tried next.
        """
        return ScheduledJob(
            id=self.key,
            name=self.name,
            arguments=self.arguments,
            id_instance=self.instance,
            next_run=due,
            every=timedelta(seconds=self.every) if isinstance(self.every, float | int) else self.every,
            zone=self.zone,
            status=self.ended or ("retrying" if self.attempts else "waiting"),
            attempts=self.attempts,
            failure=self.failure,
            failed_runs=self.failed_runs,
            missed_runs=self.missed_runs,
        )


_FIELDS: Final = {field.name for field in attrs.fields(StoredJob)}


def read_job(record: Record) -> StoredJob:
    """Return the job that a record holds.

    Raises:
        InvalidArgumentError: It cannot be read, or was written by a later version of this library.
    """
    value: object = record.value
    if record.error is not None or not isinstance(value, dict):
        raise InvalidArgumentError(f"the job {record.key} cannot be read: {record.error or 'it is no object'}")
    try:
        job = StoredJob(**cast("dict[str, Any]", value))
        is_valid = job.key == record.key and job.when.tzinfo is job.late_since.tzinfo is UTC
        is_valid = is_valid and all(type(each) is str for each in (job.name, job.once, job.revision))
        is_valid = is_valid and isinstance(cast("object", job.arguments), dict)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise InvalidArgumentError(f"the job {record.key} cannot be read: {error}") from None
    if not is_valid:
        raise InvalidArgumentError(f"the job {record.key} cannot be read: its fields are not those of a job")
    return job
