"""Connections: each belongs to one exchange at a time and is reused only after a clean end.

A connection pool that many exchanges share can lose connections when asyncio cancels a task natively (``task.cancel``,
``asyncio.timeout``, ``wait_for``): what should return a connection is itself cancelled. Here a connection is a
transport of its own with a single connection. An exchange takes one and gives it back when it has read the whole
response; however else it ends, its connection is discarded. So no mix of cancellations makes the client slower than a
new one.

Waiters for a free place are served in order. A cancelled waiter that was just given its place passes it on.
"""

import functools
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

import anyio
import attrs

from greenapi_async._concurrency import run_to_completion
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
    """Whether it is closed when it is discarded; a transport of the user is not."""
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
        self._in_use = 0
        self._waiters: deque[anyio.Event] = deque()
        self._idle: deque[Connection[T]] = deque()

    def lease(self, origin: str, timeout: float) -> "Lease[T]":
        """Return a context manager that holds a connection for one exchange.

        Args:
            origin: Scheme, host and port.
            timeout: Seconds to wait for a free place.
        """
        return Lease(self, origin, timeout)

    async def acquire(self, origin: str) -> Connection[T]:
        """Return a connection for one exchange; waits while the limit is reached.

        Args:
            origin: Scheme, host and port.
        """
        await self._acquire_place()
        try:
            await self._close_expired()
            for connection in reversed(self._idle):  # the most recently used one is the least likely to be closed
                if connection.origin == origin:
                    self._idle.remove(connection)
                    return connection
            return self._connect(origin)
        except BaseException:
            self._free_place()
            raise

    def release(self, connection: Connection[T]) -> None:
        """Give back a connection whose exchange has ended cleanly."""
        self._free_place()
        connection.idle_since = anyio.current_time()
        self._idle.append(connection)

    async def discard(self, connection: Connection[T]) -> None:
        """Close a connection whose exchange did not end cleanly."""
        self._free_place()
        await self._close(connection)

    async def aclose(self) -> None:
        """Close the idle connections."""
        while self._idle:
            await self._close(self._idle.popleft())

    async def _acquire_place(self) -> None:
        if self._in_use < self._limit:
            self._in_use += 1
            return
        waiter = anyio.Event()
        self._waiters.append(waiter)
        try:
            await waiter.wait()
        except BaseException:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            else:  # the place was given and is not needed any more
                self._free_place()
            raise

    def _free_place(self) -> None:
        if self._waiters:
            self._waiters.popleft().set()
        else:
            self._in_use -= 1

    async def _close_expired(self) -> None:
        oldest = anyio.current_time() - self._idle_seconds
        while self._idle and (len(self._idle) > self._max_idle or self._idle[0].idle_since < oldest):
            await self._close(self._idle.popleft())

    async def _close(self, connection: Connection[T]) -> None:
        if not connection.owned:
            return
        with suppress(TimeoutError):  # the socket is closed when the transport is garbage collected
            await run_to_completion(connection.transport.aclose, CLOSE_TIMEOUT)


class Lease(Generic[T]):
    """Holds a connection; set ``is_clean`` when the response was read completely, so that it can be reused."""

    __slots__ = ("_connection", "_origin", "_pool", "_timeout", "is_clean")

    def __init__(self, pool: ConnectionPool[T], origin: str, timeout: float) -> None:
        self._pool = pool
        self._origin = origin
        self._timeout = timeout
        self._connection: Connection[T] | None = None
        self.is_clean = False

    @property
    def transport(self) -> T:
        """The transport of the connection."""
        assert self._connection is not None  # noqa: S101  entered
        return self._connection.transport

    async def __aenter__(self) -> Self:
        with anyio.CancelScope(deadline=anyio.current_time() + self._timeout):
            self._connection = await self._pool.acquire(self._origin)
        if self._connection is None:
            raise ConnectionFailedError(f"no free connection within {self._timeout:g} s: too many requests in progress")
        return self

    def keep(self) -> Callable[[], Awaitable[None]]:
        """Take the connection out of the lease, for a websocket; returns what discards it."""
        connection, self._connection = self._connection, None
        assert connection is not None  # noqa: S101  entered
        return functools.partial(self._pool.discard, connection)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._connection is None:
            return
        if self.is_clean:
            self._pool.release(self._connection)
        else:
            await self._pool.discard(self._connection)
