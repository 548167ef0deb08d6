"""One run of a job: what its function gets, and what is reported of it."""

# The private members of JobRun are for this module.
# pyright: reportPrivateUsage=false

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.outgoing.job import ScheduledJob, StoredJob
from greenapi_async.processing.client_protocol import ProcessClient

__all__ = [
    "Functions",
    "JobEvent",
    "JobRun",
    "JobTelemetry",
    "Outcome",
    "current_run",
    "end_scheduling",
    "key_of_next_job",
    "log_event",
    "new_run",
]

logger = logging.getLogger("greenapi_async")

Outcome = Literal["done", "retrying", "failed", "missed"]


@attrs.define(eq=False)
class Scheduling:
    """Jobs that the function of a run schedules.

    Attributes:
        counts: How often it has scheduled each.
        is_over: Whether it has ended; tasks that it left behind are not repeated with it.
    """

    counts: Counter[str] = attrs.field(factory=Counter[str])
    is_over: bool = False


@attrs.frozen(kw_only=True, eq=False)
class JobRun:
    """A run of a job, for its function.

    Attributes:
        id: Id of the job.
        name: Name of the function.
        scheduled: The date for which it runs, in UTC; now is later, also much later if no process was up.
        attempt: 1 for the first attempt.
        key: The same in all attempts of this run and in no other run: use it as ``once=`` of what the function sends,
            so that another attempt does not send it again.
        arguments: The arguments, as JSON has them.
        id_instance: The instance of the job; None if it belongs to none.
    """

    id: str
    name: str
    scheduled: datetime
    attempt: int
    key: str
    arguments: Mapping[str, Any] = attrs.field(repr=False)
    id_instance: int | None
    _clients: Sequence[ProcessClient] = attrs.field(alias="clients", repr=False)
    _scheduling: Scheduling = attrs.field(factory=Scheduling, init=False, repr=False)

    @property
    def client(self) -> ProcessClient:
        """The client of the job's instance, or the only client of the run.

        Raises:
            InvalidArgumentError: The job has no instance, and the run several clients.
        """
        client = _client_of(self._clients, self.id_instance)
        if client is None:
            raise InvalidArgumentError(
                f"the job {self.id} belongs to no instance, and the run has {len(self._clients)} clients; "
                "schedule it with_options(client=...)"
            )
        return client


current_run: ContextVar[JobRun | None] = ContextVar("current_run", default=None)
"""The run whose function is called in this context."""

JobFunction: TypeAlias = Callable[[JobRun], Awaitable[object]]
Functions: TypeAlias = Mapping[str, JobFunction]
"""Functions of jobs, by name."""


@attrs.frozen(kw_only=True)
class JobEvent:
    """Outcome of a run of a job.

    Attributes:
        job: The job as it was.
        outcome: ``"done"``, ``"retrying"`` after a failed attempt, ``"failed"`` after the last one, or ``"missed"``: no
            process was up in time.
        first: The date of the run; the first of the dates that were missed.
        last: The same date; the last of the dates that were missed.
        dates: The number of dates: 1, or more that were missed.
        error: What the function raised; None unless the attempt failed.
    """

    job: ScheduledJob
    outcome: Outcome
    first: datetime
    last: datetime
    dates: int = 1
    error: BaseException | None = None


@runtime_checkable
class JobTelemetry(Protocol):
    """Optional part of the objects that are given as ``telemetry=`` and ``monitor=``."""

    def job(self, event: JobEvent) -> None:
        """Note what became of a run; must not raise.

        Args:
            event: What happened.
        """
        ...


def key_of_next_job(name: str, arguments: Mapping[str, Any]) -> str | None:
    """Return a key for a job that the running one schedules, the same in all attempts; None outside of jobs.

    It depends on the arguments, because another attempt may schedule less: what is already done is left out.

    Args:
        name: Name of the function.
        arguments: Its arguments.
    """
    run = current_run.get()
    if run is None or run._scheduling.is_over:
        return None
    content = json.dumps([run.id, run.key, name, arguments], sort_keys=True, default=repr)
    digest = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
    run._scheduling.counts[digest] += 1
    return f"{digest}.{run._scheduling.counts[digest]}"


def end_scheduling(run: JobRun) -> None:
    """Note that the function of a run has ended."""
    run._scheduling.is_over = True


def new_run(job: StoredJob, clients: Sequence[ProcessClient]) -> JobRun:
    """Return the next run of a job.

    Args:
        job: The job.
        clients: The clients of the run.
    """
    return JobRun(
        id=job.key,
        name=job.name,
        scheduled=job.when,
        attempt=job.attempts + 1,
        key=job.run_key,
        arguments=job.arguments,
        id_instance=job.instance,
        clients=clients,
    )


def _client_of(clients: Sequence[ProcessClient], id_instance: int | None) -> ProcessClient | None:
    """Return the client of an instance; for None, the only client there is.

    Args:
        clients: The clients of the run.
        id_instance: The instance.
    """
    if id_instance is None:
        return clients[0] if len(clients) == 1 else None
    return next((client for client in clients if client.id_instance == id_instance), None)


def log_event(event: JobEvent) -> None:
    """Write what became of a run to the log."""
    job, error, first = event.job, event.error, f"{event.first:%Y-%m-%d %H:%M:%S} UTC"
    match event.outcome:
        case "done":
            logger.debug("The job %s is done (%s)", job.id, first)
        case "retrying":
            logger.warning("The job %s failed (%s, attempt %d); retrying", job.id, first, job.attempts, exc_info=error)
        case "failed":
            logger.error("The job %s failed for good (%s, %d attempts)", job.id, first, job.attempts, exc_info=error)
        case "missed" if event.dates == 1:
            logger.warning("The job %s was missed (%s)", job.id, first)
        case "missed":
            last = f"{event.last:%Y-%m-%d %H:%M:%S} UTC"
            logger.warning("The job %s was missed %d times (%s to %s)", job.id, event.dates, first, last)
