"""Few machines, in virtual time: the distribution of instances is even, moves when it must, and never overlaps."""

import anyio
import pytest

from tests.simulation.machines import Cluster

pytestmark = pytest.mark.anyio


async def test_instances_are_distributed_evenly_from_zero() -> None:
    async with anyio.create_task_group() as tasks:
        cluster = Cluster(tasks, instances=50, lease=25.0)
        for _ in range(4):
            cluster.start()
        assert await cluster.settle(machines=4) < 15
        assert sorted(cluster.loads()) == [12, 12, 13, 13]
        assert cluster.violations == []
        tasks.cancel_scope.cancel()


async def test_one_machine_holds_everything_until_another_joins() -> None:
    async with anyio.create_task_group() as tasks:
        cluster = Cluster(tasks, instances=40, lease=25.0)
        cluster.start()
        await cluster.settle(machines=1)
        cluster.start()
        assert await cluster.settle(machines=2) < 15
        assert cluster.loads() == [20, 20]
        assert cluster.longest_gap < 5
        assert cluster.violations == []
        tasks.cancel_scope.cancel()


async def test_the_instances_of_a_killed_machine_are_polled_again_within_30_seconds() -> None:
    async with anyio.create_task_group() as tasks:
        cluster = Cluster(tasks, instances=40, lease=25.0)
        machines = [cluster.start() for _ in range(4)]
        await cluster.settle(machines=4)
        machines[0].kill()
        await anyio.sleep(1)
        assert len(cluster.pollers) == 30
        assert await cluster.recover() < 29
        await cluster.settle(machines=3)
        assert cluster.violations == []
        tasks.cancel_scope.cancel()


async def test_the_instances_of_a_stopped_machine_move_at_once() -> None:
    async with anyio.create_task_group() as tasks:
        cluster = Cluster(tasks, instances=40, lease=25.0)
        machines = [cluster.start() for _ in range(4)]
        await cluster.settle(machines=4)
        await machines[0].stop()
        assert await cluster.recover() < 8
        assert cluster.violations == []
        tasks.cancel_scope.cancel()


async def test_a_machine_that_cannot_reach_the_store_stops_polling_before_others_begin() -> None:
    async with anyio.create_task_group() as tasks:
        cluster = Cluster(tasks, instances=40, lease=25.0)
        machines = [cluster.start() for _ in range(4)]
        await cluster.settle(machines=4)
        machines[0].connection.is_reachable = False
        await anyio.sleep(27)
        assert machines[0].shares.polled == []
        await cluster.recover()
        machines[0].connection.is_reachable = True
        await cluster.settle(machines=4)
        assert cluster.violations == []
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("seconds", [5, 20, 60])
async def test_an_outage_of_the_store_is_survived(seconds: float) -> None:
    async with anyio.create_task_group() as tasks:
        cluster = Cluster(tasks, instances=40, lease=25.0)
        for _ in range(4):
            cluster.start()
        await cluster.settle(machines=4)
        cluster.store.is_up = False
        await anyio.sleep(seconds)
        if seconds < 15:
            assert len(cluster.pollers) == 40
        cluster.store.is_up = True
        await anyio.sleep(0.5)
        assert await cluster.recover() < 60
        await cluster.settle(machines=4)
        assert cluster.violations == []
        tasks.cancel_scope.cancel()


async def test_machines_with_different_instances_poll_all_of_them() -> None:
    async with anyio.create_task_group() as tasks:
        cluster = Cluster(tasks, instances=60, lease=25.0)
        cluster.start(range(1, 41))
        cluster.start(range(31, 51))
        cluster.start(range(51, 61))
        assert await cluster.recover() < 30
        await anyio.sleep(120)
        assert len(cluster.pollers) == 60
        assert cluster.loads()[0] >= 30
        assert cluster.violations == []
        tasks.cancel_scope.cancel()


async def test_an_idle_cluster_asks_the_store_rarely() -> None:
    async with anyio.create_task_group() as tasks:
        cluster = Cluster(tasks, instances=400, lease=25.0)
        for _ in range(10):
            cluster.start()
        await cluster.settle(machines=10)
        cluster.store.statements.clear()
        await anyio.sleep(600)
        assert cluster.store.statements.total() / 600 < 10 * 0.6
        assert cluster.violations == []
        tasks.cancel_scope.cancel()
