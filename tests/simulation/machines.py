"""Processes that share the polling of many instances, in virtual time, with the real leasing code.

A ``Machine`` runs a ``ProcessLease`` and ``PollingShares``, and one task for each instance that polls as ``processing``
does: while its share may poll, and until it is told to stop. Whenever a poll begins, it is checked that no other
machine polls the same instance.
"""

import random
from collections.abc import Iterable

import anyio
from anyio.abc import TaskGroup

from greenapi_async.inbox.polling_shares import PollingShares, Share
from greenapi_async.inbox.process_lease import ProcessLease
from tests.simulation.store import SimulatedConnection, SimulatedStore

__all__ = ["Cluster", "Machine"]


class Cluster:
    """All machines, and who polls what."""

    def __init__(
        self, tasks: TaskGroup, *, instances: int, lease: float, latency: float = 0.002, seed: int = 1
    ) -> None:
        self.store = SimulatedStore(latency=latency, seed=seed)
        self.instances = range(1, instances + 1)
        self.machines: list[Machine] = []
        self.pollers: dict[int, Machine] = {}
        self.longest_gap = 0.0
        self.violations: list[str] = []
        self.random = random.Random(seed)
        self.tasks = tasks
        self.lease = lease
        self._ended: dict[int, float] = {}

    def start(self, instances: Iterable[int] | None = None) -> "Machine":
        """Start another machine."""
        machine = Machine(self, list(self.instances if instances is None else instances))
        self.machines.append(machine)
        self.tasks.start_soon(machine.run)
        return machine

    def begin_poll(self, instance: int, machine: "Machine") -> None:
        other = self.pollers.get(instance)
        if other is not None and other is not machine:
            self.violations.append(f"{anyio.current_time():.3f}: instance {instance} is polled twice")
        self.pollers[instance] = machine
        if (ended := self._ended.pop(instance, None)) is not None:
            self.longest_gap = max(self.longest_gap, anyio.current_time() - ended)

    def end_poll(self, instance: int) -> None:
        if self.pollers.pop(instance, None) is not None:
            self._ended[instance] = anyio.current_time()

    def loads(self) -> list[int]:
        return [len(machine.shares.polled) for machine in self.machines if machine.is_alive]

    async def settle(self, *, machines: int, limit: float = 600.0) -> float:
        """Wait until all instances are polled by so many machines, none beyond its share; return the seconds."""
        start = anyio.current_time()
        most = -(-len(self.instances) // machines)
        while anyio.current_time() - start < limit:
            loads = self.loads()
            if len(self.pollers) == len(self.instances) and len(loads) == machines and max(loads) <= most:
                return anyio.current_time() - start
            await anyio.sleep(0.25)
        raise TimeoutError(f"{len(self.pollers)} instances are polled, loads {sorted(self.loads())}")

    async def recover(self, *, limit: float = 600.0) -> float:
        """Wait until all instances are polled; return the seconds."""
        start = anyio.current_time()
        while len(self.pollers) < len(self.instances):
            if anyio.current_time() - start >= limit:
                raise TimeoutError(f"{len(self.pollers)} instances are polled")
            await anyio.sleep(0.25)
        return anyio.current_time() - start


class Machine:
    """One process."""

    def __init__(self, cluster: Cluster, instances: list[int]) -> None:
        self.connection = SimulatedConnection(cluster.store)
        self.lease = ProcessLease(self.connection, cluster.lease, clock=anyio.current_time)
        self.shares = PollingShares(self.connection, self.lease, jitter=cluster.random.random)
        self.is_alive = True
        self._cluster = cluster
        self._instances = instances
        self._scope = anyio.CancelScope()

    def kill(self) -> None:
        """End without telling anybody."""
        self.is_alive = False
        self._scope.cancel()

    async def stop(self) -> None:
        """End and release the lease."""
        self.kill()
        await self.lease.release()

    async def run(self) -> None:
        with self._scope:
            async with anyio.create_task_group() as tasks:

                def begin(share: Share) -> None:
                    tasks.start_soon(self._poll, share)

                for number in self._instances:
                    self.shares.add(number, begin)
                tasks.start_soon(self.lease.keep)
                tasks.start_soon(self.shares.keep)

    async def _poll(self, share: Share) -> None:
        stopped = anyio.Event()
        with share.polling(stopped.set):
            if not share.may_poll:
                return
            self._cluster.begin_poll(share.id_instance, self)
            try:
                await stopped.wait()  # long polls, one after the other
            finally:
                self._cluster.end_poll(share.id_instance)
            if share.is_asked:
                await anyio.sleep(0.1 * self._cluster.random.random())  # the deletion is settled
