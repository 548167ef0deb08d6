"""The only place that imports httpx: connections, the token, and httpx's errors turned into ours.

Requests come here with a placeholder where the token belongs. ``_TokenTransport`` writes the token in below everything
that logs, and lets nothing of what happens below it escape: an error of httpx is made anew without its traceback, and
cancellation passes on with its traceback cut, because the frames below hold the URL.

A client has two small pools, so that waiting polls never starve sends, and none is shared among clients: one pool for a
thousand pollers costs time quadratic in their number. The SSL context, the costly part, is made once per process.
"""

import functools
import ssl
import urllib.request
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx

from greenapi_async import errors
from greenapi_async._version import __version__
from greenapi_async.wire.protocol import TOKEN_PLACE, Answer, Request
from greenapi_async.wire.secret import Secret, mask_wire_logs

__all__ = ["Transport", "Wire"]

Transport = httpx.AsyncBaseTransport

_CALLS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5)
_POLLS = httpx.Limits(max_connections=10, max_keepalive_connections=10, keepalive_expiry=30)
_CONNECT = 10.0
_PLACE = f"/{TOKEN_PLACE}".encode()
_HEADERS = {"user-agent": f"greenapi-async/{__version__}", "accept": "application/json"}
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _proxy(url: str) -> str | None:
    """Find the proxy that the environment names for this host."""
    parts = urlsplit(url)
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return None if proxy and urllib.request.proxy_bypass(parts.hostname or "") else proxy


class _TokenTransport(httpx.AsyncBaseTransport):
    def __init__(
        self, below: Transport, token: Secret, write_token: Callable[[httpx.Request, Secret], httpx.Request]
    ) -> None:
        self._below = below
        self._token = token
        self._write_token = write_token

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._below.handle_async_request(self._write_token(request, self._token))
        except BaseException as error:  # noqa: BLE001  raised again, without what is behind it
            failed = self._cut(error)
        else:
            if isinstance(response.stream, httpx.AsyncByteStream):
                response.stream = _Body(response.stream, self._cut)
            return response
        raise failed

    async def aclose(self) -> None:
        await self._below.aclose()

    def _cut(self, error: BaseException) -> BaseException:
        """Free an exception of the frames behind it; raise the result outside of any handler."""
        if isinstance(error, httpx.RequestError):
            return type(error)(self._token.mask(str(error).encode()).decode())
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)


def _as_target(request: httpx.Request, token: Secret) -> httpx.Request:
    """Leave the placeholder in the URL, so that what instruments httpx's transports does not see the token either."""
    target = request.url.raw_path.replace(_PLACE, b"/" + token.reveal().encode(), 1)
    return _copy(request, request.url, {**request.extensions, "target": target})


def _as_url(request: httpx.Request, token: Secret) -> httpx.Request:
    """Write the token into the URL itself, for transports that look there: proxies, ASGI applications, mocks."""
    path = request.url.raw_path.replace(_PLACE, b"/" + token.reveal().encode(), 1)
    return _copy(request, request.url.copy_with(raw_path=path), request.extensions)


def _copy(request: httpx.Request, url: httpx.URL, extensions: dict[str, Any]) -> httpx.Request:
    return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)


class _Body(httpx.AsyncByteStream):
    """A body whose reading keeps the same silence about what is below."""

    def __init__(self, below: httpx.AsyncByteStream, cut: Callable[[BaseException], BaseException]) -> None:
        self._below = below
        self._cut = cut

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._below:
                yield part
        except BaseException as error:  # noqa: BLE001  raised again, without what is behind it
            failed = self._cut(error)
        else:
            return
        raise failed

    async def aclose(self) -> None:
        await self._below.aclose()


class Wire:
    """An instance's connections."""

    def __init__(self, api_url: str, token: Secret, transport: Transport | None) -> None:
        mask_wire_logs()
        self._token = token
        self._calls = self._client(api_url, transport, _CALLS)
        self._polls = self._client(api_url, transport, _POLLS)
        self._urls = functools.lru_cache(maxsize=128)(httpx.URL)

    async def send(self, request: Request, *, seconds: float, poll: bool) -> Answer:
        """Send once and read the whole answer, within so many seconds."""
        client = self._polls if poll else self._calls
        connect = min(_CONNECT, 0.9 * seconds)
        timeouts = {"connect": connect, "pool": connect, "read": None, "write": None}
        outgoing = httpx.Request(
            request.verb,
            self._urls(request.url),
            headers=_HEADERS | dict(request.headers),
            content=request.content,
            extensions={"timeout": timeouts},
        )
        with anyio.move_on_after(seconds):
            try:
                response = await client.send(outgoing)
            except _NOTHING_SENT as error:
                raise errors.ConnectionFailedError(_words(error)) from error
            except httpx.DecodingError as error:
                raise errors.DecodeError(_words(error)) from error
            except httpx.RequestError as error:
                raise errors.TransportError(_words(error)) from error
            content = response.content
            if response.status_code != HTTPStatus.OK:
                content = self._token.mask(content)
            return Answer(response.status_code, response.headers, content)
        raise errors.TimeoutExpiredError(f"no whole answer within {seconds:g} s")

    async def aclose(self) -> None:
        """Close every connection."""
        try:
            await self._calls.aclose()
        finally:
            await self._polls.aclose()

    def _client(self, api_url: str, transport: Transport | None, limits: httpx.Limits) -> httpx.AsyncClient:
        write_token = _as_url
        if transport is None:
            proxy = _proxy(api_url)
            transport = httpx.AsyncHTTPTransport(verify=_ssl_context(), limits=limits, proxy=proxy)
            write_token = _as_url if proxy else _as_target
        return httpx.AsyncClient(transport=_TokenTransport(transport, self._token, write_token), trust_env=False)


def _words(error: httpx.RequestError) -> str:
    name = type(error).__name__
    return f"{name}: {error}" if str(error) else name
