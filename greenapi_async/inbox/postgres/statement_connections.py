"""Connections that are kept open between statements and transactions.

They are in autocommit mode, so a single statement needs no BEGIN and COMMIT. Whether an idle connection was closed by
the server is asked of the operating system, not of the server: for the statements that each notification needs, round
trips are most of the CPU time. There are no tasks in the background that connect again: the next statement does.
"""

import select
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import AsyncConnection

__all__ = ["StatementConnections"]


class StatementConnections:
    """Connections that are kept open.

    Args:
        connect: Opens a connection in autocommit mode.
    """

    def __init__(self, connect: Callable[[], Awaitable["AsyncConnection[tuple[Any, ...]]"]]) -> None:
        self._connect = connect
        self._idle: list[AsyncConnection[tuple[Any, ...]]] = []
        self._closed = False

    async def rows(self, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Execute one statement, which is a transaction of its own, and return its rows.

        Args:
            query: The statement, with placeholders; it is prepared.
            parameters: Values of the placeholders.

        Raises:
            Error: psycopg's.
        """
        async with self.taken() as connection:
            cursor = await connection.execute(query.encode(), parameters, prepare=True)  # bytes: it is no literal
            return await cursor.fetchall() if cursor.description is not None else []

    @asynccontextmanager
    async def taken(self) -> AsyncGenerator["AsyncConnection[tuple[Any, ...]]"]:
        """Take a connection, and keep it afterwards; if the block raises, close it, which rolls back."""
        connection = await self._take()
        usable = False
        try:
            yield connection
            usable = True
        finally:
            if usable and not self._closed:
                self._idle.append(connection)
            else:
                await connection.close()

    async def close(self) -> None:
        """Close the idle connections, and the others when they become idle."""
        self._closed = True
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
