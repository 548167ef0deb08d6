"""Versioned migrations of the PostgreSQL schema, applied when a process connects.

The table ``migrations`` has a row per applied version. Versions are applied in order, each in a transaction, under an
advisory lock: of several processes that start at once, one applies them and the others wait.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from greenapi_async.errors import InboxError
from greenapi_async.inbox.postgres.lanes_sql import LANES
from greenapi_async.inbox.postgres.schema import INSTANCES, POLLERS, PROCESSES, RATES, SHARED

if TYPE_CHECKING:
    from psycopg import AsyncConnection

__all__ = ["MIGRATIONS", "migrate"]

_LOCK = 0x67724150
"""Key of the advisory lock."""

MIGRATIONS: Sequence[Sequence[str]] = ((*PROCESSES, *SHARED, *RATES, *LANES, *POLLERS, *INSTANCES),)
"""Statements of each version, beginning with version 1."""


async def migrate(connection: "AsyncConnection[tuple[Any, ...]]", schema: str) -> None:
    """Create the schema, or bring it up to date.

    Args:
        connection: A connection in autocommit mode; its ``search_path`` is set to the schema.
        schema: PostgreSQL schema of the tables.

    Raises:
        InboxError: The schema was created by a newer version of this package.
    """
    from psycopg import sql  # noqa: PLC0415  an optional dependency

    name = sql.Identifier(schema)
    await connection.execute(sql.SQL("SET search_path TO {}").format(name))
    if await _version(connection, schema) == len(MIGRATIONS):
        return
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        found = await connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,))
        if await found.fetchone() is None:  # IF NOT EXISTS would need the right to create schemas even if it exists
            await connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY, applied timestamptz NOT NULL)"
        )
        version = await _version(connection, schema)
        if version > len(MIGRATIONS):
            newer = InboxError(
                f"the schema {schema} has version {version}, but this package knows versions up to {len(MIGRATIONS)}; "
                "update the package"
            )
            newer.advice = ""
            raise newer
        for number, statements in enumerate(MIGRATIONS[version:], version + 1):
            for statement in statements:
                await connection.execute(statement.encode())  # bytes, because they are no literals here
            await connection.execute("INSERT INTO migrations (version, applied) VALUES (%s, now())", (number,))


async def _version(connection: "AsyncConnection[tuple[Any, ...]]", schema: str) -> int:
    """Return the version that was applied last, 0 if there is none, or -1 if there is no table."""
    found = await connection.execute(
        "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'migrations'", (schema,)
    )
    if await found.fetchone() is None:
        return -1
    row = await (await connection.execute("SELECT coalesce(max(version), 0) FROM migrations")).fetchone()
    return int(row[0]) if row else 0
