"""Leases of processes in PostgreSQL, by the clock of the database."""

# ruff: noqa: D102  documented in process_lease.py

from typing import TYPE_CHECKING, Any

from greenapi_async.inbox.process_lease import LeaseStore

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from greenapi_async.inbox.postgres.connection import PostgresConnection

__all__ = ["PostgresLeaseStore"]


class PostgresLeaseStore(LeaseStore):
    """Leases in the table ``processes``.

    Args:
        connection: The database.
    """

    def __init__(self, connection: "PostgresConnection") -> None:
        self._connection = connection

    async def begin(self, process: str, seconds: float) -> None:
        await self._connection.run(_begin, process, seconds)

    async def renew(self, process: str, seconds: float) -> bool:
        return await self._connection.run(_renew, process, seconds)

    async def end(self, process: str) -> None:
        await self._connection.run_to_completion(lambda: self._connection.run(_end, process))


async def _begin(connection: "AsyncConnection[tuple[Any, ...]]", process: str, seconds: float) -> None:
    await connection.execute(
        "INSERT INTO processes (id, started, lease_until) VALUES (%s, now(), now() + make_interval(secs => %s))",
        (process, seconds),
    )


async def _renew(connection: "AsyncConnection[tuple[Any, ...]]", process: str, seconds: float) -> bool:
    renewed = await connection.execute(
        "UPDATE processes SET lease_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE id = %s AND lease_until > clock_timestamp()",
        (seconds, process),
    )
    await connection.execute("DELETE FROM processes WHERE lease_until < clock_timestamp()")
    return renewed.rowcount > 0


async def _end(connection: "AsyncConnection[tuple[Any, ...]]", process: str) -> None:
    await connection.execute("DELETE FROM processes WHERE id = %s", (process,))
