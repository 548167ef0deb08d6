"""Sending at other times than now: jobs and opt-outs.

Submodules are imported on first use, for example by ``outgoing.jobs.Jobs``.
"""

from typing import TYPE_CHECKING

from greenapi_async._internal.lazy import lazy_modules

if TYPE_CHECKING:
    from greenapi_async.outgoing import (
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

__all__ = ["job", "job_run", "job_runner", "jobs", "opt_out_words", "opt_outs", "process", "schedule"]
