"""Verdict of a readiness probe about everything that is watched."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs

from greenapi_async.instance.health import InstanceHealth
from greenapi_async.processing.health import ProcessingHealth

__all__ = ["Require", "Verdict", "judge"]

Require: TypeAlias = Literal["all", "any"]


@attrs.frozen(kw_only=True)
class Verdict:
    """Readiness of a bot.

    Attributes:
        ready: Whether there are no problems.
        problems: Why it is not ready, one sentence each.
        warnings: What needs attention although it is ready.
    """

    ready: bool
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def judge(
    runs: Sequence[ProcessingHealth], clients: Sequence[InstanceHealth], *, require: Require, max_lag: float | None
) -> Verdict:
    """Judge the health of runs and of clients without a run.

    Args:
        runs: Health of the runs.
        clients: Health of the clients.
        require: Whether all instances must work, or at least one; then problems of the others are warnings.
        max_lag: Seconds that the oldest notification may wait; None does not judge that.
    """
    if not runs and not clients:
        return Verdict(ready=False, problems=("Nothing is watched yet: the bot is starting.",))
    instances = [*clients, *(instance for run in runs for instance in run.instances)]
    failing = [f"Instance {each.id_instance}: {problem}" for each in instances for problem in each.problems]
    problems = [problem for run in runs for problem in run.run_problems]
    problems += [
        f"The oldest notification has waited for {run.lag:.0f} s."
        for run in runs
        if max_lag is not None and run.lag > max_lag
    ]
    warnings = [warning for run in runs for warning in run.warnings]
    warnings += [f"Instance {each.id_instance}: {warning}" for each in clients for warning in each.warnings]
    if require == "any" and any(each.ok for each in instances):
        warnings = failing + warnings
    else:
        problems += failing
    return Verdict(ready=not problems, problems=tuple(problems), warnings=tuple(warnings))
