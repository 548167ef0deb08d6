"""Exchanges over aiohttp, whose parser is written in C. Needs the extra ``fast``, and asyncio.

aiohttp is used directly. A transport of httpx over aiohttp (httpx-aiohttp) would create the objects of both libraries
for each request, and reports a connection that was lost after the request was sent as a failure to connect.

Like the connections of httpx, calls and polls have pools of their own, and nothing is repeated here: aiohttp would send
a GET a second time when the connection is lost, but some methods of the API that are called with GET have an effect.
"""

import asyncio
import functools
import ssl
from collections.abc import AsyncIterable, Collection
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import anyio

from greenapi_async import __version__
from greenapi_async._internal.concurrency import run_to_completion
from greenapi_async.errors import InvalidArgumentError, MissingExtraError
from greenapi_async.http.connections import CLOSE_TIMEOUT
from greenapi_async.http.protocol import TOKEN_PLACEHOLDER, Request
from greenapi_async.http.proxies import environment_proxy
from greenapi_async.http.token import Secret
from greenapi_async.http.wire import Plan

try:
    import aiohttp
    from multidict import CIMultiDict, istr
    from yarl import URL
except ImportError:
    raise MissingExtraError("fast", "aiohttp") from None

__all__ = ["AiohttpExchange", "AiohttpWire"]


class _Request(aiohttp.ClientRequest):
    """A request with our headers in place of aiohttp's own; headers of the session would be copied for each request."""

    DEFAULT_HEADERS = {  # noqa: RUF012  declared so by aiohttp
        istr("Accept"): "application/json",
        istr("Accept-Encoding"): "gzip",
        istr("User-Agent"): f"greenapi-async/{__version__}",
    }


class LostConnectionError(Exception):
    """The connection failed after the request was sent, perhaps partially.

    aiohttp does not know this error, and so does not repeat the request.
    """


async def _not_repeated(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ClientConnectorCertificateError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        words = str(error)
    raise LostConnectionError(words)


_MIDDLEWARES = (_not_repeated,)
_NO_DEADLINE = nullcontext()


class AiohttpWire:
    """Connections of aiohttp, for calls and for polls."""

    nothing_sent: tuple[type[Exception], ...] = (
        aiohttp.ClientConnectorError,
        aiohttp.ClientConnectorCertificateError,
        aiohttp.ConnectionTimeoutError,
        aiohttp.ClientHttpProxyError,
    )
    unusable_url: tuple[type[Exception], ...] = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)
    undecodable: tuple[type[Exception], ...] = ()

    def __init__(self, token: Secret, proxy: str | None) -> None:
        """Create the pools; nothing is connected yet.

        Args:
            token: The token.
            proxy: URL of a proxy for all hosts; None uses the environment's, per host.

        Raises:
            InvalidArgumentError: The proxy cannot be used.
        """
        self.token = token
        self.exchange = functools.partial(AiohttpExchange, self)
        self._proxy = None if proxy is None else _usable(proxy)
        self._proxies: dict[str, str | None] = {}
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    def deadline(self, seconds: float, /) -> AbstractContextManager[None]:  # noqa: ARG002  part of the protocol
        """Return a context manager that does nothing: aiohttp's own timer costs less than a cancel scope."""
        return _NO_DEADLINE

    async def aclose(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            with anyio.move_on_after(CLOSE_TIMEOUT):
                await session.close()

    def session(self, *, poll: bool) -> aiohttp.ClientSession:
        """Return the session for calls or for polls."""
        session = self._sessions.get(poll)
        if session is None:
            limit, idle_seconds = (10, 30) if poll else (100, 5)
            session = self._sessions[poll] = _new_session(limit, idle_seconds)
        return session

    def proxy_of(self, request: Request) -> str | None:
        """Return the proxy for a request."""
        if self._proxy is not None:
            return self._proxy
        origin = request.origin
        if origin not in self._proxies:
            proxy = environment_proxy(origin)
            self._proxies[origin] = None if proxy is None else _usable(proxy)
        return self._proxies[origin]


class AiohttpExchange:
    """One request and its response; a context manager and an iterator over the body."""

    __slots__ = ("_body", "_plan", "_request", "_response", "_wire", "content", "raw_headers", "status")

    raw_headers: Collection[tuple[bytes, bytes]]
    status: int
    _response: aiohttp.ClientResponse

    def __init__(
        self, wire: AiohttpWire, request: Request, plan: Plan, body: AsyncIterable[bytes] | None = None
    ) -> None:
        self._wire = wire
        self._request = request
        self._plan = plan
        self._body = None if body is None else _Body(body)
        self.content: bytes | None = None

    async def __aenter__(self) -> Self:
        request, plan, wire = self._request, self._plan, self._wire
        headers, url = _headers(request.headers) if request.headers else None, request.url
        if headers is not None and "Authorization" in headers:
            headers = headers.copy()
            headers["Authorization"] = headers["Authorization"].replace(TOKEN_PLACEHOLDER, wire.token.reveal())
        elif plan.token_in_url:
            url = url.replace(f"/{TOKEN_PLACEHOLDER}", f"/{wire.token.reveal()}", 1)
        try:
            self._response = response = await wire.session(poll=plan.poll).request(
                request.verb,
                URL(url, encoded=url.isascii()),
                headers=headers,
                data=self._body or request.content or None,
                allow_redirects=False,
                proxy=wire.proxy_of(request),
                ssl=_ssl_context() if url.startswith("https:") else True,
                timeout=_timeout(plan.connect, plan.total, plan.read),
                middlewares=_MIDDLEWARES,
            )
        except BaseException:
            await self._settle_body()
            raise
        self.status = response.status
        self.raw_headers = response.raw_headers
        return self

    def arrived(self) -> bytes | None:
        """Return the whole body if it has arrived with the headers, as that of most answers; None otherwise."""
        content = self._response.content
        return content.read_nowait() if content.is_eof() else None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        chunk = await self._response.content.readany()
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._response.closed:  # it is closed if the body was read completely, which returned the connection
            self._response.close()
        if self._body is not None:
            await self._settle_body()

    async def _settle_body(self) -> None:
        """Wait until aiohttp's task, which was cancelled, no longer reads the body."""
        if self._body is not None:
            await run_to_completion(self._body.idle.wait, CLOSE_TIMEOUT)


class _Body:
    """The body of an upload, which aiohttp reads in a task of its own."""

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = aiter(chunks)
        self.idle = anyio.Event()
        self.idle.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self.idle = anyio.Event()
        try:
            return await anext(self._chunks)
        finally:
            self.idle.set()


def _new_session(limit: int, idle_seconds: float) -> aiohttp.ClientSession:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        reason = 'transport="aiohttp" needs asyncio; on trio, omit it'
    else:
        connector = aiohttp.TCPConnector(limit=limit, keepalive_timeout=idle_seconds)
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), request_class=_Request, auto_decompress=False
        )
    raise InvalidArgumentError(reason)


@functools.lru_cache(maxsize=256)
def _headers(own: tuple[tuple[str, str], ...]) -> CIMultiDict[str]:
    return CIMultiDict(own)


@functools.lru_cache(maxsize=64)
def _timeout(connect: float, total: float | None, read: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=total, connect=connect, sock_read=read)


def _ssl_context() -> ssl.SSLContext:
    from greenapi_async.http.library import ssl_context  # noqa: PLC0415  httpx is imported only if it is needed

    return ssl_context()


def _usable(proxy: str) -> str:
    """Return a proxy's URL.

    Raises:
        InvalidArgumentError: aiohttp does not support it.
    """
    scheme = urlsplit(proxy).scheme
    if scheme in {"http", "https"}:
        return proxy
    raise InvalidArgumentError(
        f'a {scheme!r} proxy cannot be used with transport="aiohttp"; use an http:// proxy, or omit transport='
    )
