"""Rate limiter of several processes that share an instance, with its slots in PostgreSQL; see ``http/slot_store.py``.

One function does each exchange, by the clock of the database. The row of a method is locked meanwhile. The tables are
not logged, so an exchange waits for no disk. If the server was restarted or crashed, the function notices that.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from greenapi_async.errors import InboxError, InboxUnavailableError
from greenapi_async.http.protocol import instance_id
from greenapi_async.http.shared_rate_limiter import SharedRateLimiter
from greenapi_async.http.slot_store import LATE, Answer, Report, SlotStore, StoreUnavailableError, Terms
from greenapi_async.inbox.postgres.connection import PostgresConnection

if TYPE_CHECKING:
    from psycopg import AsyncConnection

__all__ = ["PostgresRateLimiter"]


class PostgresSlotStore(SlotStore):
    """Slots of one instance in PostgreSQL.

    Args:
        connection: The database.
        id_instance: The instance's id.
    """

    def __init__(self, connection: PostgresConnection, id_instance: int) -> None:
        self._connection = connection
        self._id_instance = id_instance

    async def exchange(self, method: str, terms: Terms, report: Report) -> Answer:
        """Exchange a report for slots; see ``SlotStore.exchange``."""
        try:
            again, *delays = await self._connection.run(_exchange, self._id_instance, method, terms, report)
        except InboxError as error:
            raise StoreUnavailableError(error.reason) from error
        return Answer(again, tuple(delays))


class PostgresRateLimiter(SharedRateLimiter):
    """Rate limiter of one instance that several processes use, for asyncio only; needs the extra ``postgres``.

    Together the processes keep the documented rates. While the database does not answer, each keeps its share of them.
    Use it as ``async with PostgresRateLimiter(...)``, or call ``aclose()``, so that the last slots are given back.

    Args:
        database: Connection string, as in ``postgresql://user@host/database``, or a connection that something else
            uses, too; closing that one is the caller's responsibility.
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
        store = PostgresSlotStore(self._connection, instance_id(id_instance))
        super().__init__(store, id_instance=id_instance, processes=processes, request_timeout=request_timeout)

    async def __aenter__(self) -> Self:
        with suppress(InboxUnavailableError):  # until the database answers, this process keeps its share
            await self._connection.run(_nothing)
        return self

    async def aclose(self) -> None:
        """Give the slots back that are not in use, and close the connection. The limiter can be used again."""
        await super().aclose()
        if self._owns_connection:
            await self._connection.aclose()


async def _nothing(_: "AsyncConnection[tuple[Any, ...]]") -> None: ...


async def _exchange(
    connection: "AsyncConnection[tuple[Any, ...]]", id_instance: int, method: str, terms: Terms, report: Report
) -> list[int]:
    answer = await connection.execute(
        "SELECT rate_exchange(%s, %s, %s, %s, %s, %s::bigint[], %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            *(id_instance, method, report.process, report.number),
            *(report.held, list(report.cooling), report.wanted, report.pause),
            *(terms.slots, terms.hold, terms.horizon, terms.soonest, terms.latest, LATE, terms.warm_up),
        ),
    )
    row = await answer.fetchone()
    assert row is not None  # noqa: S101  a function returns a row
    return list(row[0])
