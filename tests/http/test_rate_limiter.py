import random
from collections import deque

import anyio
import pytest

from greenapi_async.types import MethodRateLimiter

pytestmark = pytest.mark.anyio


class Server:
    """Server with latency that counts the requests in any one second."""

    def __init__(self, seed: int = 1, slowest: float = 0.2) -> None:
        self.random = random.Random(seed)
        self.slowest = slowest
        self.seen: list[float] = []

    async def answer(self) -> None:
        await anyio.sleep(self.random.uniform(0, self.slowest / 2))
        self.seen.append(anyio.current_time())
        await anyio.sleep(self.random.uniform(0, self.slowest / 2))

    def most_within(self, period: float) -> int:
        window: deque[float] = deque()
        most = 0
        for moment in self.seen:
            window.append(moment)
            while window[0] <= moment - period:
                window.popleft()
            most = max(most, len(window))
        return most


async def run(rate_limiter: MethodRateLimiter, server: Server, count: int, per_second: float) -> float:
    async def one() -> None:
        async with rate_limiter.slot("method", per_second):
            await server.answer()

    start = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(one)
    return anyio.current_time() - start


@pytest.mark.parametrize("per_second", [1, 3, 50])
async def test_the_server_never_receives_more_than_the_limit_in_any_second(per_second: int) -> None:
    server = Server()
    await run(MethodRateLimiter(), server, 6 * per_second + 1, per_second)
    assert server.most_within(1) == per_second


async def test_a_tenth_per_second_is_one_in_ten_seconds() -> None:
    server = Server()
    await run(MethodRateLimiter(), server, 4, 0.1)
    assert server.most_within(10) == 1


async def test_a_burst_up_to_the_limit_is_sent_immediately() -> None:
    assert await run(MethodRateLimiter(), Server(slowest=0), 50, 50) == 0


async def test_throughput_is_limited_only_by_the_round_trip() -> None:
    server = Server()
    took = await run(MethodRateLimiter(), server, 2000, 50)
    assert 2000 / took >= 0.9 * 50 / (1 + 0.1)


async def test_waiters_are_served_in_order() -> None:
    rate_limiter = MethodRateLimiter()
    left: list[int] = []

    async def one(number: int) -> None:
        async with rate_limiter.slot("method", 2):
            left.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(9):
            tasks.start_soon(one, number)
            await anyio.lowlevel.checkpoint()
            await anyio.wait_all_tasks_blocked()
    assert left == list(range(9))


async def test_a_cancelled_waiter_uses_no_slot() -> None:
    rate_limiter = MethodRateLimiter()
    async with rate_limiter.slot("method", 1):
        pass
    with anyio.move_on_after(0.5) as scope:
        async with rate_limiter.slot("method", 1):
            pytest.fail("the slot is not free yet")
    assert scope.cancelled_caught
    start = anyio.current_time()
    async with rate_limiter.slot("method", 1):
        pass
    assert anyio.current_time() - start == pytest.approx(0.5)


async def test_a_cancelled_first_waiter_passes_its_slot_to_the_next() -> None:
    rate_limiter = MethodRateLimiter()
    left: list[str] = []

    async def one(name: str, patience: float) -> None:
        with anyio.move_on_after(patience):
            async with rate_limiter.slot("method", 1):
                left.append(name)

    async with anyio.create_task_group() as tasks:
        for name, patience in (("first", 9.0), ("impatient", 0.2), ("last", 9.0)):
            tasks.start_soon(one, name, patience)
            await anyio.wait_all_tasks_blocked()
    assert left == ["first", "last"]


async def test_a_failed_request_keeps_its_slot_for_a_second() -> None:
    rate_limiter = MethodRateLimiter()
    with pytest.raises(OSError, match="failed"):
        async with rate_limiter.slot("method", 1):
            raise OSError("failed")
    start = anyio.current_time()
    async with rate_limiter.slot("method", 1):
        assert anyio.current_time() - start == pytest.approx(1)


async def test_the_slot_of_an_abandoned_request_is_held_longer() -> None:
    rate_limiter = MethodRateLimiter()
    with anyio.move_on_after(0.1):
        async with rate_limiter.slot("method", 1):
            await anyio.sleep_forever()
    start = anyio.current_time()
    async with rate_limiter.slot("method", 1):
        assert anyio.current_time() - start == pytest.approx(3)


async def test_a_pause_applies_to_all_waiters_and_is_only_extended() -> None:
    rate_limiter = MethodRateLimiter()
    async with rate_limiter.slot("method", 50):
        pass
    rate_limiter.pause("method", 5)
    rate_limiter.pause("method", 2)
    start = anyio.current_time()

    async def one() -> None:
        async with rate_limiter.slot("method", 50):
            assert anyio.current_time() - start == pytest.approx(7)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(one)
        await anyio.sleep(4)
        rate_limiter.pause("method", 3)


async def test_methods_do_not_wait_for_each_other() -> None:
    rate_limiter = MethodRateLimiter()
    async with rate_limiter.slot("one", 1):
        pass
    start = anyio.current_time()
    async with rate_limiter.slot("other", 1):
        assert anyio.current_time() == start
