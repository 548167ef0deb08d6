"""The work of the command ``greenapi jobs``."""

from datetime import UTC

from greenapi_async.cli.output import shortened
from greenapi_async.cli.run import Session
from greenapi_async.cli.text import counted
from greenapi_async.outgoing.job import JobStatus, ScheduledJob
from greenapi_async.outgoing.jobs import Jobs

__all__ = ["list_jobs"]


async def list_jobs(session: Session, inbox: str | None, name: str | None, status: JobStatus | None) -> None:
    """List what is scheduled, the next to run first.

    Args:
        session: The session.
        inbox: The inbox that was given.
        name: Only jobs of this function.
        status: Only jobs with this status.
    """
    jobs = await Jobs(session.configuration.inbox_view(inbox)).list(name=name, status=status)
    session.output.document(jobs)
    header = [("id", "status", "next run (UTC)", "every", "job")] if jobs else []
    session.output.table([*header, *map(_row, jobs)])
    session.output.line(f"{counted(len(jobs), 'job')}.")


def _row(job: ScheduledJob) -> tuple[str, ...]:
    when = "never" if job.next_run is None else f"{job.next_run.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    about = f" to {job.chat_id}" if job.chat_id else ""
    failure = f": {job.failure.strip().splitlines()[-1]}" if job.failure and job.failure.strip() else ""
    return job.id, job.status, when, str(job.every or ""), shortened(f"{job.name}{about}{failure}", 100)
