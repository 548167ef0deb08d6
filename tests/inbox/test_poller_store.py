"""The store of the holders of instances: PostgreSQL, and the one of the simulation, which must do the same."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from greenapi_async.inbox.poller_store import PollerStore
from greenapi_async.inbox.polling_shares import Share
from greenapi_async.inbox.postgres.connection import PostgresConnection
from greenapi_async.inbox.postgres.lease_store import PostgresLeaseStore
from greenapi_async.inbox.postgres.pollers import PostgresPollers, PostgresPollerStore
from greenapi_async.inbox.process_lease import LeaseStore, ProcessLease
from tests.postgres_server import PostgresServer
from tests.simulation.store import SimulatedConnection, SimulatedStore

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]

Stores = tuple[PollerStore, LeaseStore]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest_asyncio.fixture
async def connection(server: PostgresServer) -> AsyncIterator[PostgresConnection]:
    async with PostgresConnection(server.dsn, schema="pollers") as connection:
        yield connection
        await connection.run(drop)


async def drop(connection: AsyncConnection[Any]) -> None:
    await connection.execute("DROP SCHEMA pollers CASCADE")


@pytest_asyncio.fixture(params=["PostgreSQL", "simulated"])
async def stores(request: pytest.FixtureRequest, server: PostgresServer) -> AsyncIterator[Stores]:
    if request.param == "simulated":
        simulated = SimulatedConnection(SimulatedStore(latency=0.0001))
        yield simulated, simulated
        return
    async with PostgresConnection(server.dsn, schema="pollers") as connection:
        yield PostgresPollerStore(connection), PostgresLeaseStore(connection)
        await connection.run(drop)


async def take(store: PollerStore, process: str, instances: range) -> set[int]:
    await store.assign(process, instances, register=True, beyond=False)
    return set(await store.held(process))


async def test_the_first_process_takes_everything_and_the_second_asks_for_half(stores: Stores) -> None:
    store, leases = stores
    await leases.begin("a", 30)
    await leases.begin("b", 30)
    assert await take(store, "a", range(10)) == set(range(10))
    assert await take(store, "b", range(10)) == set()
    look = await store.look("a")
    assert (look.processes, look.free, look.held, len(look.asked)) == (frozenset("ab"), 0, 10, 5)
    assert look.next_end == pytest.approx(30, abs=5)
    fences = await store.held("a")
    await store.release("a", {number: fences[number] for number in look.asked})
    assert set(await store.held("b")) == set(look.asked)
    assert set(await store.held("a")) == set(range(10)) - set(look.asked)
    assert not set(fences.values()) & set((await store.held("b")).values())
    assert (await store.look("a")).asked == []


async def test_a_release_under_an_old_fence_changes_nothing(stores: Stores) -> None:
    store, leases = stores
    await leases.begin("a", 30)
    await take(store, "a", range(3))
    before = await store.held("a")
    await store.release("a", {number: fence - 1 for number, fence in before.items()})
    await store.release("b", before)
    assert await store.held("a") == before


async def test_what_is_released_and_not_asked_for_is_free(stores: Stores) -> None:
    store, leases = stores
    await leases.begin("a", 30)
    await take(store, "a", range(3))
    await store.release("a", await store.held("a"))
    look = await store.look("a")
    assert (look.free, look.held, look.fences) == (3, 0, 0)
    assert await take(store, "a", range(3)) == {0, 1, 2}


async def test_what_a_process_held_that_has_ended_is_taken_over(stores: Stores) -> None:
    store, leases = stores
    await leases.begin("a", 30)
    await leases.begin("b", 30)
    await leases.begin("c", 30)
    await take(store, "a", range(6))
    await take(store, "b", range(6))  # asks for 3
    await leases.end("b")
    assert await take(store, "c", range(6)) == set()
    assert len((await store.look("a")).asked) == 3
    await leases.end("a")
    assert (await store.look("c")).processes == {"c"}
    assert await take(store, "c", range(6)) == set(range(6))


async def test_a_process_whose_lease_has_expired_takes_nothing(stores: Stores) -> None:
    store, leases = stores
    await leases.begin("a", 5)
    await leases.begin("b", 30)
    assert await take(store, "a", range(4)) == {0, 1, 2, 3}
    await asyncio.sleep(5.1)  # by the clock of the database
    assert (await store.assign("a", range(4), register=True, beyond=False)).claimed == 0
    assert not await leases.renew("a", 30)
    assert await take(store, "b", range(4)) == {0, 1, 2, 3}


async def test_processes_take_only_what_they_can_poll(stores: Stores) -> None:
    store, leases = stores
    for process in "abc":
        await leases.begin(process, 30)
    assert await take(store, "a", range(10)) == set(range(10))
    assert await take(store, "b", range(100, 102)) == {100, 101}
    assert await take(store, "c", range(8, 12)) == {10, 11}
    assert set((await store.look("a")).asked) == {8, 9}
    assert (await store.look("b")).asked == []
    await leases.end("c")
    assert (await store.assign("a", range(12), register=False, beyond=False)).claimed == 0
    assert (await store.assign("a", range(12), register=False, beyond=True)).claimed == 2


class Worker:
    """A process of the test, which polls by noting that it does."""

    def __init__(self, dsn: str, polled: dict[int, "Worker"], instances: range) -> None:
        self.connection = PostgresConnection(dsn, schema="pollers", connections=2)
        self.lease = ProcessLease(PostgresLeaseStore(self.connection), 4)
        self.shares = PostgresPollers(self.connection, self.lease)
        self._polled = polled
        self._instances = instances

    async def run(self) -> None:
        async with self.connection, asyncio.TaskGroup() as tasks:
            tasks.create_task(self.lease.keep())
            tasks.create_task(self.shares.keep())
            for number in self._instances:
                self.shares.add(number, lambda share: self._begin(share, tasks))

    def _begin(self, share: Share, tasks: asyncio.TaskGroup) -> None:
        tasks.create_task(self._poll(share))

    async def _poll(self, share: Share) -> None:
        stopped = asyncio.Event()
        with share.polling(stopped.set):
            if not share.may_poll:
                return
            assert share.id_instance not in self._polled, "polled twice"
            self._polled[share.id_instance] = self
            try:
                await stopped.wait()
            finally:
                del self._polled[share.id_instance]


async def until(condition: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  workers give no signal
            await asyncio.sleep(0.05)


async def test_workers_share_1000_instances_and_take_over_from_a_killed_one(
    server: PostgresServer, connection: PostgresConnection
) -> None:
    polled: dict[int, Worker] = {}
    workers = [Worker(server.dsn, polled, range(1000)) for _ in range(4)]

    def is_even(count: int) -> bool:
        loads = [sum(each is worker for each in polled.values()) for worker in workers]
        return len(polled) == 1000 and max(loads) <= -(-1000 // count)

    async with AsyncExitStack() as stack:
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        stack.callback(lambda: [task.cancel() for task in tasks])
        await until(lambda: is_even(4), 40)
        await cancel(tasks[0])
        assert len(polled) == 750
        await until(lambda: len(polled) == 1000, 30)
        await until(lambda: is_even(3), 30)
        server.restart()
        await until(lambda: is_even(3), 60)
        for task in tasks[1:]:
            await cancel(task)
    await connection.run(empty)


async def cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def empty(connection: AsyncConnection[Any]) -> None:
    await connection.execute("DELETE FROM processes")
