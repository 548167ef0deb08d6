"""Contract of state storages; Redis is tested with a real server, if ``redis-server`` is on the PATH."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest

from greenapi_async import SQLiteInbox
from greenapi_async.bots.storage import MemoryStorage, PostgresStorage, RedisStorage, SQLiteStorage, StateStorage
from greenapi_async.errors import InboxError, InvalidArgumentError
from greenapi_async.inbox.sql import SQLDatabase, Statement, Work
from tests.postgres_time import pass_time
from tests.redis_server import RedisServer

if TYPE_CHECKING:
    from greenapi_async.inbox.postgres.connection import PostgresConnection

pytestmark = pytest.mark.anyio

CASES = [
    pytest.param("memory", "asyncio", id="memory-asyncio"),
    pytest.param("memory", "trio", id="memory-trio"),
    pytest.param("sqlite", "asyncio", id="sqlite-asyncio"),
    pytest.param("sqlite", "trio", id="sqlite-trio"),
    pytest.param("postgres", "asyncio", id="postgres-asyncio", marks=pytest.mark.slow),
    pytest.param("redis", "asyncio", id="redis-asyncio", marks=pytest.mark.slow),
]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)  # in real time: files are written in threads, and Redis has its own clock


@pytest.fixture(scope="session")
def redis_port() -> Iterator[int]:
    with RedisServer() as server:
        yield server.port


@attrs.define
class Clock:
    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@attrs.frozen
class Kept:
    storage: StateStorage
    clock: Clock | None
    """None for Redis and PostgreSQL, which have their own."""
    postgres: "PostgresConnection | None" = None
    redis: Any = None
    """The client, if it is Redis, whose types are incomplete."""

    async def wait(self, seconds: float) -> None:
        if self.postgres is not None:
            await pass_time(self.postgres, seconds)
        elif self.clock is not None:
            self.clock.now += seconds
        elif self.redis is not None:
            keys: list[bytes] = await self.redis.keys()
            for key in keys:
                if (left := await self.redis.pttl(key)) > 0:
                    await self.redis.pexpire(key, left - round(seconds * 1000))  # 0 or less deletes it


@pytest.fixture
async def opened() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def kept(kind: str, tmp_path: Path, opened: AsyncExitStack, request: pytest.FixtureRequest) -> Kept:
    clock = Clock()
    if kind == "redis":
        from redis.asyncio import Redis

        client = Redis(host="127.0.0.1", port=request.getfixturevalue("redis_port"), socket_connect_timeout=60)
        await opened.enter_async_context(client)
        return Kept(RedisStorage(client, prefix=f"{tmp_path}:"), None, redis=client)
    if kind == "postgres":
        from greenapi_async.inbox.postgres.connection import PostgresConnection

        dsn: str = request.getfixturevalue("postgres_dsn")
        connection = await opened.enter_async_context(PostgresConnection(dsn, schema=f"states {tmp_path}"[-60:]))
        return Kept(PostgresStorage(connection), None, connection)
    if kind == "sqlite":
        inbox = await opened.enter_async_context(SQLiteInbox(tmp_path / "inbox.db"))
        return Kept(SQLiteStorage(inbox, clock=clock), clock)
    return Kept(MemoryStorage(clock=clock), clock)


every = pytest.mark.parametrize(("kind", "anyio_backend"), CASES)


@every
async def test_get_returns_the_last_value(kept: Kept) -> None:
    storage = kept.storage
    assert await storage.get("anna") is None
    await storage.set("anna", "first", None)
    await storage.set("anna", "second, with ё and 👋", 60)
    await storage.set("boris", "his", None)
    assert await storage.get("anna") == "second, with ё and 👋"
    assert await storage.get("boris") == "his"


@every
async def test_delete_is_idempotent(kept: Kept) -> None:
    storage = kept.storage
    await storage.set("anna", "hers", None)
    for _ in range(2):
        await storage.delete("anna")
    assert await storage.get("anna") is None


@every
async def test_expired_values_are_not_returned(kept: Kept) -> None:
    storage = kept.storage
    await storage.set("anna", "expiring", 20)
    await storage.set("boris", "longer", 60)
    await storage.set("vera", "for good", None)
    assert await storage.get("anna") == "expiring"
    await kept.wait(25)
    assert await storage.get("anna") is None
    assert await storage.get("boris") == "longer"
    assert await storage.get("vera") == "for good"


@every
async def test_set_restarts_the_expiry(kept: Kept) -> None:
    storage = kept.storage
    await storage.set("anna", "expiring", 20)
    await storage.set("anna", "longer", 60)
    await storage.set("boris", "expiring", 20)
    await storage.set("boris", "for good", None)
    await kept.wait(25)
    assert await storage.get("anna") == "longer"
    assert await storage.get("boris") == "for good"


@every
async def test_concurrent_keys_do_not_mix(kept: Kept) -> None:
    async def one(number: int) -> None:
        for step in range(5):
            await kept.storage.set(str(number), f"{number}:{step}", 60)
            assert await kept.storage.get(str(number)) == f"{number}:{step}"

    async with anyio.create_task_group() as tasks:
        for number in range(100):
            tasks.start_soon(one, number)


def _count() -> Work[int]:
    [[count]] = yield Statement("SELECT count(*) FROM states")
    return int(count)


@pytest.mark.parametrize(("kind", "anyio_backend"), CASES[:-1])
async def test_expired_entries_are_removed_in_small_steps(kept: Kept, tmp_path: Path) -> None:
    async def count() -> int:
        if isinstance(kept.storage, MemoryStorage):
            return len(kept.storage)
        database: SQLDatabase = vars(kept.storage)["_database"]
        return await database.execute(_count)

    for number in range(300):
        await kept.storage.set(f"expired {number}", "soon", 60)
        await kept.storage.set(f"stays {number}", "long", 3600)
    await kept.wait(61)
    before = await count()
    await kept.storage.set("one more", "", None)
    assert before - 100 <= await count() <= before + 1
    for _ in range(600):
        await kept.storage.set("one more", "", None)
    assert await count() == 301


async def test_sqlite_states_survive_a_restart(tmp_path: Path) -> None:
    for number in range(2):
        async with SQLiteInbox(tmp_path / "inbox.db") as inbox:
            storage = SQLiteStorage(inbox)
            assert await storage.get("anna") == (None if number == 0 else "hers")
            await storage.set("anna", "hers", None)


async def test_a_value_that_utf_8_cannot_encode_is_rejected_and_the_inbox_keeps_working(tmp_path: Path) -> None:
    async with SQLiteInbox(tmp_path / "inbox.db") as inbox:
        storage = SQLiteStorage(inbox)
        with pytest.raises(InboxError, match="cannot store"):
            await storage.set("anna", "\ud83d", None)
        await storage.set("anna", "fine", None)
        assert await storage.get("anna") == "fine"


@pytest.mark.slow
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_redis_keys_have_the_prefix_and_decoding_clients_work(redis_port: int) -> None:
    from redis.asyncio import Redis

    async with Redis(host="127.0.0.1", port=redis_port, decode_responses=True) as client:
        storage = RedisStorage(client, prefix="shop:")
        began = time.monotonic()
        await storage.set("anna", "hers", 60.0001)
        assert await storage.get("anna") == "hers"
        assert await client.get("shop:anna") == "hers"
        left = await client.pttl("shop:anna")
        assert 59_990 - (time.monotonic() - began) * 1000 < left <= 60_001


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_redis_on_trio_is_rejected() -> None:
    from redis.asyncio import Redis

    with pytest.raises(InvalidArgumentError, match="asyncio only"):
        await RedisStorage(Redis()).get("anna")


@pytest.mark.parametrize("package", ["redis", "sqlite3"])
def test_bots_import_without_optional_packages(package: str) -> None:
    blocked = f"import sys; sys.modules[{package!r}] = None; import greenapi_async.bots"
    subprocess.run([sys.executable, "-c", blocked], check=True)


def test_importing_redis_storage_without_redis_names_the_extra() -> None:
    code = """
import sys
sys.modules["redis"] = None
from greenapi_async import MissingExtraError
try:
    from greenapi_async.bots.storage import RedisStorage
except MissingExtraError as error:
    assert "greenapi-async[redis]" in str(error)
    assert isinstance(error, ImportError)
else:
    raise AssertionError("imported without redis")
"""
    subprocess.run([sys.executable, "-c", code], check=True)
