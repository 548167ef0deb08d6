"""PostgreSQL storage of conversation states, shared by several processes or machines."""

from typing import TYPE_CHECKING, Protocol, cast

from greenapi_async.bots.storage.sql import SQLStorage

if TYPE_CHECKING:
    from greenapi_async.inbox.postgres.connection import PostgresConnection

__all__ = ["PostgresStorage"]


class _OnPostgres(Protocol):
    """An inbox in PostgreSQL."""

    @property
    def connection(self) -> "PostgresConnection": ...


class PostgresStorage(SQLStorage):
    """States in PostgreSQL, for asyncio only; needs the extra ``postgres``. Expiry goes by the database's clock.

    Its methods raise ``InboxUnavailableError`` if the database cannot be used at the moment, and ``InboxError`` if it
    cannot be used at all.

    Args:
        database: ``PostgresConnection("postgresql://...")``, or an inbox whose database is used. Closing it is the
            caller's responsibility.

    Example:
        >>> async with PostgresConnection("postgresql://bot@db/bots") as connection:
        ...     await run(router, clients=client, storage=PostgresStorage(connection))
    """

    def __init__(self, database: "PostgresConnection | _OnPostgres") -> None:
        super().__init__(cast("PostgresConnection", getattr(database, "connection", database)))
