"""Outbox in the file of an ``SQLiteInbox``: a row of about 200 bytes for each key."""

# ruff: noqa: D102  documented in outbox.py

import time
from collections.abc import Callable
from datetime import UTC, datetime
from sqlite3 import Connection

import attrs

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
        attempt TEXT NOT NULL,
        begun REAL NOT NULL, -- in seconds, by the local clock
        server_time REAL, -- in seconds, by the server's clock
        message TEXT,
        PRIMARY KEY (instance, key)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS outbox_by_age ON outbox (begun) WHERE server_time IS NULL",
    "CREATE INDEX IF NOT EXISTS outbox_by_server_time ON outbox (server_time) WHERE server_time IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS outbox_by_message ON outbox (message, instance) WHERE message IS NOT NULL",
)
_EXPIRED = (
    "SELECT instance, key FROM outbox WHERE server_time IS NULL AND begun < ? LIMIT ?",
    "SELECT instance, key FROM outbox WHERE server_time IS NOT NULL AND server_time < ? LIMIT ?",
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

    async def begin(
        self,
        id_instance: int,
        key: str,
        chat_id: str,
        digest: bytes,
        *,
        attempt: str = "",
        replaces: str | None = None,
        server_time: datetime | None = None,
    ) -> OutboxRecord:
        new = _Row(id_instance, key, chat_id, digest, attempt, self._clock(), _seconds(server_time))
        return await self._connection.run(self._schema, _begin, new, replaces)

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        await self._connection.run(self._schema, _sent, id_instance, key, id_message)

    async def claim(self, id_instance: int, key: str, id_message: str) -> bool:
        return await self._connection.run(self._schema, _claim, id_instance, key, id_message)

    async def is_claimed(self, id_instance: int, id_message: str) -> bool:
        return await self._connection.run(self._schema, _is_claimed, id_instance, id_message, durable=False)

    async def forget(self, id_instance: int, key: str, attempt: str = "") -> None:
        await self._connection.run(self._schema, _forget, id_instance, key, attempt)


@attrs.frozen
class _Row:
    """Columns of a new record, in the order of the table."""

    instance: int
    key: str
    chat: str
    digest: bytes
    attempt: str
    begun: float
    server_time: float | None


def _begin(connection: Connection, new: _Row, replaces: str | None) -> OutboxRecord:
    for expired, now in zip(_EXPIRED, (new.begun, new.server_time), strict=True):
        if now is not None:
            delete = f"DELETE FROM outbox WHERE (instance, key) IN ({expired})"  # noqa: S608  constants
            connection.execute(delete, (now - KEEP_SECONDS, RECORDS_AT_ONCE))
    key = new.instance, new.key
    connection.execute(
        "DELETE FROM outbox WHERE instance = ? AND key = ? AND attempt = ? AND message IS NULL", (*key, replaces)
    )
    is_new = connection.execute(
        "INSERT OR IGNORE INTO outbox (instance, key, chat, digest, attempt, begun, server_time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        attrs.astuple(new),
    ).rowcount
    connection.execute(
        "UPDATE outbox SET server_time = ? WHERE instance = ? AND key = ? AND attempt = ? AND server_time IS NULL",
        (new.server_time, *key, new.attempt),
    )
    row = connection.execute(
        "SELECT chat, digest, attempt, begun, server_time, message FROM outbox WHERE instance = ? AND key = ?", key
    )
    chat, digest, attempt, begun, server_time, message = row.fetchone()
    return OutboxRecord(
        is_new=bool(is_new),
        chat_id=chat,
        digest=digest,
        attempt=attempt,
        begun=datetime.fromtimestamp(begun, UTC),
        age=new.begun - begun,
        server_time=None if server_time is None else datetime.fromtimestamp(server_time, UTC),
        id_message=message,
    )


def _sent(connection: Connection, instance: int, key: str, message: str) -> None:
    connection.execute("UPDATE outbox SET message = ? WHERE instance = ? AND key = ?", (message, instance, key))


def _claim(connection: Connection, instance: int, key: str, message: str) -> bool:
    changed = connection.execute(
        "UPDATE outbox SET message = :message WHERE instance = :instance AND key = :key"
        " AND (message IS NULL OR message = :message)"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE message = :message AND instance = :instance AND key <> :key)",
        {"message": message, "instance": instance, "key": key},
    )
    return changed.rowcount > 0


def _is_claimed(connection: Connection, instance: int, message: str) -> bool:
    found = connection.execute("SELECT 1 FROM outbox WHERE message = ? AND instance = ?", (message, instance))
    return found.fetchone() is not None


def _forget(connection: Connection, instance: int, key: str, attempt: str) -> None:
    connection.execute(
        "DELETE FROM outbox WHERE instance = ? AND key = ? AND attempt = ? AND message IS NULL",
        (instance, key, attempt),
    )


def _seconds(time: datetime | None) -> float | None:
    return None if time is None else time.timestamp()
