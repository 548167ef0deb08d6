"""The only place that imports httpx: connections, the token, and httpx's errors turned into ours.

Requests come here with a placeholder where the token belongs, and it is written in at the last step: above this module
nothing holds it, and nothing of what happens below escapes. An error of httpx becomes one of ours, made anew; anything
else, as cancellation, passes on with its traceback and its causes cut off, because the frames below hold the URL.

httpx's transports are used without its client, which would add cookies, redirects and a log line for each request.

A client has two small pools, so that waiting polls never starve sends, and none is shared among clients: one pool for a
thousand pollers costs time quadratic in their number. The SSL context, the costly part, is made once per process.
"""

import functools
import ssl
import urllib.request
from typing import TypeAlias
from urllib.parse import urlsplit

import anyio
import httpx

from greenapi_async import errors
from greenapi_async._version import __version__
from greenapi_async.wire.payload import Payload
from greenapi_async.wire.protocol import TOKEN_PLACE, Answer, Request
from greenapi_async.wire.secret import Secret, mask_wire_logs

__all__ = ["Transport", "Wire"]

Transport: TypeAlias = httpx.AsyncBaseTransport

_CALLS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5)
_POLLS = httpx.Limits(max_connections=10, max_keepalive_connections=10, keepalive_expiry=30)
_CONNECT = 10.0
_PLACE = f"/{TOKEN_PLACE}"
_HEADERS = {"user-agent": f"greenapi-async/{__version__}", "accept": "application/json", "accept-encoding": "gzip"}
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Wire:
    """An instance's connections."""

    def __init__(self, api_url: str, token: Secret, transport: Transport | None) -> None:
        mask_wire_logs()
        self._token = token
        self._closed = False
        proxy = _proxy(api_url)
        self._target_only = transport is None and proxy is None
        self._calls = transport or _connections(_CALLS, proxy)
        self._polls = transport or _connections(_POLLS, proxy)

    async def send(self, request: Request, *, seconds: float, poll: bool) -> Answer:
        """Send once and read the whole answer, within so many seconds."""
        if self._closed:
            raise RuntimeError("this client is closed; make a new one")
        with anyio.CancelScope(deadline=anyio.current_time() + seconds):
            return await self._exchange(self._polls if poll else self._calls, request, seconds)
        raise errors.TimeoutExpiredError(f"no whole answer within {seconds:g} s")

    async def aclose(self) -> None:
        """Close every connection."""
        self._closed = True
        try:
            await self._calls.aclose()
        finally:
            await self._polls.aclose()

    async def _exchange(self, pool: Transport, request: Request, seconds: float) -> Answer:
        try:
            response = await pool.handle_async_request(self._outgoing(request, min(_CONNECT, 0.9 * seconds)))
            try:
                content = await response.aread()
            finally:
                await response.aclose()
            return Answer(response.status_code, response.headers, self._token.mask(content))
        except BaseException as error:  # noqa: BLE001  raised again, without what is behind it
            failed = self._cut(error)
        raise failed

    def _outgoing(self, request: Request, connect: float) -> httpx.Request:
        """Write the token in.

        For our own direct connections the URL keeps the placeholder, so that what instruments httpx's transports does
        not see the token either; proxies, ASGI applications and mocks look at the URL.
        """
        with_token = request.url.replace(_PLACE, f"/{self._token.reveal()}", 1)
        url = httpx.URL(request.url if self._target_only else with_token)
        extensions: dict[str, object] = {"timeout": {"connect": connect, "pool": connect, "read": None, "write": None}}
        if self._target_only:
            start = with_token.index("/", with_token.index("://") + 3)
            extensions["target"] = with_token[start:].encode()
        content = request.content.chunks() if isinstance(request.content, Payload) else request.content
        headers = _headers(request.headers)
        if "authorization" in headers:
            headers = httpx.Headers(headers)
            headers["authorization"] = headers["authorization"].replace(TOKEN_PLACE, self._token.reveal())
        return httpx.Request(request.verb, url, headers=headers, content=content, extensions=extensions)

    def _cut(self, error: BaseException) -> BaseException:
        """Free an exception of the frames behind it."""
        if not isinstance(error, httpx.RequestError):
            error.__cause__ = error.__context__ = None
            return error.with_traceback(None)
        name = type(error).__name__
        words = self._token.mask(f"{name}: {error}".encode()).decode() if str(error) else name
        if isinstance(error, _NOTHING_SENT):
            return errors.ConnectionFailedError(words)
        if isinstance(error, httpx.DecodingError):
            return errors.DecodeError(words)
        return errors.TransportError(words)


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _connections(limits: httpx.Limits, proxy: str | None) -> Transport:
    return httpx.AsyncHTTPTransport(verify=_ssl_context(), limits=limits, proxy=proxy)


def _proxy(url: str) -> str | None:
    """Find the proxy that the environment names for this host."""
    parts = urlsplit(url)
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return None if proxy and urllib.request.proxy_bypass(parts.hostname or "") else proxy


@functools.lru_cache(maxsize=256)
def _headers(own: tuple[tuple[str, str], ...]) -> httpx.Headers:
    return httpx.Headers(_HEADERS | dict(own))
