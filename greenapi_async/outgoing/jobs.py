"""``Jobs``: what is scheduled in an inbox.

A run of the inbox in this process is woken when something was scheduled; runs in other processes look every few
seconds. Within a handler or another job, a job gets a key that is the same when that runs again, after a failure or a
restart, so that a notification that is handled twice schedules everything once.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, get_args
from weakref import WeakKeyDictionary

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.notifier import Notifier
from greenapi_async.inbox.records import DeleteRecord, Record, RecordStore
from greenapi_async.outgoing.job import JOBS, SEND, JobStatus, ScheduledJob, StoredJob, read_job
from greenapi_async.outgoing.job_run import key_of_next_job
from greenapi_async.outgoing.schedule import LONGEST, Cron, Every, Interval, parse_every
from greenapi_async.processing.item import current_item

if TYPE_CHECKING:
    from greenapi_async.inbox.base import Inbox
    from greenapi_async.inbox.view import InboxView
    from greenapi_async.processing.journal import Journal

__all__ = ["MISFIRE", "Jobs", "changes_of", "check_jobs"]

MISFIRE: Final = timedelta(days=1)
"""How late a job may run by default: as long as the server keeps notifications."""
LEAST_MISFIRE: Final = 60.0
MAX_ONCE: Final = 150
PAGE: Final = 2000
CLAIM_SECONDS: Final = 10.0
"""How long a job is held that is to run now."""

_CHANGES: WeakKeyDictionary[RecordStore, Notifier] = WeakKeyDictionary()
_SCHEDULED: WeakKeyDictionary["Journal", int] = WeakKeyDictionary()
"""How many jobs the current attempt of a handler has scheduled."""


def changes_of(records: RecordStore) -> Notifier:
    """Return what is notified when this process schedules something in a store."""
    return _CHANGES.setdefault(records, Notifier())


class Jobs:
    """The jobs that are stored in an inbox: list and cancel them, also without a run.

    Within ``process`` or a bot, ``client.jobs`` is the one of the run.

    Args:
        inbox: The inbox, or a view of it; ``MemoryInbox`` loses its jobs with the process.

    Raises:
        InvalidArgumentError: The inbox cannot store jobs.

    Example:
        >>> async with PostgresInbox("postgresql://...") as inbox:
        ...     for job in await Jobs(inbox).list(status="failed"):
        ...         print(job.name, job.failure)
    """

    def __init__(self, inbox: "Inbox | InboxView") -> None:
        records: RecordStore | None = getattr(inbox, "records", None)
        if records is None:
            raise InvalidArgumentError(
                f"{type(inbox).__name__} cannot store jobs: it has no records. "
                "Use SQLiteInbox, PostgresInbox, or MemoryInbox in tests"
            )
        self._records = records

    async def list(
        self, *, name: str | None = None, chat_id: str | None = None, status: JobStatus | None = None
    ) -> "list[ScheduledJob]":
        """Return the stored jobs of all instances, the next to run first; those that do not run any more at the end.

        Args:
            name: Only jobs of this function; ``"send_later"`` for messages.
            chat_id: Only messages to this chat.
            status: Only jobs with this status.

        Raises:
            InvalidArgumentError: There is no such status.
        """
        if status is not None and status not in get_args(JobStatus):
            raise InvalidArgumentError(f"status is {status!r}; expected one of {', '.join(get_args(JobStatus))}")
        found = [
            job
            async for job in self._all()
            if (name is None or job.name == name)
            and (chat_id is None or (job.name == SEND and job.chat_id == chat_id))
            and (status is None or job.status == status)
        ]
        never = datetime.max.replace(tzinfo=UTC)
        return sorted(found, key=lambda job: (job.next_run or never, job.id))

    async def get(self, id: str) -> ScheduledJob | None:  # noqa: A002  the name of the field
        """Return a job; None if there is none, because it has run or was cancelled.

        Args:
            id: Its id.

        Raises:
            InvalidArgumentError: It cannot be read.
        """
        record = await self._records.get(JOBS, id)
        return None if record is None else read_job(record).view(record.due)

    async def cancel(self, job: ScheduledJob | str) -> bool:
        """Delete a job, so that it does not run again; a run in progress continues.

        Args:
            job: The job or its id.

        Returns:
            False if there was none, because it has run or was cancelled.
        """
        id = job if isinstance(job, str) else job.id  # noqa: A001  the name of the field
        while (record := await self._records.get(JOBS, id)) is not None:
            if await self._records.apply([DeleteRecord(collection=JOBS, key=id, version=record.version)]):
                return True
        return False

    async def retry(self, job: ScheduledJob | str) -> bool:
        """Run a job now that has failed or was missed, or that waits.

        Args:
            job: The job or its id.

        Returns:
            False if there was none.

        Raises:
            InvalidArgumentError: It is running at the moment, in any process, or it cannot be read.
            InboxUnavailableError: The inbox cannot write at the moment.
        """
        id = job if isinstance(job, str) else job.id  # noqa: A001  the name of the field
        while (record := await self._records.get(JOBS, id)) is not None:
            stored, now = read_job(record), await self._records.now()
            version = record.version
            if record.due is not None and record.due <= now:  # then a process may be running it
                claimed = await self._records.claim(JOBS, lease=CLAIM_SECONDS, keys=[id])
                if not claimed:
                    if await self._is_same(id, version):
                        raise InvalidArgumentError(
                            f"the job {id} is running at the moment; try again when it has ended"
                        )
                    continue
                stored, version = read_job(claimed[0]), claimed[0].version
            if await self._records.apply([stored.renewed(now).record(version, now, now)]):
                changes_of(self._records).notify()
                return True
        return False

    async def _is_same(self, id: str, version: int) -> bool:  # noqa: A002  the name of the field
        record = await self._records.get(JOBS, id)
        return record is not None and record.version == version

    async def add(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        instance: int | None,
        at: datetime | None = None,
        delay: timedelta | float | None = None,
        every: timedelta | float | str | None = None,
        zone: object = None,
        once: str | None = None,
        misfire: timedelta | float | None = MISFIRE,
    ) -> ScheduledJob:
        """Store a job; ``Client.send_later`` and jobs of a router use it.

        Args:
            name: Name of the function.
            arguments: Its arguments, as JSON.
            instance: Its instance; None if it belongs to none.
            at: The first date, aware; None for the first date of ``every``.
            delay: Seconds until the first date, instead of ``at``.
            every: See ``Client.send_later``.
            zone: Time zone of a cron expression.
            once: Key; None makes one up.
            misfire: How late it may run.

        Raises:
            InvalidArgumentError: An argument is not valid.
            InboxUnavailableError: The inbox cannot write at the moment.
        """
        repetition = None if every is None else parse_every(every, zone)
        if every is None and zone is not None:
            raise InvalidArgumentError(
                "zone is for every=; at= has its time zone itself, for example tzinfo=ZoneInfo(...)"
            )
        late = _check_misfire(misfire)
        now = await self._records.now()
        date = _first_date(now, at, delay, repetition)
        due = max(date, now)  # how late it may run counts from now
        cause = _key_of_handler() or key_of_next_job(name, dict(arguments))
        key = (cause or secrets.token_hex(16)) if once is None else _check_once(once)
        expression = repetition.expression if isinstance(repetition, Cron) else None
        job = StoredJob(
            key=f"{instance or 0}/{name}/{key}",
            name=name,
            arguments=dict(arguments),
            instance=instance,
            once=f"job {key}" if once is None else _key_of_run(name, once, cause, at, repetition),
            date=date.timestamp(),
            since=due.timestamp() if due > date else None,
            every=repetition.every.total_seconds() if isinstance(repetition, Interval) else expression,
            zone=repetition.zone if isinstance(repetition, Cron) else None,
            misfire=late,
            begin=None if repetition is None or at is None else at.timestamp(),
        )
        has_key = once is not None or cause is not None
        while True:
            known = await self._records.get(JOBS, job.key) if has_key else None
            stored = None if known is None else _read(known)
            if known is not None and stored is not None and stored.is_same(job, at_any_time=once is None):
                return stored.view(known.due)
            if await self._records.apply([job.record(None if known is None else known.version, due, now)]):
                break  # otherwise it was scheduled or begun at this moment
        changes_of(self._records).notify()
        return job.view(due)

    async def _all(self) -> AsyncIterator[ScheduledJob]:
        after = ""
        while page := await self._records.page(JOBS, after=after, limit=PAGE):
            after = page[-1].key
            for record in page:
                yield _view(record)


def check_jobs(jobs: object) -> None:
    """Raise ``InvalidArgumentError`` if something else than ``Jobs`` is given as ``jobs=``."""
    if not isinstance(jobs, Jobs | None):
        raise InvalidArgumentError(f"jobs is of type {type(jobs).__name__}; expected Jobs(inbox)")


def _read(record: Record) -> StoredJob | None:
    try:
        return read_job(record)
    except InvalidArgumentError:
        return None


def _view(record: Record) -> ScheduledJob:
    try:
        return read_job(record).view(record.due)
    except InvalidArgumentError as error:
        return ScheduledJob(
            id=record.key,
            name="",
            arguments={},
            id_instance=None,
            next_run=None,
            every=None,
            zone=None,
            status="failed",
            attempts=0,
            failure=error.reason,
            failed_runs=0,
            missed_runs=0,
        )


def _first_date(
    now: datetime, at: datetime | None, delay: timedelta | float | None, repetition: Every | None
) -> datetime:
    if at is not None and delay is not None:
        raise InvalidArgumentError("at and delay are given; expected one of them")
    if delay is not None:
        seconds = _seconds("delay", delay)
        at = now + timedelta(seconds=seconds)
    if at is None:
        first = None if repetition is None else repetition.after(now)
        if first is None:
            raise InvalidArgumentError(
                "at is missing: when to do it, for example datetime.now(UTC) + timedelta(hours=2)"
            )
        return first
    _check_aware(at)
    begin = at.astimezone(UTC)
    if isinstance(repetition, Cron):
        first = repetition.after(max(begin, now) - timedelta(microseconds=1))
        if first is None:
            raise InvalidArgumentError(f"every={repetition.expression!r} never happens after at={at}")
        return first
    if repetition is None or begin >= now:
        return begin
    latest, _ = repetition.until(begin, now)
    return repetition.after(latest)


def _check_aware(at: object) -> None:
    if not isinstance(at, datetime):
        raise InvalidArgumentError(f"at is {at!r}; expected a datetime with a time zone")
    if at.tzinfo is None:
        raise InvalidArgumentError(
            f"at is {at!r}, which has no time zone, so its moment depends on the machine; expected for example "
            'datetime(2027, 5, 1, 9, tzinfo=ZoneInfo("Europe/Berlin")) or datetime.now(UTC) + timedelta(hours=2)'
        )


def _seconds(name: str, value: object) -> float:
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(seconds, bool) or not isinstance(seconds, float | int) or not 0 <= seconds <= LONGEST:
        raise InvalidArgumentError(f"{name} is {value!r}; expected a timedelta or seconds, from 0 to ten years")
    return float(seconds)


def _check_misfire(misfire: object) -> float | None:
    if misfire is None:
        return None
    seconds = _seconds("misfire", misfire)
    if seconds < LEAST_MISFIRE:
        raise InvalidArgumentError(
            f"misfire is {misfire!r}; expected {LEAST_MISFIRE:g} s or more, because a job can begin some seconds late"
        )
    return seconds


def _check_once(once: object) -> str:
    if not isinstance(once, str) or not 1 <= len(once) <= MAX_ONCE:
        raise InvalidArgumentError(f"once is {once!r}; expected a string of 1 to {MAX_ONCE} characters")
    return once


def _key_of_run(name: str, once: str, cause: str | None, at: datetime | None, repetition: Every | None) -> str:
    """Return the key under which a job sends that was scheduled under a key of the user.

    A message is sent once under its key, and repeated runs are told apart by their dates. A function that runs once has
    another key when its job is scheduled for another occasion: by another handler or job, or elsewhere for another
    date.
    """
    if name == SEND or repetition is not None:
        return once
    if cause is not None:
        return f"{once} {cause}"
    return once if at is None else f"{once} {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _key_of_handler() -> str | None:
    """Return a key that is the same when the handler that runs here runs again; None outside handlers."""
    item = current_item.get()
    if item is None or not item.running or item.journal is None:
        return None
    number = _SCHEDULED[item.journal] = _SCHEDULED.get(item.journal, 0) + 1
    return f"{item.key.rpartition('/')[2]}.{number}"
