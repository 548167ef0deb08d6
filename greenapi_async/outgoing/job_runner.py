"""Runs the jobs that are due, beside the handlers of a run.

A job is claimed: the process that holds its lease is the only one that runs it. The lease is renewed while it runs. If
it was lost, because this process was suspended, another one may run the job: the run is cancelled. So it is in an inbox
that several processes share when the lease ends by this process's clock, because the store did not answer. The outcome
is written in one transaction with the next date, under the version that was claimed, so only the holder writes it.

Before a function is called, a mark is stored. Where there is one already, the process ended during an earlier attempt;
that counts as a failed attempt, so a job that kills the process is not run for ever.

A job whose function or instance does not exist in this run is put back for a while, because another process may have
it. That is no attempt. When it is older than ``misfire``, it is missed.

The process sleeps until the next job is due, but not longer than a minute, in case the clock is set; with an inbox that
several processes share, a few seconds, because they do not tell each other what they have scheduled.
"""

import functools
import logging
import math
import traceback
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from greenapi_async._internal.concurrency import CLEAN_UP, current_time, run_to_completion
from greenapi_async.errors import (
    InboxError,
    InboxUnavailableError,
    InstanceStartingError,
    InvalidArgumentError,
    NotAuthorizedError,
    RateLimitedError,
    ServerError,
    TransportError,
)
from greenapi_async.inbox.records import Change, DeleteRecord, PutRecord, Record, RecordStore
from greenapi_async.inbox.shared import SharedInbox
from greenapi_async.outgoing.job import JOBS, SEND, StoredJob, read_job
from greenapi_async.outgoing.job_run import (
    Functions,
    JobEvent,
    JobTelemetry,
    Outcome,
    current_run,
    end_scheduling,
    log_event,
    new_run,
)
from greenapi_async.outgoing.jobs import MISFIRE, changes_of

if TYPE_CHECKING:
    from greenapi_async.inbox.notifier import Notifier
    from greenapi_async.processing.services import ServiceRun

__all__ = ["JobRunner"]

logger = logging.getLogger("greenapi_async")

MARKS: Final = "job marks"
"""Collection of the marks, each with the key of its job."""
LEASE: Final = 60.0
RENEWALS: Final = 3
"""Renewals in the length of a lease."""
AT_ONCE: Final = 50
"""Most jobs that one claim returns."""
LONGEST_SLEEP: Final = 60.0
SHARED_SLEEP: Final = 5.0
LOOK_AHEAD: Final = 100
"""Jobs at which the worker looks, besides those in progress."""
MOST_LOOKED_AT: Final = 1000
"""Jobs at which it looks if other processes have all of these, or they cannot be run here."""
FOREIGN_GRACE: Final = timedelta(minutes=2)
"""How long a job is left to other processes that cannot be run here."""
POSTPONE: Final = timedelta(minutes=5)
"""For how long it is put back then."""
GIVE_BACK_TIMEOUT: Final = 5.0
"""Seconds for giving back a job whose run was cancelled by the end of the run."""
_TEMPORARY: Final = (TransportError, ServerError, RateLimitedError, InstanceStartingError, NotAuthorizedError)
KEEP_MARK: Final = timedelta(days=2)


@attrs.define(eq=False)
class _Running:
    """A job in progress."""

    job: StoredJob
    version: int
    scope: anyio.CancelScope = attrs.field(factory=anyio.CancelScope)
    """Is cancelled when the lease is lost."""


class JobRunner:
    """Service that runs jobs.

    Args:
        functions: The functions that jobs call, by name; they may change while it runs.
    """

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def __repr__(self) -> str:
        return "the runner of jobs"

    async def run(self, run: "ServiceRun") -> None:
        """Run jobs until cancelled; return at once if the inbox cannot store any.

        Args:
            run: The run.
        """
        records: RecordStore | None = getattr(run.inbox, "records", None)
        if records is not None:
            await _Worker(run, records, self._functions).work()


class _Worker:
    """The jobs of one run."""

    def __init__(self, run: "ServiceRun", records: RecordStore, functions: Functions) -> None:
        self._run = run
        self._records = records
        self._functions = functions
        self._changes: Notifier = changes_of(records)
        self._is_shared = isinstance(run.inbox, SharedInbox)
        self._longest_sleep = SHARED_SLEEP if self._is_shared else LONGEST_SLEEP
        self._running: dict[str, _Running] = {}
        self._unreadable: dict[str, int] = {}
        self._postponed: set[str] = set()
        self._claimed = 0.0

    async def work(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_leases)
            seen, ahead = 0, LOOK_AHEAD
            while True:
                began = anyio.current_time()
                now = await self._run.retry("jobs", self._records.now)
                until, limit = now + timedelta(seconds=self._longest_sleep), len(self._running) + ahead
                coming = await self._run.retry("jobs", functools.partial(self._look, until, limit))
                free = min(self._run.options.concurrency - len(self._running), AT_ONCE)
                keys = [record.key for record in coming if self._is_to_claim(record, now)][:MOST_LOOKED_AT]
                claimed = await self._claim(keys, free) if keys and free > 0 else ()
                for record in claimed:
                    await self._begin(record)
                if claimed:
                    continue
                if free > 0 and ahead < MOST_LOOKED_AT and len(coming) == limit and _is_due(coming[-1], now):
                    ahead = MOST_LOOKED_AT  # others may have all of these, or they cannot be run here
                    continue
                ahead = LOOK_AHEAD
                dates = [record.due for record in coming if record.due is not None and record.due > now]
                seconds = (dates[0] - now).total_seconds() if dates and free > 0 else self._longest_sleep
                with anyio.CancelScope(deadline=began + seconds):
                    seen = await self._changes.wait(seen)

    async def _look(self, until: datetime, limit: int) -> Sequence[Record]:
        return await self._records.due(JOBS, before=until, limit=limit)

    async def _claim(self, keys: Sequence[str], limit: int) -> Sequence[Record]:
        """Claim some of the jobs; others may have claimed any of them."""

        async def claim() -> Sequence[Record]:
            self._claimed = current_time()
            return await self._records.claim(JOBS, lease=LEASE, limit=limit, keys=keys)

        return await self._run.retry("jobs", claim)

    def _is_to_claim(self, record: Record, now: datetime) -> bool:
        """Return whether to claim a job: it is due, and can be run here, or nobody has done it for some time."""
        key, due = record.key, record.due
        if due is None or due > now or key in self._running or self._unreadable.get(key) == record.version:
            return False
        return self._can_run(key) or now - due > FOREIGN_GRACE

    def _can_run(self, key: str) -> bool:
        """Return whether the instance and the function of a job exist here."""
        instance, _, rest = key.partition("/")
        name = rest.partition("/")[0]
        has_client = instance == "0" or any(str(each.id_instance) == instance for each in self._run.clients())
        return has_client and (name == SEND or name in self._functions)

    async def _keep_leases(self) -> None:
        while True:
            await anyio.sleep(LEASE / RENEWALS)
            all_running = list(self._running.values())
            if not all_running:
                continue
            held, end = await self._renew({each.job.key: each.version for each in all_running})
            for running in all_running:
                if running.job.key in held:
                    self._limit(running, end)
            for running in all_running:
                if running.job.key in held or self._running.get(running.job.key) is not running:
                    continue
                if await self._is_taken(running):
                    running.scope.cancel()
                else:
                    self._limit(running, math.inf)

    async def _renew(self, versions: Mapping[str, int]) -> tuple[Collection[str], float]:
        """Return the keys of the jobs whose leases hold, and when these end by the clock of this process."""
        began = 0.0

        async def renew() -> Collection[str]:
            nonlocal began
            began = current_time()
            return await self._records.renew(JOBS, versions, lease=LEASE)

        return await self._run.retry("renew", renew), began + LEASE

    def _limit(self, running: _Running, end: float) -> None:
        """Limit a run to the length of its lease, if another process can take the job over."""
        if self._is_shared:
            running.scope.deadline = end - CLEAN_UP  # a function that is cancelled may take so long

    async def _is_taken(self, running: _Running) -> bool:
        """Return whether another process has claimed a job; otherwise it was cancelled or scheduled anew."""
        key = running.job.key
        record = await self._run.retry("jobs", lambda: self._records.get(JOBS, key))
        if record is None or self._running.get(key) is not running or record.version == running.version:
            return False
        try:
            return read_job(record).revision == running.job.revision
        except InvalidArgumentError:
            return False

    async def _begin(self, record: Record) -> None:
        """Run a claimed job, or do what else is to be done with it."""
        try:
            job = read_job(record)
        except InvalidArgumentError as error:
            if record.key not in self._unreadable:
                logger.error("Skipped a job: %s", error)  # noqa: TRY400  the traceback would not help
            self._unreadable[record.key] = record.version
            return
        now = await self._run.retry("jobs", self._records.now)
        # postponing moves the due time, so what cannot be run here is late since its date, or since it was scheduled
        plan = job.due_dates(now, (record.due or now) if self._can_run(job.key) else job.late_since)
        following = plan.following
        if plan.missed and plan.first_missed is not None and plan.last_missed is not None:
            missed = attrs.evolve(job, missed_runs=job.missed_runs + plan.missed)
            if plan.run is None and following is not None:
                change = missed.following(following).record(record.version, following, now)
            elif plan.run is None:
                change = attrs.evolve(missed, ended="missed").record(record.version, None, now)
            else:  # runs now for the latest date
                change = missed.following(plan.run).record(record.version, plan.run, now)
            if not await self._apply([change]):
                return
            self._report(
                JobEvent(
                    job=job.view(record.due),
                    outcome="missed",
                    first=plan.first_missed,
                    last=plan.last_missed,
                    dates=plan.missed,
                )
            )
            return  # if a date is left, it is claimed again
        if self._can_run(job.key):
            await self._start(job, record, now)
        else:
            if job.key not in self._postponed:
                self._postponed.add(job.key)
                logger.warning(
                    "The job %s cannot be run here: there is no function %r, or no client of its instance; it waits",
                    job.key,
                    job.name,
                )
            await self._apply([job.record(record.version, now + POSTPONE, now)])

    async def _start(self, job: StoredJob, record: Record, now: datetime) -> None:
        value = [job.revision, job.date, job.attempts]
        put = functools.partial(PutRecord, collection=MARKS, key=job.key, value=value, expires=now + KEEP_MARK)
        mark = put()
        if not await self._apply([mark]):
            found = await self._run.retry("jobs", lambda: self._records.get(MARKS, job.key))
            if found is not None and found.value == value:
                job = job.failed("the process ended, or was suspended, while the job ran", now)
                if self._is_last(job, None, now):
                    await self._finish(job, record.version, now, None)
                    return
                await self._apply([job.record(record.version, now, now), _unmark(job)])
                return  # it is claimed again
            mark = put(replaces="any")
            await self._apply([mark])
        held: Collection[str] = (job.key,)
        end = self._claimed + LEASE
        if current_time() - self._claimed >= LEASE / RENEWALS:
            held, end = await self._renew({job.key: record.version})
        if not held:
            await self._apply([attrs.evolve(_unmark(job), version=mark.version)])
            return
        running = self._running[job.key] = _Running(job, record.version)
        self._limit(running, end)
        self._run.start_task(self._execute, running, name=f"job {job.key}")

    async def _execute(self, running: _Running) -> None:
        job = running.job
        try:
            if self._run.is_stopped():
                await self._give_back(running)
                return
            try:
                error = await self._call(running)
            except anyio.get_cancelled_exc_class():
                await run_to_completion(lambda: self._give_back(running), GIVE_BACK_TIMEOUT)
                raise
            if running.scope.cancel_called:
                return
            now = await self._run.retry("jobs", self._records.now)
            if error is not None:
                job = job.failed(_text(error), now)
            await self._finish(job, running.version, now, error, is_done=error is None)
        except InboxUnavailableError as error:  # only when stopped
            logger.warning("The inbox is unavailable; job %s is run again at the next start: %s", job.key, error)
        except InboxError as error:
            self._run.fail(error)
        finally:
            self._running.pop(job.key, None)
            self._changes.notify()

    async def _call(self, running: _Running) -> BaseException | None:
        """Run the function; return what it raised if that is a failed attempt."""
        failure: BaseException | None = None
        with running.scope:
            try:
                with anyio.fail_after(self._run.options.handler_timeout):
                    await self._call_function(running.job)
            except BaseException as error:
                if await self._run.ends_run(error):
                    raise
                failure = error
        if running.scope.cancel_called:
            logger.warning("Lost the lease of job %s; another process may run it", running.job.key)
        return failure

    async def _call_function(self, job: StoredJob) -> None:
        current = new_run(job, self._run.clients())
        current_run.set(current)
        try:
            if job.name == SEND:
                await current.client.send_message(once=current.key, **job.arguments)
            elif (function := self._functions.get(job.name)) is not None:
                await function(current)
            else:
                raise InvalidArgumentError(f"there is no job {job.name!r} any more")
        finally:
            end_scheduling(current)

    async def _finish(
        self,
        job: StoredJob,
        version: int,
        now: datetime,
        error: BaseException | None,
        *,
        is_done: bool = False,
    ) -> None:
        """Write the outcome of an attempt, together with the next date."""
        following = None if job.repetition is None else job.repetition.after(job.when)
        before, date = job.view(job.when), job.when
        outcome: Outcome = "done" if is_done else "failed" if self._is_last(job, error, now) else "retrying"
        change: Change
        if outcome == "retrying":
            change = job.record(version, now + timedelta(seconds=self._run.options.backoff(job.attempts)), now)
        elif outcome == "failed" and following is None:
            change = attrs.evolve(job, ended="failed", failed_runs=job.failed_runs + 1).record(version, None, now)
        elif following is None:
            change = DeleteRecord(collection=JOBS, key=job.key, version=version)
        else:
            failed = outcome == "failed"
            job = attrs.evolve(
                job, failed_runs=job.failed_runs + failed, failure=job.failure if failed else None
            ).following(following)
            change = job.record(version, following, now)
        if not await self._apply([change, _unmark(job)]):
            await self._apply([_unmark(job)])  # it was cancelled or scheduled anew, or another process runs it
        self._report(JobEvent(job=before, outcome=outcome, first=date, last=date, error=error))

    def _is_last(self, job: StoredJob, error: BaseException | None, now: datetime) -> bool:
        """Return whether there is no further attempt: a failure of the connection is retried for as long as allowed."""
        if job.attempts < self._run.options.attempts:
            return False
        late = MISFIRE if job.misfire is None else timedelta(seconds=job.misfire)
        return not isinstance(error, _TEMPORARY) or now - job.late_since > late

    async def _give_back(self, running: _Running) -> None:
        """Make a job due again that was not finished; that is no attempt."""
        job, version = running.job, running.version
        now = await self._records.now()
        changes: list[Change] = [job.record(version, now, now), _unmark(job)]
        await self._records.apply(changes, durable=False)

    async def _apply(self, changes: Sequence[Change]) -> bool:
        return await self._run.retry("jobs", lambda: self._records.apply(changes, durable=False))

    def _report(self, event: JobEvent) -> None:
        log_event(event)
        for receiver in (self._run.options.telemetry, self._run.options.monitor):
            if isinstance(receiver, JobTelemetry):
                receiver.job(event)


def _is_due(record: Record, now: datetime) -> bool:
    return record.due is not None and record.due <= now


def _unmark(job: StoredJob) -> DeleteRecord:
    return DeleteRecord(collection=MARKS, key=job.key)


def _text(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
