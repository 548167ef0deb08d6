"""The connection to PostgreSQL: transactions, loss and return of the server, errors that say what to do."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import pytest
import pytest_asyncio
from psycopg import AsyncConnection, OperationalError

from greenapi_async import InboxError, InboxUnavailableError, InvalidArgumentError
from greenapi_async.inbox.postgres.connection import PostgresConnection
from tests.postgres_server import PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]

RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(600)'"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest_asyncio.fixture
async def connection(server: PostgresServer) -> AsyncIterator[PostgresConnection]:
    async with PostgresConnection(server.dsn, schema="test") as connection:
        await connection.run(create)
        yield connection
        await connection.run(drop)


async def create(connection: AsyncConnection[Any]) -> None:
    await connection.execute("CREATE TABLE numbers (number integer PRIMARY KEY)")


async def drop(connection: AsyncConnection[Any]) -> None:
    await connection.execute("DROP TABLE numbers")


async def insert(connection: AsyncConnection[Any], number: int) -> None:
    await connection.execute("INSERT INTO numbers VALUES (%s)", (number,))


async def numbers(connection: AsyncConnection[Any]) -> list[int]:
    return [row[0] for row in await (await connection.execute("SELECT number FROM numbers ORDER BY 1")).fetchall()]


async def test_a_failing_transaction_changes_nothing(connection: PostgresConnection) -> None:
    async def insert_and_fail(connection: AsyncConnection[Any]) -> None:
        await insert(connection, 1)
        raise ValueError("handler")

    with pytest.raises(ValueError, match="handler"):
        await connection.run(insert_and_fail)
    await connection.run(insert, 2)
    assert await connection.run(numbers) == [2]


async def test_transactions_that_deadlock_are_repeated(connection: PostgresConnection) -> None:
    await asyncio.gather(connection.run(insert, 1), connection.run(insert, 2))
    met = [asyncio.Event(), asyncio.Event()]

    async def change_both(connection: AsyncConnection[Any], mine: int, other: int) -> None:
        await connection.execute("UPDATE numbers SET number = number + 10 WHERE number %% 10 = %s", (mine,))
        met[mine - 1].set()
        await met[other - 1].wait()
        await connection.execute("UPDATE numbers SET number = number + 10 WHERE number %% 10 = %s", (other,))

    await asyncio.gather(connection.run(change_both, 1, 2), connection.run(change_both, 2, 1))
    assert await connection.run(numbers) == [21, 22]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_the_connection_returns_with_the_server(
    connection: PostgresConnection, server: PostgresServer, how: signal.Signals
) -> None:
    await connection.run(insert, 1)
    server.stop(how)
    try:
        with pytest.raises(InboxUnavailableError, match="PostgreSQL database postgres at 127"):
            await connection.run(insert, 2)
    finally:
        server.start()
    await connection.run(insert, 3)
    assert await connection.run(numbers) == [1, 3]


async def test_processes_that_start_at_once_migrate_once(server: PostgresServer) -> None:
    several = [PostgresConnection(server.dsn, schema="at_once") for _ in range(5)]
    await asyncio.gather(*(each.__aenter__() for each in several))
    await asyncio.gather(*(each.__aexit__(None, None, None) for each in several))


async def test_a_wrong_database_is_an_error_that_retrying_cannot_help(server: PostgresServer) -> None:
    with pytest.raises(InboxError, match="nonesuch") as caught:
        await PostgresConnection(server.dsn.replace("/postgres", "/nonesuch")).__aenter__()
    assert not isinstance(caught.value, InboxUnavailableError)


async def test_an_unreachable_server_is_unavailable() -> None:
    with pytest.raises(InboxUnavailableError):
        await PostgresConnection("postgresql://user:secret@127.0.0.1:1/postgres").__aenter__()


async def test_the_password_is_not_shown() -> None:
    connection = PostgresConnection("postgresql://user:secret@db.example/bots")
    assert "secret" not in repr(connection)
    assert "bots at db.example" in repr(connection)
    with pytest.raises(InvalidArgumentError) as caught:
        PostgresConnection("postgresql://user:secret@db.example/bots?nonesuch=1")
    assert "secret" not in str(caught.value)


async def test_a_schema_that_was_given_needs_no_right_to_create_schemas(server: PostgresServer) -> None:
    async with await AsyncConnection.connect(server.dsn, autocommit=True) as administrator:
        await administrator.execute("CREATE ROLE tenant LOGIN")
        await administrator.execute("CREATE SCHEMA tenants AUTHORIZATION tenant")
    dsn = server.dsn.replace("greenapi@", "tenant@")
    async with PostgresConnection(dsn, schema="tenants") as connection:
        assert await connection.rows("SELECT count(*) FROM records", ()) == [(0,)]
    with pytest.raises(InboxError, match=r"permission denied.*create tables in the schema"):
        await PostgresConnection(dsn, schema="others").__aenter__()


async def test_a_missing_password_is_an_error_that_retrying_cannot_help() -> None:
    connection = PostgresConnection("postgresql://user@db.example/bots")
    refused = OperationalError(
        'connection to server at "db.example", port 5432 failed: fe_sendauth: no password supplied'
    )
    assert not isinstance(connection.translate(refused), InboxUnavailableError)


async def test_transactions_wait_for_a_free_connection(server: PostgresServer) -> None:
    running = most = 0
    two = asyncio.Event()

    async def count(connection: AsyncConnection[Any]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 2:
            two.set()
        await two.wait()
        await connection.execute("SELECT 1")
        running -= 1

    async with PostgresConnection(server.dsn, schema="limited", connections=2) as connection:
        await asyncio.gather(*(connection.run(count) for _ in range(10)))
    assert most == 2


async def test_a_cancelled_operation_ends_on_the_server_without_a_warning(
    connection: PostgresConnection, caplog: pytest.LogCaptureFixture
) -> None:
    met = asyncio.Event()

    async def wait(connection: AsyncConnection[Any]) -> None:
        await insert(connection, 1)
        met.set()
        await connection.execute("SELECT pg_sleep(600)")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(connection.run, wait)
        tasks.start_soon(connection.rows, "SELECT pg_sleep(600)", ())
        await met.wait()
        while await connection.rows(RUNNING, ()) != [(2,)]:  # noqa: ASYNC110  the server gives no signal
            await asyncio.sleep(0.01)
        tasks.cancel_scope.cancel()
    while await connection.rows(RUNNING, ()) != [(0,)]:  # noqa: ASYNC110  the server gives no signal
        await asyncio.sleep(0.01)
    assert await connection.run(numbers) == []
    assert not caplog.records


async def test_a_server_that_does_not_answer_holds_up_neither_the_caller_nor_the_next_transaction(
    server: PostgresServer,
) -> None:
    async def process(connection: AsyncConnection[Any]) -> int:
        return connection.info.backend_pid

    async with PostgresConnection(server.dsn, schema="stopped", connections=1) as connection:
        stopped = await connection.run(process)
        os.kill(stopped, signal.SIGSTOP)
        try:
            async with asyncio.timeout(4):  # psycopg waits for 5 seconds
                with anyio.move_on_after(0.1):
                    await connection.run(process)
                    await connection.rows("SELECT 1", ())
            assert await connection.run(process) != stopped
        finally:
            os.kill(stopped, signal.SIGCONT)


@pytest.mark.parametrize("password", ["pa@55", "pa/55", "pa:5@5", "p@a/55"])
async def test_a_password_that_is_not_encoded_is_refused_without_showing_it(password: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"percent-encoding|no connection string") as caught:
        PostgresConnection(f"postgresql://user:{password}@db.example/bots")
    assert "5" not in str(caught.value).replace("%2F", "").replace("%3A", "")
    PostgresConnection("postgresql://user:pa%4055@db.example/bots")
