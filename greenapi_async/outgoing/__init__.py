"""Sending at other times than now: broadcasts, jobs and opt-outs.

Submodules are imported on first use, for example by ``outgoing.jobs.Jobs``.
"""

from typing import TYPE_CHECKING

from greenapi_async._internal.lazy import lazy_modules

if TYPE_CHECKING:
    from greenapi_async.outgoing import (
        broadcast,
        broadcast_client,
        broadcast_content,
        broadcast_monitor,
        broadcast_options,
        broadcast_pace,
        broadcast_preparation,
        broadcast_progress,
        broadcast_queue,
        broadcast_recipients,
        broadcast_records,
        broadcast_run,
        broadcast_sending,
        broadcast_statuses,
        broadcast_store,
        broadcast_terminal,
        broadcast_turns,
        broadcast_work,
        job,
        job_run,
        job_runner,
        jobs,
        opt_out_words,
        opt_outs,
        process,
        schedule,
    )
else:
    __getattr__ = lazy_modules(__name__)

__all__ = [
    "broadcast",
    "broadcast_client",
    "broadcast_content",
    "broadcast_monitor",
    "broadcast_options",
    "broadcast_pace",
    "broadcast_preparation",
    "broadcast_progress",
    "broadcast_queue",
    "broadcast_recipients",
    "broadcast_records",
    "broadcast_run",
    "broadcast_sending",
    "broadcast_statuses",
    "broadcast_store",
    "broadcast_terminal",
    "broadcast_turns",
    "broadcast_work",
    "job",
    "job_run",
    "job_runner",
    "jobs",
    "opt_out_words",
    "opt_outs",
    "process",
    "schedule",
]
