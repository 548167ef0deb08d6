"""Time for tests of what is judged by PostgreSQL's clock: instead of the clock, the stored times are changed."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from greenapi_async.inbox.postgres.connection import PostgresConnection

__all__ = ["pass_time"]

TIMES = {"outbox": ("begun",), "states": ("until",), "records": ("due", "expires", "lease_until")}


async def pass_time(connection: "PostgresConnection", seconds: float) -> None:
    """Move all stored times into the past."""

    async def move(opened: "AsyncConnection[tuple[Any, ...]]") -> None:
        for table, columns in TIMES.items():
            changes = ", ".join(f"{column} = {column} - {seconds!r}" for column in columns)
            await opened.execute(f"UPDATE {table} SET {changes}".encode())

    await connection.run(move)
