"""Exchanges over transports of httpx, or over a transport of the user (see ``library``).

httpx's transports are used without ``httpx.AsyncClient``, which would add cookies, redirects and an INFO record per
request. Each client has two small pools of connections (see ``connections``), so that long polls never starve other
calls.
"""

import functools
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Collection
from types import TracebackType
from typing import Self, cast

import anyio

from greenapi_async.http.connections import Connection, ConnectionPool
from greenapi_async.http.library import HTTPResponse, Library, insert_token_in, library_of, new_connection
from greenapi_async.http.protocol import Request
from greenapi_async.http.proxies import environment_proxy
from greenapi_async.http.token import Secret
from greenapi_async.http.wire import AsyncTransport, Plan

__all__ = ["HttpxExchange", "HttpxWire"]


class HttpxWire:
    """Connections of httpx, for calls and for polls."""

    def __init__(self, token: Secret, transport: AsyncTransport | None, proxy: str | None) -> None:
        """Create the pools; nothing is connected yet.

        Args:
            token: The token.
            transport: A transport of the user; None creates connections.
            proxy: URL of a proxy for all hosts; None uses the environment's, per host.

        Raises:
            InvalidArgumentError: The transport or the proxy cannot be used.
        """
        self.library: Library = library_of(transport)
        self.nothing_sent = self.library.nothing_sent
        self.unusable_url = self.library.unusable_url
        self.undecodable = self.library.undecodable
        self.token = token
        self.exchange = functools.partial(HttpxExchange, self)
        self._user_transport = transport
        self._proxy = proxy
        if transport is not None:
            insert_token_in(transport, self.library)
        elif proxy is not None:
            new_connection(proxy, 0)  # raises if it cannot be used
        self.calls = ConnectionPool(functools.partial(self._connect, 5), limit=100, max_idle=20, idle_seconds=5)
        self.polls = ConnectionPool(functools.partial(self._connect, 30), limit=10, max_idle=10, idle_seconds=30)

    deadline = staticmethod(anyio.move_on_after)
    """A cancel scope: httpx limits single reads only."""

    async def aclose(self) -> None:
        """Close every connection."""
        try:
            if self._user_transport is not None:
                await self._user_transport.aclose()
            await self.calls.aclose()
        finally:
            await self.polls.aclose()

    def _connect(self, idle_seconds: float, origin: str) -> Connection[AsyncTransport]:
        if self._user_transport is not None:
            return Connection(self._user_transport, origin, owned=False)
        return Connection(new_connection(self._proxy_to(origin), idle_seconds), origin)

    def proxy_of(self, request: Request) -> str | None:
        """Return the proxy for a request; None for a transport of the user."""
        return None if self._user_transport is not None else self._proxy_to(request.origin)

    def _proxy_to(self, origin: str) -> str | None:
        return self._proxy or environment_proxy(origin)


class HttpxExchange:
    """One request and its response; a context manager and an iterator over the body."""

    __slots__ = (
        "_body",
        "_chunks",
        "_connection",
        "_is_done",
        "_plan",
        "_pool",
        "_request",
        "_wire",
        "content",
        "raw_headers",
        "response",
        "status",
    )

    response: HTTPResponse
    status: int
    raw_headers: Collection[tuple[bytes, bytes]]
    content: bytes | None
    _connection: Connection[AsyncTransport]

    def __init__(self, wire: HttpxWire, request: Request, plan: Plan, body: AsyncIterable[bytes] | None = None) -> None:
        self._wire = wire
        self._request = request
        self._plan = plan
        self._body = body
        self._pool = wire.polls if plan.poll else wire.calls
        self._chunks: AsyncIterator[bytes] | None = None
        self._is_done = False

    async def __aenter__(self) -> Self:
        self._connection = connection = await self._pool.acquire(self._request.origin, self._plan.connect)
        try:  # the HTTP request must not be a variable of this frame: it may hold the token
            self.response = response = await connection.transport.handle_async_request(
                self._wire.library.new_request(
                    self._request, self._body, self._plan, connection.transport, self._wire.token
                )
            )
        except BaseException:
            await self._pool.discard(connection)
            raise
        self.status = response.status_code
        self.raw_headers = response.headers.raw
        self.content = response.content if response.is_stream_consumed else None
        return self

    def arrived(self) -> None:
        """Return None: httpx's connections have to be read to the end."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._chunks is None:
            stream = cast("AsyncIterable[bytes]", self.response.stream)
            self._chunks = aiter(stream if self.content is None else _in_memory(self.content))
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            await self.response.aclose()
            self._is_done = True
            self._pool.release(self._connection)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._is_done:
            if self._chunks is not None:
                await _abort(self._chunks)
            await self._pool.discard(self._connection)

    def keep(self) -> Callable[[], Awaitable[None]]:
        """Keep the connection beyond the block, for a websocket; returns what discards it."""
        self._is_done = True
        return functools.partial(self._pool.discard, self._connection)


async def _in_memory(content: bytes) -> AsyncGenerator[bytes]:
    yield content


async def _abort(chunks: AsyncIterator[bytes]) -> None:
    """End an unfinished iteration in all layers of generators, by cancelling what it waits for."""
    with anyio.CancelScope(shield=True) as scope:
        scope.cancel()
        while True:
            try:
                await anext(chunks)
            except StopAsyncIteration:
                return
            except Exception:  # noqa: BLE001  the connection is discarded
                return
