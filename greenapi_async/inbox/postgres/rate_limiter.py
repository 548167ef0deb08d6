"""Rate limiter of several processes that share an instance, with its slots in PostgreSQL; see ``http/slot_store.py``.

One function does each exchange, by the clock of the database. The row of a method is locked meanwhile. The tables are
not logged, so an exchange waits for no disk. If the server was restarted or crashed, the function notices that.

All rate limiters over one ``PostgresConnection`` use one connection outside of its pool: an attempt to reach the
database must be made when it is due, and the pool waits longer and longer between its own.
"""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary

from greenapi_async._internal.concurrency import abandon
from greenapi_async.errors import InboxError, InboxUnavailableError, MissingExtraError
from greenapi_async.http.protocol import instance_id
from greenapi_async.http.shared_rate_limiter import SharedRateLimiter
from greenapi_async.http.slot_store import LATE, Answer, Report, SlotStore, StoreUnavailableError, Terms
from greenapi_async.inbox.postgres.connection import PostgresConnection

try:
    import psycopg
except ImportError:
    raise MissingExtraError("postgres", "psycopg") from None

if TYPE_CHECKING:
    from psycopg import AsyncConnection

__all__ = ["PostgresRateLimiter"]

_EXCHANGE = "SELECT rate_exchange(%s, %s, %s, %s, %s, %s::bigint[], %s, %s, %s, %s, %s, %s, %s, %s, %s)"


class _DirectConnection:
    """The connection that all rate limiters over one database share; closed when the last of them is."""

    def __init__(self) -> None:
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.users: set[object] = set()

    async def run(self, database: PostgresConnection, arguments: tuple[Any, ...]) -> list[int]:
        connection = await self._connected(database)
        query = asyncio.ensure_future(self._query(connection, arguments))
        try:
            await asyncio.wait([query])
        except asyncio.CancelledError:  # there is no answer in time; psycopg may take long to give up
            self._forget(connection)
            abandon(query)
            raise
        try:
            return query.result()
        except psycopg.Error as error:
            self._forget(connection)
            await connection.close()
            raise database.translate(error) from error

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and self._loop is asyncio.get_running_loop():
            await connection.close()

    async def _connected(self, database: PostgresConnection) -> "AsyncConnection[tuple[Any, ...]]":
        loop = asyncio.get_running_loop()
        if self._connection is None or self._loop is not loop:
            connection = await database.connect()
            if self._connection is not None and self._loop is loop:  # somebody was faster
                await connection.close()
            else:
                self._connection, self._loop = connection, loop
        return self._connection

    def _forget(self, connection: "AsyncConnection[tuple[Any, ...]]") -> None:
        if self._connection is connection:
            self._connection = None

    @staticmethod
    async def _query(connection: "AsyncConnection[tuple[Any, ...]]", arguments: tuple[Any, ...]) -> list[int]:
        row = await (await connection.execute(_EXCHANGE, arguments)).fetchone()
        return list(row[0]) if row else []


_DIRECT: WeakKeyDictionary[PostgresConnection, _DirectConnection] = WeakKeyDictionary()


class PostgresSlotStore(SlotStore):
    """Slots of one instance in PostgreSQL.

    Args:
        database: The database.
        id_instance: The instance's id.
    """

    def __init__(self, database: PostgresConnection, id_instance: int) -> None:
        self._database = database
        self._id_instance = id_instance
        self._direct = _DIRECT.setdefault(database, _DirectConnection())

    async def exchange(self, method: str, terms: Terms, report: Report) -> Answer:
        """Exchange a report for slots; see ``SlotStore.exchange``."""
        self._direct.users.add(self)
        arguments = (
            *(self._id_instance, method, report.process, report.number),
            *(report.held, list(report.cooling), report.wanted, report.pause),
            *(terms.slots, terms.hold, terms.horizon, terms.soonest, terms.latest, LATE, terms.warm_up),
        )
        try:
            again, *delays = await self._direct.run(self._database, arguments)
        except InboxError as error:
            raise StoreUnavailableError(error.reason) from error
        return Answer(again, tuple(delays))

    async def aclose(self) -> None:
        """Close the connection, unless other rate limiters use it."""
        self._direct.users.discard(self)
        if not self._direct.users:
            await self._direct.aclose()


class PostgresRateLimiter(SharedRateLimiter):
    """Rate limiter of one instance that several processes use, for asyncio only; needs the extra ``postgres``.

    Together the processes keep the documented rates. While the database does not answer, each keeps its share of them.
    Use it as ``async with PostgresRateLimiter(...)``, or call ``aclose()``, so that the last slots are given back.

    Args:
        database: Connection string, as in ``postgresql://user@host/database``, or a ``PostgresConnection`` that several
            rate limiters share; closing that one is the caller's responsibility.
        id_instance: The instance's id.
        processes: Greatest number of processes that use the instance, 1 or more.
        request_timeout: The longest ``timeout`` of the clients, in seconds. A process that dies keeps the slots of its
            requests for that long, and a little longer.

    Raises:
        InvalidArgumentError: An argument is not valid.
    """

    def __init__(
        self,
        database: str | PostgresConnection,
        *,
        id_instance: int | str,
        processes: int = 4,
        request_timeout: float = 30.0,
    ) -> None:
        self._owns_connection = isinstance(database, str)
        self._connection = PostgresConnection(database, connections=1) if isinstance(database, str) else database
        self._slots = PostgresSlotStore(self._connection, instance_id(id_instance))
        super().__init__(self._slots, id_instance=id_instance, processes=processes, request_timeout=request_timeout)

    async def __aenter__(self) -> Self:
        with suppress(InboxUnavailableError):  # until the database answers, this process keeps its share
            await self._connection.run(_nothing)
        return self

    async def aclose(self) -> None:
        """Return the slots that are not in use, and close the connection. The limiter can be used again."""
        await super().aclose()
        await self._slots.aclose()
        if self._owns_connection:
            await self._connection.aclose()


async def _nothing(_: "AsyncConnection[tuple[Any, ...]]") -> None: ...
