"""Contract of the stores of slots: the one in memory, Redis and PostgreSQL with real servers."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any, LiteralString

import attrs
import pytest
import pytest_asyncio
import trio

from greenapi_async import Client, InvalidArgumentError
from greenapi_async.http.shared_rate_limiter import SharedRateLimiter
from greenapi_async.http.slot_store import Answer, MemorySlotStore, Report, SlotStore, StoreUnavailableError, Terms
from tests.postgres_server import PostgresServer
from tests.redis_server import RedisServer

pytestmark = pytest.mark.asyncio

TERMS = Terms(slots=4, hold=600, horizon=100, soonest=20, latest=200, warm_up=0)
PATIENT = attrs.evolve(TERMS, hold=60_000)
"""For tests that do not wait until a slot of somebody else is free."""
INSTANCE = 1101000001


@attrs.define
class Contract:
    """A store, and its processes' reports."""

    store: SlotStore
    lose_state: Callable[[], Awaitable[object]]
    set_clock_back: Callable[[int], Awaitable[object]] | None = None
    """By milliseconds; where the clock is the machine's, the stored times are moved forward instead."""
    number: int = 0

    async def report(
        self,
        process: str,
        *,
        wanted: int = 0,
        held: int = 0,
        cooling: tuple[int, ...] = (),
        pause: int = 0,
        number: int | None = None,
        terms: Terms = PATIENT,
    ) -> Answer:
        self.number += 1
        report = Report(
            process=process, number=number or self.number, held=held, cooling=cooling, wanted=wanted, pause=pause
        )
        return await self.store.exchange("sendMessage", terms, report)


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest_asyncio.fixture(
    params=["memory", *(pytest.param(name, marks=pytest.mark.slow) for name in ("redis", "postgres"))]
)
async def contract(request: pytest.FixtureRequest) -> AsyncIterator[Contract]:
    async with AsyncExitStack() as stack:
        if request.param == "memory":
            clock, behind = asyncio.get_running_loop().time, 0.0
            memory = MemorySlotStore(lambda: clock() - behind)

            async def forget() -> None:
                memory.forget()

            async def set_memory_back(milliseconds: int) -> None:
                nonlocal behind
                behind += milliseconds / 1000

            yield Contract(memory, forget, set_memory_back)
        elif request.param == "redis":
            from redis.asyncio import Redis

            from greenapi_async.http.redis_rate_limiter import RedisSlotStore

            server: RedisServer = request.getfixturevalue("redis_server")
            redis = await stack.enter_async_context(Redis(port=server.port))
            server.command("FLUSHALL")

            async def set_redis_back(milliseconds: int) -> None:
                for key in (f"greenapi:rate:{{{INSTANCE}}}", f"greenapi:rate:{{{INSTANCE}}}:sendMessage"):
                    stored: Any = await redis.get(key)
                    times = re.compile(r"\b\d{13}\b")  # of the numbers, only times have 13 digits
                    moved = times.sub(lambda time: str(int(time[0]) + milliseconds), str(stored, "ascii"))
                    await redis.set(key, moved, keepttl=True)

            yield Contract(
                RedisSlotStore(redis, INSTANCE),
                lambda: asyncio.to_thread(server.command, "FLUSHALL"),
                set_redis_back,
            )
        else:
            from greenapi_async.inbox.postgres.connection import PostgresConnection
            from greenapi_async.inbox.postgres.rate_limiter import PostgresSlotStore

            postgres: PostgresServer = request.getfixturevalue("postgres_server")
            connection = await stack.enter_async_context(PostgresConnection(postgres.dsn))

            async def empty() -> None:
                await connection.run(lambda each: each.execute("TRUNCATE rate_instances, rate_methods, rate_processes"))

            async def set_postgres_back(milliseconds: int) -> None:
                for statement in (
                    "UPDATE rate_instances SET since = since + %(by)s",
                    "UPDATE rate_methods SET paused = CASE WHEN paused > 0 THEN paused + %(by)s ELSE 0 END",
                    "UPDATE rate_processes SET seen = seen + %(by)s, asked = asked + %(by)s",
                    "UPDATE rate_processes SET expected = expected + %(by)s",
                    "UPDATE rate_processes SET ends = ARRAY(SELECT each + %(by)s FROM unnest(ends) AS each)",
                ):
                    await connection.run(_execute, statement, {"by": milliseconds})

            await empty()
            slots = PostgresSlotStore(connection, INSTANCE)
            stack.push_async_callback(slots.aclose)
            yield Contract(slots, empty, set_postgres_back)


async def _execute(connection: Any, statement: LiteralString, arguments: dict[str, int]) -> None:
    await connection.execute(statement, arguments)


async def test_slots_are_granted_up_to_the_rate(contract: Contract) -> None:
    answer = await contract.report("a", wanted=9)
    assert answer.delays == (0, 0, 0, 0)
    answer = await contract.report("b", wanted=1)
    assert answer == Answer(TERMS.latest, ())


async def test_a_slot_is_granted_shortly_before_it_is_free(contract: Contract) -> None:
    before = time.monotonic()
    await contract.report("a", held=2, cooling=(90, 5000))
    answer = await contract.report("b", wanted=3)
    elapsed = (time.monotonic() - before) * 1000
    assert len(answer.delays) == 1
    assert 89 - elapsed < answer.delays[0] <= 90
    assert 199 - elapsed < answer.again <= 200


async def test_a_slot_is_granted_once(contract: Contract) -> None:
    await contract.report("a", held=3, cooling=(90,))
    first = await contract.report("b", wanted=1)
    assert len(first.delays) == 1
    assert (await contract.report("c", wanted=1)).delays == ()
    await contract.report("a", held=3, cooling=(80,))
    assert (await contract.report("c", wanted=1)).delays == ()


async def test_slots_of_a_lost_answer_are_free(contract: Contract) -> None:
    await contract.report("a", wanted=4)
    assert (await contract.report("a", wanted=4)).delays == (0, 0, 0, 0)
    assert (await contract.report("b", wanted=1)).delays == ()


async def test_a_late_report_changes_nothing(contract: Contract) -> None:
    await contract.report("a", wanted=4, number=100)
    assert (await contract.report("a", wanted=4, number=99)).delays == ()
    assert (await contract.report("b", wanted=1)).delays == ()


async def test_the_slots_of_a_process_that_is_not_heard_of_become_free(contract: Contract) -> None:
    await contract.report("a", wanted=4, terms=TERMS)
    assert (await contract.report("b", wanted=1)).delays == ()
    await asyncio.sleep(0.65)
    assert (await contract.report("b", wanted=4, terms=TERMS)).delays == (0, 0, 0, 0)


async def test_a_pause_applies_to_all_and_is_only_extended(contract: Contract) -> None:
    await contract.report("a", pause=1500)
    await contract.report("a", pause=10)
    assert (await contract.report("b", wanted=1)).delays == ()
    await asyncio.sleep(1.45)
    answer = await contract.report("b", wanted=1)
    assert len(answer.delays) == 1
    assert answer.delays[0] <= 60


async def test_processes_that_wait_take_turns(contract: Contract) -> None:
    await contract.report("a", held=4)
    await contract.report("b", wanted=9)
    await asyncio.sleep(0.01)
    await contract.report("c", wanted=9)
    await contract.report("a")
    assert len((await contract.report("c", wanted=9)).delays) == 2, "an equal part"
    assert len((await contract.report("b", wanted=9)).delays) >= 1, "what is left, as b is the first"
    await contract.report("b", wanted=9)
    await contract.report("c", held=3)
    await contract.report("a")
    assert (await contract.report("c", held=3, wanted=9)).delays == ()
    assert len((await contract.report("b", wanted=9)).delays) == 1


async def test_a_process_that_does_not_come_when_it_is_its_turn_loses_it(contract: Contract) -> None:
    await contract.report("a", held=4)
    await contract.report("b", wanted=1)
    await asyncio.sleep(0.01)
    await contract.report("a", held=3)
    assert (await contract.report("c", wanted=1)).delays == ()
    await asyncio.sleep(0.5)
    await contract.report("a", held=3)
    assert (await contract.report("c", wanted=1)).delays == (0,)


async def test_after_a_loss_of_the_state_nothing_is_granted_for_some_time(contract: Contract) -> None:
    terms = attrs.evolve(TERMS, warm_up=400)
    await contract.report("a", held=4, terms=terms)
    await contract.lose_state()
    answer = await contract.report("b", wanted=1, terms=terms)
    assert answer.delays == ()
    await asyncio.sleep(0.45)
    assert (await contract.report("b", wanted=1, terms=terms)).delays == (0,)


async def test_a_clock_that_is_set_back_prolongs_nothing(contract: Contract) -> None:
    terms = attrs.evolve(TERMS, warm_up=100)
    await contract.report("dead", held=3, terms=terms)
    await contract.report("other", wanted=4, pause=200, terms=terms)
    assert contract.set_clock_back is not None
    await contract.set_clock_back(3_600_000)
    assert (await contract.report("a", wanted=1, terms=terms)).delays == ()  # still paused
    await asyncio.sleep(0.25)
    assert len((await contract.report("a", wanted=4, terms=terms)).delays) == 1  # the slots of the dead are busy
    await asyncio.sleep(0.7)
    assert len((await contract.report("b", wanted=4, terms=terms)).delays) == 4


@pytest.mark.slow
async def test_a_restarted_redis_is_noticed_even_if_it_kept_its_data() -> None:
    from redis.asyncio import Redis

    from greenapi_async.http.redis_rate_limiter import RedisSlotStore

    terms = attrs.evolve(TERMS, warm_up=60_000)
    with RedisServer() as server:
        async with Redis(port=server.port, socket_connect_timeout=5) as redis:
            contract = Contract(RedisSlotStore(redis, INSTANCE), redis.aclose)
            await contract.report("a", wanted=1)
            assert (await contract.report("a", wanted=1)).delays == (0,)
            server.command("SAVE")
            server.stop(signal.SIGKILL)
            with pytest.raises(StoreUnavailableError, match="Redis"):
                await contract.report("a", wanted=1)
            server.start()
            assert await redis.exists(f"greenapi:rate:{{{INSTANCE}}}")
            assert (await contract.report("a", wanted=1, terms=terms)).delays == ()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_a_restarted_postgres_is_noticed(postgres_server: PostgresServer, how: signal.Signals) -> None:
    from greenapi_async.inbox.postgres.connection import PostgresConnection
    from greenapi_async.inbox.postgres.rate_limiter import PostgresSlotStore

    terms = attrs.evolve(TERMS, warm_up=60_000)
    async with PostgresConnection(postgres_server.dsn) as connection:
        slots = PostgresSlotStore(connection, INSTANCE + how)
        contract = Contract(slots, connection.aclose)
        await contract.report("a", wanted=1)
        postgres_server.stop(how)
        try:
            with pytest.raises(StoreUnavailableError, match="PostgreSQL"):
                await contract.report("a", wanted=1)
        finally:
            postgres_server.start()
        assert (await contract.report("a", wanted=1, terms=terms)).delays == ()
        await slots.aclose()


async def test_a_client_rejects_the_rate_limiter_of_another_instance() -> None:
    from redis.asyncio import Redis

    from greenapi_async.types import PostgresRateLimiter, RedisRateLimiter

    for limiter in (
        RedisRateLimiter(Redis(), id_instance=INSTANCE),
        PostgresRateLimiter("postgresql:///bots", id_instance=str(INSTANCE)),
    ):
        await Client(INSTANCE, "token", rate_limiter=limiter).aclose()
        with pytest.raises(InvalidArgumentError, match="rate_limiter keeps the rates of instance 1101000001"):
            Client(INSTANCE + 1, "token", rate_limiter=limiter)


async def test_trio_is_rejected() -> None:
    async def use() -> None:
        limiter = SharedRateLimiter(MemorySlotStore(time.monotonic), id_instance=INSTANCE)
        with pytest.raises(InvalidArgumentError, match="SharedRateLimiter needs asyncio"):
            limiter.slot("sendMessage", 50)

    await asyncio.to_thread(trio.run, use)


@pytest.mark.parametrize(
    ("package", "name", "extra"),
    [("redis", "RedisRateLimiter", "redis"), ("psycopg", "PostgresRateLimiter", "postgres")],
)
async def test_without_the_package_the_extra_is_named(package: str, name: str, extra: str) -> None:
    code = f"""
import sys
sys.modules[{package!r}] = None
from greenapi_async import MissingExtraError
try:
    from greenapi_async.types import {name}
except MissingExtraError as error:
    assert "greenapi-async[{extra}]" in str(error)
else:
    raise AssertionError("imported without {package}")
"""
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], check=True)
