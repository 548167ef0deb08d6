"""``InstanceTable``: instances in PostgreSQL as the source of a ``Fleet``."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from greenapi_async import InvalidArgumentError
from greenapi_async.inbox.postgres.connection import PostgresConnection
from greenapi_async.types import Credentials, InstanceTable
from tests.postgres_server import PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest_asyncio.fixture
async def database(server: PostgresServer) -> AsyncIterator[AsyncConnection[Any]]:
    async with PostgresConnection(server.dsn, schema="fleet") as connection:
        async with await connection.connect() as database:
            yield database
        async with await connection.connect() as database:
            await database.execute("DROP SCHEMA fleet CASCADE")


async def next_ids(table: InstanceTable) -> list[int]:
    async with asyncio.timeout(60):
        return [row.id_instance for row in await anext(table)]


async def insert(database: AsyncConnection[Any], number: int, token: str = "tokentokentoken") -> None:
    await database.execute("INSERT INTO instances VALUES (%s, %s)", (number, token))


async def test_a_change_is_noticed_at_once(server: PostgresServer, database: AsyncConnection[Any]) -> None:
    async with aclosing(InstanceTable(server.dsn, schema="fleet", interval=600)) as table:
        assert await next_ids(table) == []
        await insert(database, 1101000002)
        assert await next_ids(table) == [1101000002]
        await database.execute(
            "INSERT INTO instances VALUES (1101000001, 'tokentokentoken', 'https://1101.api.green-api.com', NULL)"
        )
        assert await anext(table) == [
            Credentials(1101000001, "tokentokentoken", "https://1101.api.green-api.com"),
            Credentials(1101000002, "tokentokentoken"),
        ]
        await database.execute("UPDATE instances SET api_token_instance = 'anothertokenanother'")
        assert [row.api_token_instance for row in await anext(table)] == ["anothertokenanother"] * 2
        await database.execute("DELETE FROM instances WHERE id_instance = 1101000001")
        assert await next_ids(table) == [1101000002]


async def test_a_wrong_row_is_left_out_and_logged_once(
    server: PostgresServer, database: AsyncConnection[Any], caplog: pytest.LogCaptureFixture
) -> None:
    await insert(database, 1101000001, "secret secret")
    await insert(database, 1101000002)
    async with aclosing(InstanceTable(server.dsn, schema="fleet", interval=600)) as table:
        assert await next_ids(table) == [1101000002]
        await insert(database, 1101000003)
        assert await next_ids(table) == [1101000002, 1101000003]
    assert caplog.text.count("The row of instance 1101000001 is left out") == 1
    assert "secret" not in caplog.text


async def test_a_restart_of_the_server_is_survived(server: PostgresServer, database: AsyncConnection[Any]) -> None:
    await insert(database, 1101000001)
    async with aclosing(InstanceTable(server.dsn, schema="fleet", interval=600)) as table:
        assert await next_ids(table) == [1101000001]
        following = asyncio.ensure_future(next_ids(table))
        await asyncio.sleep(0)
        server.restart(signal.SIGINT)
        with psycopg.connect(server.dsn) as after:
            after.execute("INSERT INTO fleet.instances VALUES (1101000002, 'tokentokentoken')")
        assert await following == [1101000001, 1101000002]


async def test_a_table_of_ones_own_is_read_by_a_query(server: PostgresServer, database: AsyncConnection[Any]) -> None:
    await database.execute("CREATE TABLE shops (number text, token text, paid boolean)")
    await database.execute("INSERT INTO shops VALUES ('1101000001', 'tokentokentoken', true), ('x', '', false)")
    query = "SELECT number AS id_instance, token AS api_token_instance FROM fleet.shops WHERE paid"
    async with aclosing(InstanceTable(server.dsn, schema="fleet", query=query, interval=0.1)) as table:
        assert await next_ids(table) == [1101000001]
        await database.execute("UPDATE shops SET paid = false")
        assert await next_ids(table) == []
    async with aclosing(InstanceTable(server.dsn, schema="fleet", query="SELECT 1 AS number")) as table:
        with pytest.raises(InvalidArgumentError, match="no column id_instance and no api_token_instance"):
            await anext(table)
