"""Holders of the instances in PostgreSQL.

Assignments and handovers are serialised by an advisory lock, so each decides by exact numbers. All statements work on
sets: their number does not depend on the number of instances. Leases are judged by the clock of the database.
"""

# ruff: noqa: D102  documented in poller_store.py

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from greenapi_async.inbox.poller_store import Assignment, Look, PollerStore, plan
from greenapi_async.inbox.polling_shares import PollingShares

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from greenapi_async.inbox.postgres.connection import PostgresConnection
    from greenapi_async.inbox.process_lease import ProcessLease

__all__ = ["PostgresPollerStore", "PostgresPollers"]

_LOCK = 0x67724151
"""Key of the advisory lock."""

_LOOK = """
SELECT
    ARRAY(SELECT id FROM polling_processes JOIN processes USING (id) WHERE lease_until > clock_timestamp()),
    (SELECT extract(epoch FROM min(lease_until) - clock_timestamp())::float8
        FROM processes WHERE id <> %(process)s AND lease_until > clock_timestamp()),
    (SELECT count(*) FROM pollers WHERE holder IS NULL AND freed > clock_timestamp() - interval '1 minute'),
    ARRAY(SELECT instance FROM pollers WHERE holder = %(process)s AND wanted IS NOT NULL),
    count(*),
    coalesce(sum(fence), 0)
FROM pollers WHERE holder = %(process)s
"""

_LIVE = "SELECT id FROM processes WHERE id = %s AND lease_until > clock_timestamp() FOR SHARE"

_CLEAR = (
    """
    DELETE FROM polling_processes
    WHERE id NOT IN (SELECT id FROM processes WHERE lease_until > clock_timestamp())
    """,
    """
    UPDATE pollers SET holder = NULL, wanted = NULL, freed = clock_timestamp()
    WHERE holder NOT IN (SELECT id FROM polling_processes)
    """,
    "UPDATE pollers SET wanted = NULL WHERE wanted NOT IN (SELECT id FROM polling_processes)",
    "DELETE FROM pollers WHERE holder IS NULL AND freed < clock_timestamp() - interval '10 minutes'",
)
"""End what dead processes held, and forget instances that nobody serves."""

_LOADS = """
SELECT id, count(instance) FROM polling_processes LEFT JOIN pollers ON id = coalesce(wanted, holder) GROUP BY id
"""

_REGISTER = """
INSERT INTO pollers (instance)
SELECT number FROM unnest(%s::bigint[]) AS mine (number) LEFT JOIN pollers ON instance = number WHERE instance IS NULL
ON CONFLICT DO NOTHING
"""

_TOTAL = """
SELECT
    count(*) FILTER (WHERE holder IS NOT NULL OR freed > clock_timestamp() - interval '1 minute'),
    count(*) FILTER (WHERE holder IS NULL)
FROM pollers
"""

_FREE = """
SELECT count(*) FROM pollers JOIN unnest(%s::bigint[]) AS mine (number) ON instance = number WHERE holder IS NULL
"""

_CLAIM = """
UPDATE pollers SET holder = %s, fence = nextval('poller_fences')
WHERE instance IN (
    SELECT instance FROM pollers JOIN unnest(%s::bigint[]) AS mine (number) ON instance = number
    WHERE holder IS NULL LIMIT %s
)
"""

_ASK = """
UPDATE pollers SET wanted = %s
WHERE holder IS NOT NULL AND wanted IS NULL AND instance IN (
    SELECT instance FROM (
        SELECT instance, most, row_number() OVER (PARTITION BY holder) AS place
        FROM pollers
        JOIN unnest(%s::text[], %s::bigint[]) AS donors (donor, most) ON holder = donor
        JOIN unnest(%s::bigint[]) AS mine (number) ON instance = number
        WHERE wanted IS NULL
    ) AS candidates WHERE place <= most
)
"""
"""Ask donors for as many instances as the plan says, of those that this process can poll."""

_RELEASE = """
UPDATE pollers SET
    holder = (
        SELECT id FROM polling_processes JOIN processes USING (id)
        WHERE id = wanted AND lease_until > clock_timestamp()
    ),
    fence = nextval('poller_fences'), wanted = NULL, freed = clock_timestamp()
FROM unnest(%s::bigint[], %s::bigint[]) AS released (number, old)
WHERE instance = number AND fence = old AND holder = %s
"""


class PostgresPollerStore(PollerStore):
    """Holders in the table ``pollers``.

    Args:
        connection: The database.
    """

    def __init__(self, connection: "PostgresConnection") -> None:
        self._connection = connection

    async def look(self, process: str) -> Look:
        return await self._connection.run(_look, process)

    async def held(self, process: str) -> Mapping[int, int]:
        return await self._connection.run(_held, process)

    async def assign(self, process: str, instances: Collection[int], *, register: bool, beyond: bool) -> Assignment:
        return await self._connection.run(_assign, process, list(instances), register=register, beyond=beyond)

    async def release(self, process: str, fences: Mapping[int, int]) -> None:
        await self._connection.run(_release, process, fences)


class PostgresPollers(PollingShares):
    """The distribution of instances over the processes of one database, as the attribute ``pollers`` of an inbox.

    Args:
        connection: The database.
        lease: The lease of this process; something else keeps it.
    """

    def __init__(self, connection: "PostgresConnection", lease: "ProcessLease") -> None:
        super().__init__(PostgresPollerStore(connection), lease)


async def _look(connection: "AsyncConnection[tuple[Any, ...]]", process: str) -> Look:
    found = await (await connection.execute(_LOOK, {"process": process})).fetchone()
    assert found is not None  # noqa: S101  aggregates return a row
    processes, next_end, free, asked, held, fences = found
    return Look(frozenset(processes), next_end, free, asked, held, int(fences))


async def _held(connection: "AsyncConnection[tuple[Any, ...]]", process: str) -> Mapping[int, int]:
    found = await connection.execute("SELECT instance, fence FROM pollers WHERE holder = %s", (process,))
    return {instance: fence async for instance, fence in found}


async def _assign(
    connection: "AsyncConnection[tuple[Any, ...]]", process: str, instances: list[int], *, register: bool, beyond: bool
) -> Assignment:
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    if await (await connection.execute(_LIVE, (process,))).fetchone() is None:
        return Assignment(claimed=0, asked=0, total=0)
    await connection.execute("INSERT INTO polling_processes VALUES (%s) ON CONFLICT DO NOTHING", (process,))
    for statement in _CLEAR:
        await connection.execute(statement)
    if register:
        await connection.execute(_REGISTER, (instances,))
    loads: dict[str, int] = {name: count async for name, count in await connection.execute(_LOADS)}
    total, free = await _numbers(connection, _TOTAL)
    if free:
        (free,) = await _numbers(connection, _FREE, instances)
    decided = plan(process, loads, total, free=free, beyond=beyond)
    claimed = asked = 0
    if decided.claim:
        claimed = (await connection.execute(_CLAIM, (process, instances, decided.claim))).rowcount
    if decided.ask:
        donors, counts = list(decided.ask), list(decided.ask.values())
        asked = (await connection.execute(_ASK, (process, donors, counts, instances))).rowcount
    return Assignment(claimed, asked, total)


async def _numbers(
    connection: "AsyncConnection[tuple[Any, ...]]", query: str, *arguments: list[int]
) -> tuple[int, ...]:
    found = await (await connection.execute(query.encode(), arguments or None)).fetchone()
    assert found is not None  # noqa: S101  aggregates return a row
    return found


async def _release(connection: "AsyncConnection[tuple[Any, ...]]", process: str, fences: Mapping[int, int]) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    await connection.execute(_RELEASE, (list(fences), list(fences.values()), process))
