"""Several processes share the rates of an instance: in virtual time, over a store in memory that is some way off."""

import asyncio
import gc
import random
from typing import Any

import anyio
import pytest

from greenapi_async import InvalidArgumentError
from greenapi_async.http.shared_rate_limiter import SharedRateLimiter
from greenapi_async.http.slot_store import Answer, MemorySlotStore, Report, SlotStore, StoreUnavailableError, Terms
from tests.http.test_rate_limiter import Server

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)]


class DistantStore(SlotStore):
    """A process's way to the store: with latency, and closed at times."""

    def __init__(self, store: MemorySlotStore, slowest: float = 0.02) -> None:
        self.store = store
        self.random = random.Random(1)
        self.slowest = slowest
        self.reachable = True
        self.loses_next_answer = False

    async def exchange(self, method: str, terms: Terms, report: Report) -> Answer:
        await self._travel()
        answer = await self.store.exchange(method, terms, report)
        await self._travel()
        if self.loses_next_answer:
            self.loses_next_answer = False
            await anyio.sleep_forever()
        return answer

    async def _travel(self) -> None:
        await anyio.sleep(self.random.uniform(0, self.slowest / 2))
        if not self.reachable:
            raise StoreUnavailableError("connection refused")


class Process:
    """A process with as many callers as it can use."""

    def __init__(self, server: Server, store: DistantStore) -> None:
        self.server, self.store = server, store
        self.limiter = SharedRateLimiter(store, id_instance=1101000001)
        self.sent = 0

    async def call(self, per_second: float) -> None:
        async with self.limiter.slot("method", per_second):
            self.sent += 1
            await self.server.answer()

    async def keep_busy(self, per_second: float) -> None:
        async def one() -> None:
            while True:
                await self.call(per_second)

        async with anyio.create_task_group() as tasks:
            for _ in range(int(2 * per_second) + 2):
                tasks.start_soon(one)


@pytest.fixture
async def store() -> MemorySlotStore:
    return MemorySlotStore(asyncio.get_running_loop().time)


@pytest.fixture
async def server() -> Server:
    return Server(slowest=0.1)


@pytest.fixture
async def processes(server: Server, store: MemorySlotStore) -> list[Process]:
    return [Process(server, DistantStore(store)) for _ in range(4)]


async def run(processes: list[Process], per_second: float, seconds: float) -> None:
    with anyio.move_on_after(seconds):
        async with anyio.create_task_group() as tasks:
            for process in processes:
                tasks.start_soon(process.keep_busy, per_second)


@pytest.mark.parametrize("busy", [1, 4])
@pytest.mark.parametrize("per_second", [50, 3, 1])
async def test_all_together_use_the_rate_and_never_exceed_it(
    processes: list[Process], server: Server, per_second: int, busy: int
) -> None:
    await run(processes[:busy], per_second, 20)
    assert server.most_within(1) == per_second
    assert sum(process.sent for process in processes) / 20 >= 0.9 * per_second
    assert min(process.sent for process in processes[:busy]) >= 0.7 * 20 * per_second / busy


async def test_a_tenth_per_second_is_one_in_ten_seconds_for_all_together(
    processes: list[Process], server: Server
) -> None:
    await run(processes, 0.1, 200)
    assert server.most_within(10) == 1
    assert len(server.seen) >= 19


async def test_a_process_that_starts_late_gets_its_part(processes: list[Process], server: Server) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, processes[:1], 10, 30)
        await anyio.sleep(10)
        tasks.start_soon(run, processes[1:2], 10, 20)
    assert processes[1].sent == pytest.approx(20 * 10 / 2, rel=0.15)
    assert server.most_within(1) == 10


async def test_waiters_of_a_process_are_served_in_order(processes: list[Process]) -> None:
    left: list[int] = []

    async def one(number: int) -> None:
        async with processes[0].limiter.slot("method", 2):
            left.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(9):
            tasks.start_soon(one, number)
    assert left == list(range(9))


async def test_a_cancelled_waiter_leaves_its_slot_to_others(processes: list[Process]) -> None:
    await processes[0].call(1)
    with anyio.move_on_after(0.9) as scope:
        await processes[0].call(1)
    assert scope.cancelled_caught
    start = anyio.current_time()
    await processes[1].call(1)
    assert anyio.current_time() - start < 0.5


async def test_a_lost_answer_costs_no_slots(processes: list[Process], server: Server) -> None:
    processes[0].store.loses_next_answer = True
    await run(processes[:1], 50, 10)
    assert processes[0].sent >= 0.85 * 50 * 9
    assert server.most_within(1) == 50


@pytest.mark.parametrize("loses_its_state", [True, False])
async def test_without_the_store_each_process_keeps_its_share_and_no_rate_is_exceeded(
    processes: list[Process], server: Server, store: MemorySlotStore, *, loses_its_state: bool
) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, processes, 50, 50)
        await anyio.sleep(10)
        for process in processes:
            process.store.reachable = False
        await anyio.sleep(20)
        if loses_its_state:
            store.forget()
        for process in processes:
            process.store.reachable = True
    assert server.most_within(1) <= 50
    assert sum(16 < moment < 30 for moment in server.seen) >= 0.85 * 14 * 4 * 12
    assert sum(39 < moment < 50 for moment in server.seen) >= 0.85 * 11 * 50


async def test_a_store_that_hangs_is_unavailable(processes: list[Process], server: Server) -> None:
    processes[0].store.slowest = 1e6
    await run(processes[:1], 50, 20)
    assert processes[0].sent >= 0.7 * 12 * 12
    assert server.most_within(1) == 12


async def test_a_short_interruption_costs_only_its_own_time(processes: list[Process], server: Server) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, processes, 50, 20)
        await anyio.sleep(10)
        for process in processes:
            process.store.reachable = False
        await anyio.sleep(1)
        for process in processes:
            process.store.reachable = True
    assert server.most_within(1) == 50
    assert len(server.seen) >= 0.85 * 50 * 18


async def test_a_dead_process_keeps_its_slots_for_the_length_of_a_request(processes: list[Process]) -> None:
    dead = asyncio.create_task(processes[0].call(1))
    await anyio.sleep(0.05)
    processes[0].store.reachable = False  # the store does not hear of it again
    start = anyio.current_time()
    await processes[1].call(1)
    assert 30 < anyio.current_time() - start < 36
    await dead


async def test_a_process_that_was_suspended_does_not_use_its_slot(
    processes: list[Process], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop: Any = asyncio.get_running_loop()
    resumed = asyncio.Event()

    class Waiter(asyncio.Future[Any]):
        def set_result(self, result: Any) -> None:
            super().set_result(result)
            if isinstance(result, float) and not resumed.is_set():  # the slot, just before its request
                loop.time.advance(40)
                resumed.set()

    monkeypatch.setattr(loop, "create_future", lambda: Waiter(loop=loop))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processes[0].call, 1)
        await resumed.wait()
        for process in processes[1:]:
            tasks.start_soon(process.call, 1)
    assert len(server.seen) == 4
    assert server.most_within(1) == 1


async def test_a_pause_applies_to_all_processes(processes: list[Process]) -> None:
    await processes[0].call(50)
    processes[0].limiter.pause("method", 5)
    processes[0].limiter.pause("method", 2)
    await anyio.sleep(0.1)
    start = anyio.current_time()
    await processes[1].call(50)
    assert 4.8 < anyio.current_time() - start < 5.3


async def test_methods_do_not_wait_for_each_other(processes: list[Process]) -> None:
    await processes[0].call(1)
    start = anyio.current_time()
    async with processes[0].limiter.slot("other", 1):
        assert anyio.current_time() - start < 0.1


async def test_closing_gives_the_last_slots_back_at_once(processes: list[Process]) -> None:
    async with processes[0].limiter:
        await processes[0].call(1)
    processes[0].store.reachable = False
    start = anyio.current_time()
    await processes[1].call(1)
    assert anyio.current_time() - start < 1.3


async def test_closing_without_the_store_ends_the_attempts_to_reach_it(processes: list[Process]) -> None:
    [process, *_] = processes
    before = asyncio.all_tasks()
    process.store.reachable = False
    await process.call(10)
    await process.limiter.aclose()
    await asyncio.sleep(0)  # an attempt that was cancelled ends
    assert asyncio.all_tasks() <= before


class FailingStore(SlotStore):
    """Fails when a test says so."""

    def __init__(self) -> None:
        self.asked, self.fails = asyncio.Event(), asyncio.Event()

    async def exchange(self, method: str, terms: Terms, report: Report) -> Answer:
        self.asked.set()
        await self.fails.wait()
        raise StoreUnavailableError("connection refused")


async def test_a_failure_of_the_store_during_closing_is_not_left_to_the_event_loop() -> None:
    unhandled: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
    store = FailingStore()
    limiter = SharedRateLimiter(store, id_instance=1101000001)
    request = asyncio.ensure_future(limiter.slot("method", 1).__aenter__())
    await store.asked.wait()
    store.fails.set()
    await asyncio.sleep(0)  # the attempt has failed, and nobody knows it yet
    request.cancel()
    await limiter.aclose()
    gc.collect()
    assert not unhandled


async def test_wrong_arguments_are_rejected(store: MemorySlotStore) -> None:
    with pytest.raises(InvalidArgumentError, match="processes is 0"):
        SharedRateLimiter(store, id_instance=1101000001, processes=0)
    with pytest.raises(InvalidArgumentError, match="request_timeout is 0"):
        SharedRateLimiter(store, id_instance=1101000001, request_timeout=0)
    with pytest.raises(InvalidArgumentError, match="id_instance is 'shop'"):
        SharedRateLimiter(store, id_instance="shop")
