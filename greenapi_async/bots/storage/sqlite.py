"""States in the inbox's file.

They outlast the process. After a power failure they are as old as what was done with the notifications: both are
written to one log in one order, so a notification that is handled again finds the state from before, or the same.
"""

# ruff: noqa: D102  what the methods do is told in base.py

import time
from collections.abc import Callable
from sqlite3 import Connection
from typing import TYPE_CHECKING

from greenapi_async.bots.storage.base import StateStorage
from greenapi_async.inbox.database import Schema

if TYPE_CHECKING:
    from greenapi_async.inbox.sqlite import SQLiteInbox

__all__ = ["SQLiteStorage"]

REMOVED_AT_ONCE = 100

_CREATE = (
    # until is in seconds
    "CREATE TABLE IF NOT EXISTS states (key TEXT PRIMARY KEY, value TEXT NOT NULL, until REAL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS states_by_age ON states (until) WHERE until IS NOT NULL",
)


class SQLiteStorage(StateStorage):
    """States in the file of an ``SQLiteInbox``; raises ``InboxError`` as the inbox does."""

    def __init__(self, inbox: "SQLiteInbox", *, clock: Callable[[], float] = time.time) -> None:
        self._connection = inbox.connection
        self._schema: Schema[Connection] = Schema(_CREATE, lambda opened: opened)
        self._connection.add(self._schema)
        self._clock = clock

    async def get(self, key: str) -> str | None:
        return await self._connection.run(self._schema, _get, key, self._clock(), durable=False)

    async def set(self, key: str, value: str, expires: float | None) -> None:
        now = self._clock()
        until = None if expires is None else now + expires
        await self._connection.run(self._schema, _set, key, value, until, now, durable=False)

    async def delete(self, key: str) -> None:
        await self._connection.run(self._schema, _delete, key, durable=False)


def _get(connection: Connection, key: str, now: float) -> str | None:
    found = connection.execute("SELECT value FROM states WHERE key = ? AND (until IS NULL OR until > ?)", (key, now))
    row = found.fetchone()
    return str(row[0]) if row else None


def _set(connection: Connection, key: str, value: str, until: float | None, now: float) -> None:
    connection.execute(
        "DELETE FROM states WHERE key IN (SELECT key FROM states WHERE until <= ? LIMIT ?)", (now, REMOVED_AT_ONCE)
    )
    connection.execute("INSERT OR REPLACE INTO states (key, value, until) VALUES (?, ?, ?)", (key, value, until))


def _delete(connection: Connection, key: str) -> None:
    connection.execute("DELETE FROM states WHERE key = ?", (key,))
