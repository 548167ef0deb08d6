"""Checks of a run's health: its instances, its inbox, and the run itself.

A check asks every instance for its state, counts the quarantine and writes a small record to the inbox, because an idle
bot notices neither a wrong token in webhook mode nor a full disk. Checks that come together share one, and a result is
returned again until it is ``max_age`` old, so probes cost little. A run of many instances is asked less often: for all
of them together, ``STATES_PER_SECOND`` requests are made.

What has begun in an inbox cannot be cancelled. So the inbox is checked in a task of the run, and the caller stops
waiting for it when its time is over.
"""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio
import attrs

from greenapi_async._internal.concurrency import current_time
from greenapi_async.errors import GreenAPIError
from greenapi_async.inbox.base import Inbox
from greenapi_async.inbox.storage_check import Checkable, CountsQuarantined
from greenapi_async.instance.health import InstanceHealth
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.ingest import Ingest
from greenapi_async.processing.health import ProcessingHealth

if TYPE_CHECKING:
    from greenapi_async.processing.client_protocol import ProcessClient
    from greenapi_async.processing.instances import Instances

__all__ = ["HealthChecks", "RunStatus"]

StartSoon: TypeAlias = Callable[[Callable[[], Coroutine[Any, Any, None]]], object]

STATES_PER_SECOND: Final = 20
AT_ONCE: Final = 50
"""Instances that are asked at once."""
GRACE: Final = 3.0
"""Seconds for which polls may fail before that is a problem: single failures are repeated and harmless."""


@attrs.frozen
class RunStatus:
    """Stage of a run.

    Attributes:
        ended: Whether the run is over.
        start_soon: Starts a task of the run; None before the run, and when it has been stopped.
        error: What ended the run, or will.
    """

    ended: bool
    start_soon: StartSoon | None = None
    error: BaseException | None = None

    @property
    def running(self) -> bool:
        """True if new handlers are started."""
        return self.start_soon is not None


class HealthChecks:
    """Checks of one run."""

    def __init__(
        self, instances: "Instances", ingest: Ingest[Inbox], counters: Counters, status: Callable[[], RunStatus]
    ) -> None:
        """Prepare the checks of a run.

        Args:
            instances: Its instances.
            ingest: Its inbox.
            counters: Its counters.
            status: Returns where it stands.
        """
        self._instances = instances
        self._ingest = ingest
        self._counters = counters
        self._status = status
        self._lock: anyio.Lock | None = None
        self._latest: dict[int, InstanceHealth] = {}
        self._result: ProcessingHealth | None = None
        self._taken = 0.0
        self._storage = _StorageCheck(ingest.inbox)

    async def check(self, max_age: float, timeout: float) -> ProcessingHealth:
        """Check everything, or return the last result; see ``Processing.health``.

        Args:
            max_age: Seconds for which the last result is returned again.
            timeout: Seconds after which an instance or the inbox counts as unreachable.
        """
        self._lock = self._lock or anyio.Lock()
        async with self._lock:
            oldest = max(max_age, len(self._instances.by_id) / STATES_PER_SECOND)
            if self._result is None or max_age <= 0 or current_time() - self._taken >= oldest:
                self._result = await self._check(timeout)
                self._taken = current_time()
            return self._current(self._result)

    def _current(self, result: ProcessingHealth) -> ProcessingHealth:
        """Return a result with everything that costs nothing brought up to date."""
        status = self._status()
        return attrs.evolve(
            result,
            instances=tuple(self._with_poll(health) for health in result.instances),
            running=status.running,
            ended=status.ended,
            waiting=self._counters.waiting,
            lag=self._counters.lag,
            run_problems=(*_run_problems(status), *self._inbox_problems()),
        )

    async def _check(self, timeout: float) -> ProcessingHealth:
        status = self._status()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._check_instances, timeout)
            if status.start_soon is not None:
                tasks.start_soon(self._storage.check, status.start_soon, timeout)
        return ProcessingHealth(
            instances=tuple(self._latest[number] for number in self._instances.by_id if number in self._latest),
            running=status.running,
            ended=status.ended,
            waiting=0,
            lag=0.0,
            quarantined=self._storage.quarantined,
            checked=datetime.now(UTC),
        )

    async def _check_instances(self, timeout: float) -> None:
        clients = [instance.client for instance in self._instances.by_id.values()]
        self._latest = {client.id_instance: self._unanswered(client.id_instance, timeout) for client in clients}
        slots = anyio.Semaphore(AT_ONCE)

        async def check(client: "ProcessClient") -> None:
            async with slots:
                self._latest[client.id_instance] = await client.health(timeout=timeout)

        with anyio.move_on_after(2 * timeout):
            async with anyio.create_task_group() as tasks:
                for client in clients:
                    tasks.start_soon(check, client)

    def _unanswered(self, id_instance: int, timeout: float) -> InstanceHealth:
        last = self._latest.get(id_instance)
        problem = f"The state could not be asked for within {2 * timeout:g} s."
        return last or InstanceHealth(id_instance=id_instance, problems=(problem,))

    def _with_poll(self, health: InstanceHealth) -> InstanceHealth:
        """Add why an instance is not polled."""
        failure = self._instances.failures.get(health.id_instance)
        if failure is not None:
            problem = f"Polling has stopped: {failure}"
            if str(failure) in health.problems:  # the check got the same answer
                return attrs.evolve(
                    health, problems=tuple(problem if each == str(failure) else each for each in health.problems)
                )
            return attrs.evolve(health, problems=(*health.problems, problem))
        lost = self._instances.lost_contact(health.id_instance)
        if lost is None or lost[0] < GRACE or health.problems:
            return health
        return attrs.evolve(health, problems=(f"Polls have failed for {lost[0]:.0f} s ({lost[1]}).",))

    def _inbox_problems(self) -> list[str]:
        trouble = self._storage.problem or self._ingest.trouble
        return [] if trouble is None else [f"The inbox is unavailable: {trouble}"]


def _run_problems(status: RunStatus) -> list[str]:
    if status.ended:
        reason = f": {status.error}" if isinstance(status.error, GreenAPIError) else ""
        return [f"The run has ended{reason or '.'}"]
    return [] if status.running else ["The run has not started, or is shutting down."]


class _StorageCheck:
    """Check of the inbox, one at a time.

    Attributes:
        problem: Why the inbox cannot be used; None if it can.
        quarantined: Entries in quarantine; None if they could not be counted.
    """

    def __init__(self, inbox: Inbox) -> None:
        self.problem: object = None
        self.quarantined: int | None = None
        self._inbox = inbox
        self._done: anyio.Event | None = None

    async def check(self, start_soon: StartSoon, timeout: float) -> None:
        """Start a check, unless one is in progress, and wait for it.

        Args:
            start_soon: Starts a task of the run.
            timeout: Seconds to wait.
        """
        done = self._done
        if done is None:
            done = self._done = anyio.Event()
            start_soon(self._run)
        with anyio.move_on_after(timeout) as scope:
            await done.wait()
        if scope.cancelled_caught:
            self.problem, self.quarantined = f"it did not answer within {timeout:g} s", None

    async def _run(self) -> None:
        done = self._done
        try:
            if isinstance(self._inbox, Checkable):
                await self._inbox.check()
            if isinstance(self._inbox, CountsQuarantined):
                self.quarantined = await self._inbox.count_quarantined()
            else:
                self.quarantined = len(await self._inbox.quarantined())
        except Exception as error:  # noqa: BLE001  reported
            self.problem, self.quarantined = str(error) or type(error).__name__, None
        else:
            self.problem = None
        finally:
            self._done = None
            if done is not None:
                done.set()
