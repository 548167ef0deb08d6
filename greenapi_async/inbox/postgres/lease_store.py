"""Leases of processes in PostgreSQL, by the clock of the database."""

# ruff: noqa: D102  documented in process_lease.py

from typing import TYPE_CHECKING

from greenapi_async.inbox.process_lease import LeaseStore

if TYPE_CHECKING:
    from greenapi_async.inbox.postgres.connection import PostgresConnection

__all__ = ["DELETE_EXPIRED", "PostgresLeaseStore"]

DELETE_EXPIRED = (
    "DELETE FROM processes WHERE id IN"
    " (SELECT id FROM processes WHERE lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED)"
)
"""Deletes the leases that have expired, and waits for nobody."""


class PostgresLeaseStore(LeaseStore):
    """Leases in the table ``processes``.

    Args:
        connection: The database.
    """

    def __init__(self, connection: "PostgresConnection") -> None:
        self._connection = connection

    async def begin(self, process: str, seconds: float) -> None:
        await self._connection.rows(
            "INSERT INTO processes (id, started, lease_until)"
            " VALUES (%s, clock_timestamp(), clock_timestamp() + make_interval(secs => %s))",
            (process, seconds),
        )

    async def renew(self, process: str, seconds: float) -> bool:
        # one statement: a process that is suspended must not hold the lock of its row in an open transaction
        rows = await self._connection.rows(
            "WITH renewed AS (UPDATE processes SET lease_until = clock_timestamp() + make_interval(secs => %s)"  # noqa: S608
            " WHERE id = %s AND lease_until > clock_timestamp() RETURNING 1),"
            f" expired AS ({DELETE_EXPIRED})"
            " SELECT 1 FROM renewed",
            (seconds, process),
        )
        return bool(rows)

    async def end(self, process: str) -> None:
        await self._connection.run_to_completion(
            lambda: self._connection.rows("DELETE FROM processes WHERE id = %s", (process,))
        )
