"""Outbox in the file of an ``SQLiteInbox``: a row of about 150 bytes for each key."""

# ruff: noqa: D102  documented in outbox.py

import time
from collections.abc import Callable
from datetime import UTC, datetime
from sqlite3 import Connection

from greenapi_async.inbox.connection import SQLiteConnection
from greenapi_async.inbox.database import Schema
from greenapi_async.inbox.outbox import KEEP_SECONDS, RECORDS_AT_ONCE, Outbox, OutboxRecord

__all__ = ["SQLiteOutbox"]

_CREATE = (
    """
    CREATE TABLE IF NOT EXISTS outbox (
        instance INTEGER NOT NULL,
        key TEXT NOT NULL,
        chat TEXT NOT NULL,
        digest BLOB NOT NULL,
        begun REAL NOT NULL, -- in seconds
        message TEXT,
        PRIMARY KEY (instance, key)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS outbox_by_age ON outbox (begun)",
    "CREATE INDEX IF NOT EXISTS outbox_by_message ON outbox (message, instance) WHERE message IS NOT NULL",
)


class SQLiteOutbox(Outbox):
    """Outbox that survives a crash of the process and a power failure.

    Args:
        connection: Connection to the file, as in ``SQLiteInbox("inbox.db").connection``.
        clock: Returns the current time in seconds since the epoch.
    """

    def __init__(self, connection: SQLiteConnection, *, clock: Callable[[], float] = time.time) -> None:
        self._connection = connection
        self._schema: Schema[Connection] = Schema(_CREATE, lambda opened: opened)
        self._connection.add(self._schema)
        self._clock = clock

    async def begin(self, id_instance: int, key: str, chat_id: str, digest: bytes) -> OutboxRecord:
        return await self._connection.run(self._schema, _begin, id_instance, key, chat_id, digest, self._clock())

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        await self._connection.run(self._schema, _sent, id_instance, key, id_message)

    async def claim(self, id_instance: int, key: str, id_message: str) -> bool:
        return await self._connection.run(self._schema, _claim, id_instance, key, id_message)

    async def forget(self, id_instance: int, key: str) -> None:
        await self._connection.run(self._schema, _forget, id_instance, key)


def _begin(connection: Connection, instance: int, key: str, chat: str, digest: bytes, now: float) -> OutboxRecord:  # noqa: PLR0917  a row
    connection.execute(
        "DELETE FROM outbox WHERE (instance, key) IN (SELECT instance, key FROM outbox WHERE begun < ? LIMIT ?)",
        (now - KEEP_SECONDS, RECORDS_AT_ONCE),
    )
    is_new = connection.execute(
        "INSERT OR IGNORE INTO outbox (instance, key, chat, digest, begun) VALUES (?, ?, ?, ?, ?)",
        (instance, key, chat, digest, now),
    ).rowcount
    row = connection.execute(
        "SELECT chat, digest, begun, message FROM outbox WHERE instance = ? AND key = ?", (instance, key)
    )
    chat, digest, begun, message = row.fetchone()
    return OutboxRecord(
        is_new=bool(is_new),
        chat_id=chat,
        digest=digest,
        begun=datetime.fromtimestamp(begun, UTC),
        age=now - begun,
        id_message=message,
    )


def _sent(connection: Connection, instance: int, key: str, message: str) -> None:
    connection.execute("UPDATE outbox SET message = ? WHERE instance = ? AND key = ?", (message, instance, key))


def _claim(connection: Connection, instance: int, key: str, message: str) -> bool:
    taken = connection.execute(
        "SELECT 1 FROM outbox WHERE message = ? AND instance = ? AND key <> ?", (message, instance, key)
    )
    if taken.fetchone():
        return False
    _sent(connection, instance, key, message)
    return True


def _forget(connection: Connection, instance: int, key: str) -> None:
    connection.execute("DELETE FROM outbox WHERE instance = ? AND key = ?", (instance, key))
