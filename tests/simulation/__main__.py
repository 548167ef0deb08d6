"""Simulate the distribution of polled instances, and print a table.

Usage: ``python -m tests.simulation [--machines N] [--instances N] [--lease S] [--latency MS]``. The real leasing code
runs in virtual time over a simulated store. Each scenario starts from an even distribution: five machines die at once;
a machine is cut off from the store; the store fails over. After every step it is checked that no instance is polled by
two machines.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable

import anyio

from greenapi_async.testing.virtual_clock_asyncio import control_loop
from tests.simulation.machines import Cluster

__all__ = ["Scenario", "run"]

Scenario = Callable[[Cluster, int], Awaitable[str]]
FAILOVERS = (20, 40, 60)


async def distribute(cluster: Cluster, machines: int) -> str:
    """Start all machines within five seconds, over an empty store."""
    for _ in range(machines):
        cluster.start()
        await anyio.sleep(cluster.random.random() * 10 / machines)
    seconds = await cluster.recover()
    even = seconds + await cluster.settle(machines=machines)
    return f"all polled after {seconds:.1f} s, even after {even:.1f} s, longest pause {cluster.longest_gap:.1f} s"


async def idle(cluster: Cluster, machines: int) -> str:
    """Let ten minutes pass."""
    cluster.store.statements.clear()
    busy = cluster.store.busy
    await anyio.sleep(600)
    parts = ", ".join(f"{name} {count / 600:.1f}" for name, count in sorted(cluster.store.statements.items()))
    total = cluster.store.statements.total() / 600
    return f"{total:.1f} operations per second ({parts}); lock held {(cluster.store.busy - busy) / 6:.2f}% of the time"


async def join(cluster: Cluster, machines: int) -> str:
    """Add a tenth of the machines, and stop them again."""
    cluster.longest_gap = 0.0
    more = [cluster.start() for _ in range(machines // 10)]
    seconds = await cluster.settle(machines=machines + len(more))
    gap, cluster.longest_gap = cluster.longest_gap, 0.0
    for machine in more:
        await machine.stop()
    back = await cluster.recover()
    await cluster.settle(machines=machines)
    return (
        f"even after {seconds:.1f} s, longest pause of an instance {gap:.1f} s; "
        f"stopped again: all polled after {back:.1f} s"
    )


async def die(cluster: Cluster, machines: int) -> str:
    """Kill five machines at once, or half of them."""
    dead = [machine for machine in cluster.machines if machine.is_alive][: min(5, machines // 2)]
    for machine in dead:
        machine.kill()
    await anyio.sleep(0.25)
    lost = len(cluster.instances) - len(cluster.pollers)
    worst = 0.25 + await cluster.recover()
    even = worst + await cluster.settle(machines=machines - len(dead))
    for _ in dead:
        cluster.start()
    await cluster.settle(machines=machines)
    return f"{lost} instances, all polled again after {worst:.1f} s, even after {even:.1f} s"


async def cut_off(cluster: Cluster, machines: int) -> str:
    """Cut one machine off from the store for two minutes."""
    machine = next(machine for machine in cluster.machines if machine.is_alive)
    machine.connection.is_reachable = False
    start = anyio.current_time()
    while machine.shares.polled:  # noqa: ASYNC110  it gives no signal
        await anyio.sleep(0.1)
    stopped = anyio.current_time() - start
    again = stopped + await cluster.recover()
    await anyio.sleep(120 - again)
    machine.connection.is_reachable = True
    even = await cluster.settle(machines=machines)
    return f"it stops after {stopped:.1f} s, others poll after {again:.1f} s; even {even:.1f} s after its return"


def fail_over(seconds: int) -> Scenario:
    """Return the scenario in which the store is unavailable for a time."""

    async def scenario(cluster: Cluster, machines: int) -> str:
        cluster.store.is_up = False
        least = len(cluster.pollers)
        for _ in range(seconds * 4):
            await anyio.sleep(0.25)
            least = min(least, len(cluster.pollers))
        cluster.store.is_up = True
        back = await cluster.recover()
        even = back + await cluster.settle(machines=machines)
        return f"{least} polled at the worst moment; all again {back:.1f} s after the return, even after {even:.1f} s"

    return scenario


async def run(machines: int, instances: int, lease: float, latency: float, show: Callable[[str, str], None]) -> None:
    """Run all scenarios.

    Args:
        machines: Number of processes.
        instances: Number of instances; each process can poll all of them.
        lease: Length of the leases in seconds.
        latency: Mean latency of the store in seconds, one way.
        show: Receives the name and the result of each scenario.

    Raises:
        AssertionError: An instance was polled by two processes.
    """
    scenarios: dict[str, Scenario] = {
        "from zero": distribute,
        "idle": idle,
        "a tenth more machines": join,
        "five (or half) of the machines die": die,
        "one machine cut off": cut_off,
        **{f"store away for {seconds} s": fail_over(seconds) for seconds in FAILOVERS},
    }
    async with anyio.create_task_group() as tasks:
        cluster = Cluster(tasks, instances=instances, lease=lease, latency=latency)
        for name, scenario in scenarios.items():
            peak, watch = [0.0], anyio.CancelScope()
            tasks.start_soon(measure_peak, cluster, peak, watch)
            result = await scenario(cluster, machines)
            watch.cancel()
            show(name, f"{result}; peak {peak[0]:.0f} operations per second")
            assert cluster.violations == []
        tasks.cancel_scope.cancel()


async def measure_peak(cluster: Cluster, peak: list[float], scope: anyio.CancelScope) -> None:
    """Note the greatest number of operations in a second."""
    with scope:
        while True:
            before = cluster.store.statements.total()
            await anyio.sleep(1)
            peak[0] = max(peak[0], cluster.store.statements.total() - before)


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=50)
    parser.add_argument("--instances", type=int, default=10_000)
    parser.add_argument("--lease", type=float, default=25.0)
    parser.add_argument("--latency", type=float, default=2.0, help="milliseconds")
    given = parser.parse_args()
    logging.disable()
    start = time.perf_counter()

    def show(name: str, result: str) -> None:
        sys.stdout.write(f"{name}: {result}\n")
        sys.stdout.flush()

    def create_loop() -> asyncio.AbstractEventLoop:
        loop = asyncio.SelectorEventLoop()
        control_loop(loop, start=0)
        return loop

    with asyncio.Runner(loop_factory=create_loop) as runner:
        runner.run(run(given.machines, given.instances, given.lease, given.latency / 1000, show))
    sys.stdout.write(f"{given.machines} machines, {given.instances} instances, {time.perf_counter() - start:.0f} s\n")


if __name__ == "__main__":
    main()
