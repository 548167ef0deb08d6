"""Identities in the file of an ``SQLiteInbox``, or in PostgreSQL, shared by several processes."""

# ruff: noqa: D102  documented in identities.py

from collections.abc import Mapping

from greenapi_async.inbox.identities import IdentityStore
from greenapi_async.inbox.sql import SQLDatabase, Statement, Work

__all__ = ["SQLIdentities"]


class SQLIdentities(IdentityStore):
    """Identities that survive the death of the process; in SQLite a power failure may lose the newest.

    Args:
        database: Where they are.
    """

    def __init__(self, database: SQLDatabase) -> None:
        self._database = database

    async def load(self, id_instance: int) -> Mapping[str, str]:
        return await self._database.execute(_load, id_instance, durable=False)

    async def save(self, id_instance: int, changes: Mapping[str, str | None]) -> None:
        await self._database.execute(_save, id_instance, changes, durable=False, idempotent=True)


def _load(instance: int) -> Work[dict[str, str]]:
    rows = yield Statement("SELECT id, main FROM identities WHERE instance = ? ORDER BY rowid", (instance,))
    # a damaged row concerns itself only
    return {each: main for each, main in rows if isinstance(each, str) and isinstance(main, str)}


def _save(instance: int, changes: Mapping[str, str | None]) -> Work[None]:
    for each, main in changes.items():
        yield Statement("DELETE FROM identities WHERE instance = ? AND id = ?", (instance, each))
        if main is not None:  # another process can have stored the id meanwhile
            yield Statement(
                "INSERT INTO identities (instance, id, main) VALUES (?, ?, ?)"
                " ON CONFLICT (instance, id) DO UPDATE SET main = excluded.main",
                (instance, each, main),
            )
