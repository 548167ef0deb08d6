"""Connections for single statements.

A connection of the pool costs three more round trips for each transaction: a check that it is alive, BEGIN and COMMIT.
For the statements that each notification needs, that is most of the CPU time. These connections are in autocommit mode,
and whether an idle one was closed by the server is asked of the operating system.
"""

import select
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import AsyncConnection

__all__ = ["StatementConnections"]


class StatementConnections:
    """Connections that are kept open between statements.

    Args:
        connect: Opens a connection in autocommit mode.
    """

    def __init__(self, connect: Callable[[], Awaitable["AsyncConnection[tuple[Any, ...]]"]]) -> None:
        self._connect = connect
        self._idle: list[AsyncConnection[tuple[Any, ...]]] = []

    async def rows(self, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Execute one statement, which is a transaction of its own, and return its rows.

        Args:
            query: The statement, with placeholders; it is prepared.
            parameters: Values of the placeholders.

        Raises:
            Error: psycopg's.
        """
        connection = await self._take()
        usable = False
        try:
            cursor = await connection.execute(query.encode(), parameters, prepare=True)  # bytes: it is no literal
            rows = await cursor.fetchall() if cursor.description is not None else []
            usable = True
        finally:
            if usable:
                self._idle.append(connection)
            else:
                await connection.close()
        return rows

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            await self._idle.pop().close()

    async def _take(self) -> "AsyncConnection[tuple[Any, ...]]":
        while self._idle:
            connection = self._idle.pop()
            if not _is_readable(connection.fileno()):
                return connection
            await connection.close()  # an idle connection has nothing to say but that it ends
        return await self._connect()


def _is_readable(descriptor: int) -> bool:
    if not hasattr(select, "poll"):  # on Windows
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
