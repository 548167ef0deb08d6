"""Leases of processes in PostgreSQL, by the clock of the database."""

# ruff: noqa: D102  documented in process_lease.py

from typing import TYPE_CHECKING

from greenapi_async.inbox.process_lease import LeaseStore

if TYPE_CHECKING:
    from greenapi_async.inbox.postgres.connection import PostgresConnection

__all__ = ["DELETE_EXPIRED", "LOST", "PostgresLeaseStore"]

LOST = "lost"
"""Message to a process whose lease was deleted, on its channel."""
DELETE_EXPIRED = (
    "expired AS (DELETE FROM processes WHERE id IN"  # noqa: S608  a constant
    " (SELECT id FROM processes WHERE lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED) RETURNING id),"
    f" told AS (SELECT count(pg_notify('greenapi_' || id, '{LOST}')) AS number FROM expired)"
)
"""Deletes the leases that have expired, and waits for nobody; ``told`` must be read.

The processes are told, if they live: by their own clock, they may hold their leases. The clock of the database was set
then.
"""


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
            f" {DELETE_EXPIRED} SELECT (SELECT count(*) FROM renewed), number FROM told",
            (seconds, process),
        )
        return bool(rows[0][0])

    async def end(self, process: str) -> None:
        async def end_and_free() -> None:
            await self._connection.rows("DELETE FROM processes WHERE id = %s", (process,))
            # a statement of its own: the first has waited for claims under this lease, of which nobody here knows
            await self._connection.rows(
                "WITH freed AS (UPDATE lanes AS l SET holder = NULL, fence = NULL, since = coalesce("
                "(SELECT e.stored FROM entries AS e WHERE e.instance = l.instance AND e.lane = l.lane"
                " AND NOT e.quarantined ORDER BY e.id LIMIT 1), clock_timestamp()) WHERE l.holder = %s RETURNING 1)"
                " SELECT pg_notify('greenapi_lanes', current_schema()) FROM (SELECT 1 FROM freed LIMIT 1) AS one",
                (process,),
            )

        await self._connection.run_to_completion(end_and_free)
