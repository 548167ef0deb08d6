"""Outbox in the file of an ``SQLiteInbox``, or in PostgreSQL, shared by several processes."""

# ruff: noqa: D102  documented in outbox.py

from datetime import UTC, datetime
from typing import Any

import attrs

from greenapi_async.errors import InboxError
from greenapi_async.inbox.outbox import KEEP_SECONDS, RECORDS_AT_ONCE, Outbox, OutboxRecord
from greenapi_async.inbox.sql import Clock, Exclusive, SQLDatabase, Statement, Work, delete_some

__all__ = ["SQLOutbox"]

_KEY = ("instance", "key")


class SQLOutbox(Outbox):
    """Outbox that survives a crash of the process and a power failure.

    Args:
        database: Where the records are: ``PostgresConnection("postgresql://...")``, or ``SQLiteDatabase``.
    """

    def __init__(self, database: SQLDatabase) -> None:
        self._database = database

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
        new = _Row(id_instance, key, chat_id, digest, attempt, None if server_time is None else server_time.timestamp())
        return await self._database.execute(_begin, new, replaces)

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        await self._database.execute(_sent, id_instance, key, id_message)

    async def claim(self, id_instance: int, key: str, id_message: str) -> bool:
        return await self._database.execute(_claim, id_instance, key, id_message)

    async def is_claimed(self, id_instance: int, id_message: str) -> bool:
        return await self._database.execute(_is_claimed, id_instance, id_message, durable=False)

    async def forget(self, id_instance: int, key: str, attempt: str = "") -> None:
        await self._database.execute(_forget, id_instance, key, attempt)


@attrs.frozen
class _Row:
    """A new record."""

    instance: int
    key: str
    chat: str
    digest: bytes
    attempt: str
    server_time: float | None


def _begin(new: _Row, replaces: str | None) -> Work[OutboxRecord]:
    expired = "server_time IS NULL AND begun < ? - ?"
    yield from delete_some("outbox", _KEY, expired, Clock.NOW, KEEP_SECONDS, limit=RECORDS_AT_ONCE)
    if new.server_time is not None:
        expired = "server_time IS NOT NULL AND server_time < ?"
        yield from delete_some("outbox", _KEY, expired, new.server_time - KEEP_SECONDS, limit=RECORDS_AT_ONCE)
    # of several processes one inserts; the others wait for it, and then their condition decides. The row is locked even
    # if the condition is false, so that it cannot be forgotten before it is read
    created = yield Statement(
        "INSERT INTO outbox (instance, key, chat, digest, attempt, begun, server_time) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (instance, key) DO UPDATE SET chat = excluded.chat, digest = excluded.digest,"
        " attempt = excluded.attempt, begun = excluded.begun, server_time = excluded.server_time"
        " WHERE outbox.attempt = ? AND outbox.message IS NULL RETURNING begun",
        (new.instance, new.key, new.chat, new.digest, new.attempt, Clock.NOW, new.server_time, replaces),
    )
    if created:
        return _record(
            new.key, (new.chat, new.digest, new.attempt, created[0][0], 0.0, new.server_time, None), new=True
        )
    if new.server_time is not None:
        yield Statement(
            "UPDATE outbox SET server_time = ? WHERE instance = ? AND key = ? AND attempt = ? AND server_time IS NULL",
            (new.server_time, new.instance, new.key, new.attempt),
        )
    [row] = yield Statement(
        "SELECT chat, digest, attempt, begun, ? - begun, server_time, message FROM outbox"
        " WHERE instance = ? AND key = ?",
        (Clock.NOW, new.instance, new.key),
    )
    return _record(new.key, row, new=False)


def _record(key: str, row: tuple[Any, ...], *, new: bool) -> OutboxRecord:
    chat, digest, attempt, begun, age, server_time, message = row
    try:
        return OutboxRecord(
            is_new=new,
            chat_id=chat,
            digest=digest,
            attempt=attempt,
            begun=datetime.fromtimestamp(begun, UTC),
            age=age,
            server_time=None if server_time is None else datetime.fromtimestamp(server_time, UTC),
            id_message=message,
        )
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise InboxError(f"the record of the message sent with once={key!r} is unreadable: {error}") from error


def _sent(instance: int, key: str, message: str) -> Work[None]:
    yield Statement("UPDATE outbox SET message = ? WHERE instance = ? AND key = ?", (message, instance, key))


def _claim(instance: int, key: str, message: str) -> Work[bool]:
    yield Exclusive(f"outbox {instance} {message}")
    changed = yield Statement(
        "UPDATE outbox SET message = ? WHERE instance = ? AND key = ? AND (message IS NULL OR message = ?)"
        " AND NOT EXISTS (SELECT 1 FROM outbox AS other"
        " WHERE other.message = ? AND other.instance = ? AND other.key <> ?) RETURNING 1",
        (message, instance, key, message, message, instance, key),
    )
    return bool(changed)


def _is_claimed(instance: int, message: str) -> Work[bool]:
    found = yield Statement("SELECT 1 FROM outbox WHERE message = ? AND instance = ? LIMIT 1", (message, instance))
    return bool(found)


def _forget(instance: int, key: str, attempt: str) -> Work[None]:
    yield Statement(
        "DELETE FROM outbox WHERE instance = ? AND key = ? AND attempt = ? AND message IS NULL",
        (instance, key, attempt),
    )
