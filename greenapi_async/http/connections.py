"""Connections: each belongs to one exchange at a time and is reused only after a clean end.

A connection pool that many exchanges share can lose connections when asyncio cancels a task natively (``task.cancel``,
``asyncio.timeout``, ``wait_for``), because the code that should return a connection is itself cancelled. Here a
connection is a transport of its own with a single connection. An exchange leases one and returns it when it has read
the whole response; however else it ends, its connection is discarded. So no mix of cancellations makes a client slower
than a new one.

Waiters for a free place are served in order. A waiter that is cancelled after it was given a place passes it on.
"""

import functools
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

import anyio
import attrs

from greenapi_async._internal.concurrency import current_time, run_to_completion
from greenapi_async.errors import ConnectionFailedError

__all__ = ["Connection", "ConnectionPool", "Lease"]

CLOSE_TIMEOUT = 1.0
"""Seconds that closing a connection may take, even if the task is cancelled."""


class Closable(Protocol):
    """A transport with one connection."""

    async def aclose(self) -> None:
        """Close the connection."""
        ...


T = TypeVar("T", bound=Closable)


@attrs.define(eq=False)
class Connection(Generic[T]):
    """A connection to one origin."""

    transport: T
    origin: str
    owned: bool = True
    """False for a transport of the user, which is never closed here."""
    idle_since: float = 0.0


class ConnectionPool(Generic[T]):
    """Connections of one client for one purpose."""

    def __init__(
        self, connect: Callable[[str], Connection[T]], *, limit: int, max_idle: int, idle_seconds: float
    ) -> None:
        """Create a pool; nothing is connected yet.

        Args:
            connect: Creates a connection to an origin.
            limit: Maximum number of exchanges at once.
            max_idle: Maximum number of idle connections kept.
            idle_seconds: Seconds after which an idle connection is closed.
        """
        self._connect = connect
        self._limit = limit
        self._max_idle = max_idle
        self._idle_seconds = idle_seconds
        self._places = limit
        self._waiters: deque[anyio.Event] = deque()
        self._idle: deque[Connection[T]] = deque()
        self._leased: set[Connection[T]] = set()

    async def acquire(self, origin: str, timeout: float) -> Connection[T]:
        """Return a connection for one exchange.

        Args:
            origin: Scheme, host and port.
            timeout: Seconds to wait for a free place.

        Raises:
            ConnectionFailedError: All places were occupied for the whole time.
        """
        if self._places:
            self._places -= 1
        else:
            await self._wait_for_place(timeout)
        try:
            oldest = current_time() - self._idle_seconds
            while self._idle and (len(self._idle) > self._max_idle or self._idle[0].idle_since < oldest):
                await self._close(self._idle.popleft())
            for connection in reversed(self._idle):  # the last used one is the least likely to be closed
                if connection.origin == origin:
                    self._idle.remove(connection)
                    break
            else:
                connection = self._connect(origin)
            self._leased.add(connection)
        except BaseException:
            self._free_place()
            raise
        return connection

    def release(self, connection: Connection[T]) -> None:
        """Return a connection whose exchange has ended cleanly."""
        self._leased.discard(connection)
        self._free_place()
        connection.idle_since = current_time()
        self._idle.append(connection)

    async def discard(self, connection: Connection[T]) -> None:
        """Close a connection whose exchange did not end cleanly."""
        if connection in self._leased:
            self._leased.remove(connection)
            self._free_place()
            await self._close(connection)

    async def aclose(self) -> None:
        """Close all connections."""
        while self._idle:
            await self._close(self._idle.popleft())
        for connection in tuple(self._leased):
            await self.discard(connection)

    async def _wait_for_place(self, timeout: float) -> None:
        waiter = anyio.Event()
        self._waiters.append(waiter)
        try:
            with anyio.move_on_after(timeout):
                await waiter.wait()
                return
        except BaseException:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            else:  # the place was given and is no longer needed
                self._free_place()
            raise
        if waiter not in self._waiters:
            return
        self._waiters.remove(waiter)
        raise ConnectionFailedError(f"no free connection within {timeout:g} s: {self._limit} requests are in progress")

    def _free_place(self) -> None:
        if self._waiters:
            self._waiters.popleft().set()
        else:
            self._places += 1

    async def _close(self, connection: Connection[T]) -> None:
        if connection.owned:
            with suppress(TimeoutError):  # the socket is closed when the transport is garbage collected
                await run_to_completion(connection.transport.aclose, CLOSE_TIMEOUT)


class Lease(Generic[T]):
    """Context manager that holds a connection for one exchange.

    Set ``is_clean`` when the response was read completely, so that the connection is reused.
    """

    __slots__ = ("_kept", "_origin", "_pool", "_timeout", "connection", "is_clean")

    connection: Connection[T]

    def __init__(self, pool: ConnectionPool[T], origin: str, timeout: float) -> None:
        self._pool = pool
        self._origin = origin
        self._timeout = timeout
        self._kept = False
        self.is_clean = False

    async def __aenter__(self) -> Self:
        self.connection = await self._pool.acquire(self._origin, self._timeout)
        return self

    def keep(self) -> Callable[[], Awaitable[None]]:
        """Keep the connection beyond the lease, for a websocket; returns what discards it."""
        self._kept = True
        return functools.partial(self._pool.discard, self.connection)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.is_clean:
            self._pool.release(self.connection)
        elif not self._kept:
            await self._pool.discard(self.connection)
