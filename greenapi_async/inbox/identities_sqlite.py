"""Identities in the file of an ``SQLiteInbox``: a row of about 100 bytes for each id but the main one of a person."""

# ruff: noqa: D102  documented in identities.py

from collections.abc import Mapping
from contextlib import suppress
from sqlite3 import Connection

from greenapi_async.inbox.connection import SQLiteConnection
from greenapi_async.inbox.database import Schema
from greenapi_async.inbox.identities import IdentityStore

__all__ = ["SQLiteIdentities"]

_CREATE = (
    """
    CREATE TABLE IF NOT EXISTS identities (
        instance INTEGER NOT NULL,
        id TEXT NOT NULL,
        main TEXT NOT NULL,
        UNIQUE (instance, id)
    )
    """,
)


class SQLiteIdentities(IdentityStore):
    """Identities that survive the death of the process; a power failure may lose the newest.

    Args:
        connection: Connection to the file, as in ``SQLiteInbox("inbox.db").connection``.
    """

    def __init__(self, connection: SQLiteConnection) -> None:
        self._connection = connection
        self._schema: Schema[Connection] = Schema(_CREATE, lambda opened: opened)
        self._connection.add(self._schema)

    async def load(self, id_instance: int) -> Mapping[str, str]:
        return await self._connection.run(self._schema, _load, id_instance, durable=False)

    async def save(self, id_instance: int, changes: Mapping[str, str | None]) -> None:
        await self._connection.run(self._schema, _save, id_instance, changes, durable=False, idempotent=True)


def _load(connection: Connection, instance: int) -> dict[str, str]:
    rows = connection.execute(
        "SELECT CAST(id AS BLOB), CAST(main AS BLOB) FROM identities WHERE instance = ? ORDER BY rowid", (instance,)
    )
    main_ids: dict[str, str] = {}
    for each, main in rows:
        with suppress(UnicodeDecodeError, AttributeError):  # a damaged row concerns itself only
            main_ids[each.decode()] = main.decode()
    return main_ids


def _save(connection: Connection, instance: int, changes: Mapping[str, str | None]) -> None:
    for each, main in changes.items():
        connection.execute("DELETE FROM identities WHERE instance = ? AND id = ?", (instance, each))
        if main is not None:
            connection.execute("INSERT INTO identities (instance, id, main) VALUES (?, ?, ?)", (instance, each, main))
