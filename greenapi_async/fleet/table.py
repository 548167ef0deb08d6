"""The instances in a table in PostgreSQL, as the source of a ``Fleet``.

The table ``instances`` is created with the other tables of ``PostgresInbox``. A trigger sends a ``NOTIFY`` whenever it
is changed, and it is read again every now and then, because a message can be missed while a connection is lost.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Self

from greenapi_async._internal.checks import is_positive
from greenapi_async.errors import InboxUnavailableError, InvalidArgumentError
from greenapi_async.fleet.credentials import Credentials
from greenapi_async.inbox.postgres.connection import PostgresConnection

if TYPE_CHECKING:
    from psycopg import AsyncConnection

__all__ = ["InstanceTable"]

logger = logging.getLogger("greenapi_async")

RETRY_AFTER = 5.0
"""Seconds after which an unavailable database is asked again."""
REQUIRED = ("id_instance", "api_token_instance")
OPTIONAL = ("api_url", "media_url")


class InstanceTable(AsyncIterator[Sequence[Credentials]]):
    """Async iterator over the complete sets of the instances in a table, whenever they have changed.

    Insert instances with ``INSERT INTO greenapi.instances (id_instance, api_token_instance) VALUES (...)``; the columns
    ``api_url`` and ``media_url`` may be NULL. A row that is not valid is logged and left out. Needs the extra
    ``postgres``, and asyncio. While the database is unavailable, the last set stays.

    Args:
        dsn: Connection string, or the ``connection`` of a ``PostgresInbox``.
        schema: PostgreSQL schema of the table, without meaning if ``dsn`` is a connection.
        query: Statement that returns the instances, with the columns named above, for a table of your own; its name
            needs its schema. Send ``NOTIFY greenapi_instances`` after a change, or wait for ``interval``.
        interval: Seconds between two looks at the table.

    Raises:
        InvalidArgumentError: An argument is not valid.
    """

    def __init__(
        self,
        dsn: str | PostgresConnection,
        *,
        schema: str = "greenapi",
        query: str = "SELECT * FROM instances",
        interval: float = 60.0,
    ) -> None:
        if not is_positive(interval):
            raise InvalidArgumentError(f"interval is {interval!r}; expected seconds above 0")
        self._connection = (
            dsn if isinstance(dsn, PostgresConnection) else PostgresConnection(dsn, schema=schema, connections=1)
        )
        self._query = query
        self._interval = interval
        self._listener: AsyncConnection[Any] | None = None
        self._is_open = False
        self._last: list[Credentials] | None = None
        self._reported: set[str] = set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[Credentials]:
        """Return the instances as soon as they differ from those that were returned last.

        Raises:
            InboxError: The table cannot be read.
        """
        has_read = self._last is not None
        while True:
            if has_read:
                await self._wait()
            try:
                if self._listener is None:
                    await self._listen()
                rows = await self._connection.run(self._select)
            except InboxUnavailableError as error:
                self._report(f"The instances cannot be read at the moment: {error}")
                await asyncio.sleep(min(RETRY_AFTER, self._interval))
                has_read = False
                continue
            found = [row for row in map(self._credentials, rows) if row is not None]
            has_read = True
            if found != self._last:
                self._last = found
                return found

    async def aclose(self) -> None:
        """Close the connections."""
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.close()
        if self._is_open:
            self._is_open = False
            await self._connection.__aexit__(None, None, None)

    async def _listen(self) -> None:
        if not self._is_open:
            await self._connection.__aenter__()
            self._is_open = True
        self._listener = await self._connection.connect("greenapi_instances")

    async def _wait(self) -> None:
        """Wait for a message, or for the interval."""
        listener = self._listener
        if listener is None:
            return
        try:
            async for _ in listener.notifies(timeout=self._interval, stop_after=1):
                pass
        except self._connection.errors:
            self._listener = None  # read, and listen again
            await listener.close()

    async def _select(self, connection: "AsyncConnection[tuple[Any, ...]]") -> list[dict[str, Any]]:
        found = await connection.execute(self._query.encode())
        names = [column.name for column in found.description or ()]
        if missing := [name for name in REQUIRED if name not in names]:
            raise InvalidArgumentError(f"the query of the InstanceTable returns no column {' and no '.join(missing)}")
        rows = [dict(zip(names, row, strict=True)) for row in await found.fetchall()]
        return sorted(rows, key=lambda row: str(row["id_instance"]))

    def _credentials(self, row: dict[str, Any]) -> Credentials | None:
        number = row["id_instance"]
        try:
            urls = {name: row[name] for name in OPTIONAL if row.get(name)}
            return Credentials(number, row["api_token_instance"], **urls)
        except InvalidArgumentError as error:
            self._report(f"The row of instance {number} is left out: {error}")
            return None

    def _report(self, message: str) -> None:
        """Log a problem once."""
        if message not in self._reported:
            self._reported.add(message)
            logger.warning("%s", message)
