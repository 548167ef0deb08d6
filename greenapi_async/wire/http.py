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
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from http import HTTPStatus
from typing import TypeAlias, TypeVar, cast
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import attrs
import httpx

from greenapi_async import errors
from greenapi_async._version import __version__
from greenapi_async.payload import Payload
from greenapi_async.wire.protocol import TOKEN_PLACE, Answer, Request
from greenapi_async.wire.secret import Secret, mask_wire_logs
from greenapi_async.wire.websocket import WebSocket, upgrade_headers

__all__ = ["Transport", "Wire"]

E = TypeVar("E", bound=BaseException)

Transport: TypeAlias = httpx.AsyncBaseTransport
Write: TypeAlias = Callable[[bytes, int | None], Awaitable[None]]
"""Takes the next bytes, and how many there are in all if that is known."""

_CALLS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5)
_POLLS = httpx.Limits(max_connections=10, max_keepalive_connections=10, keepalive_expiry=30)
_CONNECT = 10.0
_PLACE = f"/{TOKEN_PLACE}"
_HEADERS = {"user-agent": f"greenapi-async/{__version__}", "accept": "application/json", "accept-encoding": "gzip"}
_PLAIN = {"user-agent": _HEADERS["user-agent"], "accept-encoding": "identity"}
_READ_HEADERS = ("content-type", "retry-after", "date")
_PART = 64 * 1024
_REDIRECTS = 5
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
        self._websocket: WebSocket | None = None
        self._loop: object = None
        proxy = _proxy(api_url)
        self._target_only = transport is None and proxy is None
        self._calls = transport or _connections(_CALLS, proxy)
        self._polls = transport or _connections(_POLLS, proxy)

    async def send(self, request: Request, *, seconds: float, poll: bool) -> Answer:
        """Send once and read the whole answer, within so many seconds."""
        self._usable()
        with anyio.CancelScope(deadline=anyio.current_time() + seconds):
            return await self._exchange(self._polls if poll else self._calls, request, seconds)
        raise errors.TimeoutExpiredError(f"no whole answer within {seconds:g} s")

    async def upgrade(self, request: Request, *, seconds: float) -> WebSocket | Answer:
        """Ask for a websocket; gives the server's answer where it does not agree."""
        self._usable()
        own = attrs.evolve(request, headers=request.headers + upgrade_headers())
        with anyio.CancelScope(deadline=anyio.current_time() + seconds):
            return await self._upgrade(own, seconds)
        raise errors.TimeoutExpiredError(f"no websocket within {seconds:g} s")

    async def _upgrade(self, request: Request, seconds: float) -> WebSocket | Answer:
        try:
            response = await self._polls.handle_async_request(
                self._outgoing(request, None, min(_CONNECT, 0.9 * seconds))
            )
            if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                if self._websocket is not None:
                    await self._websocket.aclose()  # of a loop that was left early
                self._websocket = WebSocket(response)
                return self._websocket
            try:
                return self._answer(response, await response.aread())
            finally:
                await response.aclose()
        except BaseException as error:  # noqa: BLE001  raised again, without what is behind it
            failed = self._cut(error)
        raise failed

    async def fetch(
        self, url: str, write: Write, *, seconds: float, headers: tuple[tuple[str, str], ...] = ()
    ) -> Answer:
        """Read a file from any URL, part by part, each within so many seconds.

        The token goes with it only if ``headers`` have its place, and to no other host that the first redirects to.
        """
        self._usable()
        try:
            own = _origin(url)
            for _ in range(_REDIRECTS):
                response = await self._get(url, headers if _origin(url) == own else (), seconds)
                try:
                    if not response.has_redirect_location:
                        return await self._receive(response, write)
                    url = str(httpx.URL(url).join(response.headers["location"]))
                finally:
                    await response.aclose()
        except (httpx.RequestError, httpx.InvalidURL) as error:
            failed = self._cut(error)
        else:
            failed = errors.TransportError(f"more than {_REDIRECTS} redirects")
        raise failed

    async def aclose(self) -> None:
        """Close every connection."""
        self._closed = True
        try:
            await self._calls.aclose()
        finally:
            await self._polls.aclose()

    async def _get(self, url: str, headers: tuple[tuple[str, str], ...], seconds: float) -> httpx.Response:
        extensions = {"timeout": httpx.Timeout(seconds).as_dict()}
        try:
            with_token = self._with_token(httpx.Headers(_PLAIN | dict(headers)))
            request = httpx.Request("GET", url, headers=with_token, extensions=extensions)
            return await self._calls.handle_async_request(request)
        except BaseException as error:  # noqa: BLE001  raised again, without what is behind it
            failed = self._cut(error)
        raise failed

    async def _exchange(self, pool: Transport, request: Request, seconds: float) -> Answer:
        content = _Leaving(request.content) if isinstance(request.content, Payload) else request.content
        connect = min(_CONNECT, 0.9 * seconds)
        try:
            try:  # the request itself is no variable of this frame, because it holds the token
                response = await pool.handle_async_request(self._outgoing(request, content, connect))
                try:
                    received = await response.aread()
                finally:
                    await response.aclose()
            finally:
                if isinstance(content, _Leaving):
                    await content.aclose()
            return self._answer(response, received)
        except BaseException as error:  # noqa: BLE001  raised again, without what is behind it
            failed = self._cut(error)
        raise (content.failed_here() if isinstance(content, _Leaving) else None) or failed

    def _outgoing(
        self, request: Request, content: bytes | AsyncIterable[bytes] | None, connect: float
    ) -> httpx.Request:
        """Write the token in.

        For our own direct connections the URL keeps the placeholder, so that what instruments httpx's transports does
        not see the token either; proxies, ASGI applications and mocks look at the URL.
        """
        headers = _headers(request.headers)
        in_header = "authorization" in headers
        with_token = request.url if in_header else request.url.replace(_PLACE, f"/{self._token.reveal()}", 1)
        url = httpx.URL(request.url if self._target_only else with_token)
        extensions: dict[str, object] = {"timeout": {"connect": connect, "pool": connect, "read": None, "write": None}}
        if self._target_only:
            start = with_token.index("/", with_token.index("://") + 3)
            extensions["target"] = with_token[start:].encode()
        headers = self._with_token(headers) if in_header else headers
        return httpx.Request(request.verb, url, headers=headers, content=content, extensions=extensions)

    def _with_token(self, headers: httpx.Headers) -> httpx.Headers:
        written = httpx.Headers(headers)
        if "authorization" in written:
            written["authorization"] = written["authorization"].replace(TOKEN_PLACE, self._token.reveal())
        return written

    def _cut(self, error: BaseException) -> BaseException:
        """Free an exception of the frames behind it; what is not ours and no cancellation becomes a TransportError."""
        if isinstance(error, errors.GreenAPIError) or not isinstance(error, Exception):
            return _bare(error)
        name = type(error).__name__
        words = self._masked(f"{name}: {error}") if str(error) else name
        if isinstance(error, _NOTHING_SENT):
            return errors.ConnectionFailedError(words)
        if isinstance(error, httpx.DecodingError):
            return errors.DecodeError(words)
        return errors.TransportError(words)

    def _answer(self, response: httpx.Response, content: bytes) -> Answer:
        """Keep what is needed of an answer, free of the token, which servers echo with the URL."""
        headers = {name: self._masked(response.headers[name]) for name in _READ_HEADERS if name in response.headers}
        return Answer(response.status_code, headers, self._token.mask(content))

    async def _receive(self, response: httpx.Response, write: Write) -> Answer:
        """Hand a file on part by part; of an error keep the beginning."""
        length = response.headers.get("content-length", "")
        total = int(length) if length.isdecimal() else None
        kept = b""
        async with aclosing(cast("AsyncGenerator[bytes]", response.aiter_bytes(_PART))) as parts:
            async for part in parts:
                if response.is_success:
                    await write(part, total)
                elif len(kept) < _PART:
                    kept += part
                else:
                    break
        return self._answer(response, kept)

    def _masked(self, words: str) -> str:
        return self._token.mask(words.encode("utf-8", "replace")).decode()

    def _usable(self) -> None:
        """Refuse what would hang or fail oddly: connections and times belong to one event loop."""
        if self._closed:
            raise RuntimeError("this client is closed; make a new one")
        running = anyio.lowlevel.current_token()
        if self._loop is None:
            self._loop = running
        elif self._loop != running:
            raise RuntimeError("this client was used in another event loop; make one for each")


def _bare(error: E) -> E:
    """Cut off where an exception came from, and where the exceptions in a group did."""
    error.__cause__ = error.__context__ = error.__traceback__ = None
    members: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    for member in members:
        _bare(member)
    return error


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = httpx.URL(url)
    return parts.scheme, parts.host, parts.port


class _Leaving:
    """A file on its way out, which remembers what went wrong with it here."""

    def __init__(self, payload: Payload) -> None:
        self._chunks = payload.chunks()
        self._watched = self._watch()
        self.failure: Exception | None = None

    def __aiter__(self) -> AsyncGenerator[bytes]:
        return self._watched

    async def _watch(self) -> AsyncGenerator[bytes]:
        try:
            async for chunk in self._chunks:
                yield chunk
        except Exception as error:
            self.failure = error
            self._where = error.__traceback__  # from the file to here; the frames that follow hold the token
            raise

    def failed_here(self) -> Exception | None:
        """Give the file's own error, or the caller's: a body that is cut off is no request that was carried out."""
        return None if self.failure is None else _bare(self.failure).with_traceback(self._where)

    async def aclose(self) -> None:
        await self._watched.aclose()
        await self._chunks.aclose()


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _connections(limits: httpx.Limits, proxy: str | None) -> Transport:
    try:
        return httpx.AsyncHTTPTransport(verify=_ssl_context(), limits=limits, proxy=proxy)
    except (ValueError, ImportError) as error:
        scheme = urlsplit(proxy or "").scheme
        words = f"the environment names a proxy of the kind {scheme!r}, which cannot be used ({type(error).__name__})"
    raise errors.InvalidArgumentError(
        f"{words}; unset it, give an http:// proxy, or install httpx[socks] for socks5://"
    )


def _proxy(url: str) -> str | None:
    """Find the proxy that the environment names for this host."""
    parts = urlsplit(url)
    proxies = urllib.request.getproxies()
    name = parts.scheme if parts.scheme in proxies else "all"
    proxy = proxies.get(name)
    host = parts.hostname or ""
    hosts = (host, f"{host}:{parts.port}") if parts.port else (host,)
    if not proxy or any(urllib.request.proxy_bypass(each) for each in hosts):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


@functools.lru_cache(maxsize=256)
def _headers(own: tuple[tuple[str, str], ...]) -> httpx.Headers:
    return httpx.Headers(_HEADERS | dict(own))
