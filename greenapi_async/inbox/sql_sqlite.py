"""``SQLDatabase`` in an SQLite file; needs SQLite 3.35 for ``RETURNING``."""

# ruff: noqa: D102  documented in sql.py

import secrets
import sqlite3
import time
from collections.abc import Callable
from sqlite3 import Connection
from typing import Any, TypeVar, TypeVarTuple

from greenapi_async.errors import InboxError
from greenapi_async.inbox.connection import SQLiteConnection
from greenapi_async.inbox.database import Schema
from greenapi_async.inbox.sql import Clock, Exclusive, SQLDatabase, Work
from greenapi_async.inbox.sql_tables import TABLES

__all__ = ["SQLiteDatabase", "drive"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

REQUIRED = (3, 35, 0)


class SQLiteDatabase(SQLDatabase):
    """Operations on the file of a connection.

    Args:
        connection: Connection to the file, as in ``SQLiteInbox("inbox.db").connection``.
        clock: Returns the current time in seconds since the epoch.
        monotonic: Returns the seconds by a clock that is never set; None for ``time.monotonic``, or for ``clock`` if
            that is given.

    Raises:
        InboxError: Python's SQLite is too old.

    Attributes:
        owner: Identifies this object; what another one leased in the same file is free, because it was closed.
    """

    def __init__(
        self,
        connection: SQLiteConnection,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        if sqlite3.sqlite_version_info < REQUIRED:
            needed = ".".join(map(str, REQUIRED[:2]))
            raise InboxError(f"Python uses SQLite {sqlite3.sqlite_version}, but {needed} or newer is needed")
        self.owner = secrets.token_hex(8)
        self._connection = connection
        self._clock = clock
        self._monotonic = monotonic or (time.monotonic if clock is time.time else clock)
        self._schema: Schema[Connection] = Schema(TABLES, lambda opened: opened)
        connection.add(self._schema)

    async def execute(
        self,
        work: Callable[[*Ts], Work[T]],
        *arguments: *Ts,
        then: Callable[[T], object] | None = None,
        durable: bool = True,
        idempotent: bool = False,
    ) -> T:
        times = {Clock.NOW: self._clock(), Clock.STEADY: self._monotonic()}
        return await self._connection.run(
            self._schema,
            drive,
            work,
            arguments,
            times,
            then=None if then is None else lambda _, value: then(value),
            durable=durable,
            idempotent=idempotent,
        )


def drive(
    connection: Connection, work: Callable[..., Work[T]], arguments: tuple[Any, ...], times: dict[Clock, float]
) -> T:
    """Execute the statements of an operation, and return its result.

    Args:
        connection: The open file.
        work: Creates the operation.
        arguments: Passed to ``work``.
        times: What the placeholders for times mean.
    """
    operation = work(*arguments)
    connection.text_factory = _text
    try:
        statement = next(operation)
        while True:
            if isinstance(statement, Exclusive):
                statement = operation.send([])
                continue
            parameters = [times[each] if isinstance(each, Clock) else each for each in statement.parameters]
            statement = operation.send(connection.execute(statement.sql, parameters).fetchall())
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        connection.text_factory = str
        operation.close()


def _text(stored: bytes) -> str | bytes:
    """Return a text, or its bytes if the row is damaged, so that it does not make other rows unreadable."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored
