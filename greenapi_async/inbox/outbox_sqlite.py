"""An outbox in the inbox's file: a row of about 150 bytes for each key."""

# ruff: noqa: D102  what the methods do is told in outbox.py

import time
from collections.abc import Callable
from datetime import UTC, datetime
from sqlite3 import Connection

from greenapi_async.inbox.connection import SQLiteFile, Tables
from greenapi_async.inbox.outbox import KEPT, REMOVED_AT_ONCE, Outbox, OutboxRecord

__all__ = ["SQLiteOutbox"]

_CREATE = (
    """
    CREATE TABLE IF NOT EXISTS sends (
        instance INTEGER NOT NULL,
        key TEXT NOT NULL,
        chat TEXT NOT NULL,
        digest BLOB NOT NULL,
        begun REAL NOT NULL, -- in seconds
        message TEXT,
        PRIMARY KEY (instance, key)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS sends_by_age ON sends (begun)",
    "CREATE INDEX IF NOT EXISTS sends_by_message ON sends (message, instance) WHERE message IS NOT NULL",
)


class SQLiteOutbox(Outbox):
    """An outbox that outlasts the process and the power; raises ``InboxError`` as the inbox does."""

    def __init__(self, file: SQLiteFile, *, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._file.add(Tables(_CREATE, lambda _: None))
        self._clock = clock

    async def begin(self, id_instance: int, key: str, chat_id: str, digest: bytes) -> OutboxRecord:
        now = self._clock()
        return await self._file.run(lambda connection: _begin(connection, id_instance, key, chat_id, digest, now))

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        await self._file.run(lambda connection: _sent(connection, id_instance, key, id_message))

    async def claim(self, id_instance: int, key: str, id_message: str) -> bool:
        return await self._file.run(lambda connection: _claim(connection, id_instance, key, id_message))

    async def forget(self, id_instance: int, key: str) -> None:
        await self._file.run(lambda connection: _forget(connection, id_instance, key))


def _begin(connection: Connection, instance: int, key: str, chat: str, digest: bytes, now: float) -> OutboxRecord:  # noqa: PLR0917  a row
    connection.execute(
        "DELETE FROM sends WHERE (instance, key) IN (SELECT instance, key FROM sends WHERE begun < ? LIMIT ?)",
        (now - KEPT, REMOVED_AT_ONCE),
    )
    is_new = connection.execute(
        "INSERT OR IGNORE INTO sends (instance, key, chat, digest, begun) VALUES (?, ?, ?, ?, ?)",
        (instance, key, chat, digest, now),
    ).rowcount
    row = connection.execute(
        "SELECT chat, digest, begun, message FROM sends WHERE instance = ? AND key = ?", (instance, key)
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
    connection.execute("UPDATE sends SET message = ? WHERE instance = ? AND key = ?", (message, instance, key))


def _claim(connection: Connection, instance: int, key: str, message: str) -> bool:
    taken = connection.execute(
        "SELECT 1 FROM sends WHERE message = ? AND instance = ? AND key <> ?", (message, instance, key)
    )
    if taken.fetchone():
        return False
    _sent(connection, instance, key, message)
    return True


def _forget(connection: Connection, instance: int, key: str) -> None:
    connection.execute("DELETE FROM sends WHERE instance = ? AND key = ?", (instance, key))
