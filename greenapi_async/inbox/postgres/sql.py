"""Translates and executes the statements of ``greenapi_async.inbox.sql`` on PostgreSQL.

Without psycopg: the connection is passed in.
"""

import re
from typing import TYPE_CHECKING, Any, TypeVar

from greenapi_async.inbox.sql import Clock, Exclusive, Statement, Work

if TYPE_CHECKING:
    from psycopg import AsyncConnection

__all__ = ["drive", "translate", "translate_table"]

T = TypeVar("T")

_NOW = "extract(epoch FROM statement_timestamp())::double precision"
"""Stable within a statement, so an index can be searched with it."""
_LOCK = b"SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_WORDS = {
    "INTEGER": "bigint",
    "REAL": "double precision",
    "BLOB": "bytea",
    "TEXT": 'text COLLATE "C"',
    "WITHOUT ROWID": "",
}


async def drive(connection: "AsyncConnection[tuple[Any, ...]]", operation: Work[T]) -> T:
    """Execute an operation in the open transaction of a connection, and return its result.

    Args:
        connection: The connection, with the ``search_path`` set to the tables.
        operation: The operation, not begun.
    """
    try:
        statement = next(operation)
        while True:
            if isinstance(statement, Exclusive):
                await connection.execute(_LOCK, (statement.name,))
                statement = operation.send([])
                continue
            cursor = await connection.execute(*translate(statement))
            statement = operation.send(await cursor.fetchall() if cursor.description else [])
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        operation.close()


def translate(statement: Statement) -> tuple[bytes, tuple[Any, ...]]:
    """Return a statement and its parameters as psycopg expects them."""
    first, *others = statement.sql.replace("%", "%%").split("?")
    parts = [first]
    for parameter, text in zip(statement.parameters, others, strict=True):
        parts += _NOW if isinstance(parameter, Clock) else "%s", text
    if statement.skip_locked:
        parts.append(" FOR UPDATE SKIP LOCKED")
    parameters = tuple(each for each in statement.parameters if not isinstance(each, Clock))
    return "".join(parts).encode(), parameters


def translate_table(create: str) -> str:
    """Return a statement of ``sql_tables`` in the words of PostgreSQL."""
    if "CREATE TABLE" in create and "WITHOUT ROWID" not in create:
        create = create.replace("(", "(rowid bigint GENERATED ALWAYS AS IDENTITY,", 1)
    return re.sub("|".join(rf"\b{word}\b" for word in _WORDS), lambda found: _WORDS[found[0]], create)
