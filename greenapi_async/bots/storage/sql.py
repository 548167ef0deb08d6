"""Conversation states in an SQL database."""

# ruff: noqa: D102  the methods are documented in base.py

from typing import Final

from greenapi_async.bots.storage.base import StateStorage
from greenapi_async.inbox.sql import Clock, SQLDatabase, Statement, Work, delete_some

__all__ = ["SQLStorage"]

SWEPT_PER_WRITE: Final = 100
"""Most expired states that one write removes."""


class SQLStorage(StateStorage):
    """States in the table ``states``; its methods raise ``InboxError`` as the inbox's do.

    Args:
        database: Where the table is.
    """

    def __init__(self, database: SQLDatabase) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        return await self._database.execute(_get, key, durable=False)

    async def set(self, key: str, value: str, expires: float | None) -> None:
        await self._database.execute(_set, key, value, expires, durable=False)

    async def delete(self, key: str) -> None:
        await self._database.execute(_delete, key, durable=False)


def _get(key: str) -> Work[str | None]:
    rows = yield Statement("SELECT value FROM states WHERE key = ? AND (until IS NULL OR until > ?)", (key, Clock.NOW))
    if not rows:
        return None
    value = rows[0][0]
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _set(key: str, value: str, expires: float | None) -> Work[None]:
    yield Statement(
        "INSERT INTO states (key, value, until) VALUES (?, ?, ? + ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value, until = excluded.until",
        (key, value, Clock.NOW, expires),
    )
    yield from delete_some("states", ("key",), "until <= ?", Clock.NOW, limit=SWEPT_PER_WRITE)


def _delete(key: str) -> Work[None]:
    yield Statement("DELETE FROM states WHERE key = ?", (key,))
