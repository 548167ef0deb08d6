"""SQLite storage of conversation states, in the inbox's file.

States survive a restart. After a power failure they are consistent with the inbox: both are written to one log in one
order. A notification that is handled again finds the state from before it was handled, or the state that its handler
stored.
"""

# ruff: noqa: D102  the methods are documented in base.py

import time
from collections.abc import Callable
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final

from greenapi_async.bots.storage.base import StateStorage
from greenapi_async.inbox.database import Schema

if TYPE_CHECKING:
    from greenapi_async.inbox.sqlite import SQLiteInbox

__all__ = ["SQLiteStorage"]

SWEPT_PER_WRITE: Final = 100
"""Most expired states that one write removes."""

_CREATE = (
    # until is in seconds
    "CREATE TABLE IF NOT EXISTS states (key TEXT PRIMARY KEY, value TEXT NOT NULL, until REAL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS states_by_age ON states (until) WHERE until IS NOT NULL",
)


class SQLiteStorage(StateStorage):
    """States in the file of a ``SQLiteInbox``; its methods raise ``InboxError`` as the inbox's do.

    Args:
        inbox: The inbox whose file is used; it must be open while states are read or written.
        clock: Returns the current time in seconds; for tests.
    """

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
        "DELETE FROM states WHERE key IN (SELECT key FROM states WHERE until <= ? LIMIT ?)", (now, SWEPT_PER_WRITE)
    )
    connection.execute("INSERT OR REPLACE INTO states (key, value, until) VALUES (?, ?, ?)", (key, value, until))


def _delete(connection: Connection, key: str) -> None:
    connection.execute("DELETE FROM states WHERE key = ?", (key,))
