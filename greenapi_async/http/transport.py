"""Transport: the only module that imports httpx.

Requests arrive with a placeholder where the token belongs; the token is inserted in the last step, so nothing above
this module holds it. Nothing from below escapes either: httpx's errors are replaced by new errors of ours, and the
tracebacks and causes of everything else (cancellation) are cut off, because the frames below hold the URL.

httpx's transports are used without ``httpx.AsyncClient``, which would add cookies, redirects and an INFO record per
request. Each client has two small connection pools, so that long polls never starve other calls. Pools are not shared
between clients: httpcore's pool is quadratic in the number of waiting requests. The SSL context, which is expensive, is
created once per process.
"""

import functools
import ssl
import urllib.request
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import attrs
import httpx

from greenapi_async import errors
from greenapi_async._version import __version__
from greenapi_async.http.protocol import TOKEN_PLACEHOLDER, Request, Response
from greenapi_async.http.token import Secret, mask_wire_logs
from greenapi_async.http.uploads import Payload

if TYPE_CHECKING:
    from greenapi_async.http.websocket import WebSocket

__all__ = ["AsyncTransport", "Transport"]

E = TypeVar("E", bound=BaseException)

AsyncTransport: TypeAlias = httpx.AsyncBaseTransport
Write: TypeAlias = Callable[[bytes, int | None], Awaitable[None]]
"""Receives the next bytes and the total size, if known."""

_CALLS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5)
_POLLS = httpx.Limits(max_connections=10, max_keepalive_connections=10, keepalive_expiry=30)
_CONNECT = 10.0
_PLACE = f"/{TOKEN_PLACEHOLDER}"
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


class Transport:
    """Connections of one client."""

    def __init__(self, api_url: str, token: Secret, transport: AsyncTransport | None) -> None:
        mask_wire_logs()
        self._token = token
        self._closed = False
        self._websocket: WebSocket | None = None
        self._event_loop: object = None
        proxy = _proxy(api_url)
        self._is_direct = transport is None and proxy is None
        self._calls = transport or _create_pool(_CALLS, proxy)
        self._polls = transport or _create_pool(_POLLS, proxy)

    async def send(self, request: Request, *, timeout: float, poll: bool) -> Response:
        """Send a request once and read the whole response.

        Args:
            request: The request, without the token.
            timeout: Seconds for the whole exchange.
            poll: Whether to use the connections reserved for long polls.

        Raises:
            ConnectionFailedError: Nothing was sent.
            TimeoutExpiredError: There was no complete response in time.
            TransportError: The connection failed after the request was sent, perhaps partially.
        """
        self._check_usable()
        pool = self._polls if poll else self._calls
        body = _UploadBody(request.content) if isinstance(request.content, Payload) else None
        with anyio.CancelScope(deadline=anyio.current_time() + timeout):
            try:
                try:  # the httpx request must not be a variable of this frame: it holds the token
                    response = await pool.handle_async_request(self._with_token(request, body, timeout))
                    try:
                        content = await response.aread()
                    finally:
                        await response.aclose()
                finally:
                    if body is not None:
                        await body.aclose()
                return self._masked_response(response, content)
            except BaseException as error:  # noqa: BLE001  raised again without its cause
                failure = self._clean(error)
            raise (body.own_error() if body is not None else None) or failure
        raise errors.TimeoutExpiredError(f"no complete answer within {timeout:g} s")

    async def upgrade(self, request: Request, *, timeout: float) -> "WebSocket | Response":
        """Open a websocket.

        Args:
            request: The request, without the token.
            timeout: Seconds for the handshake.

        Returns:
            The websocket, or the server's response if it declined.

        Raises:
            MissingExtraError: The extra ``ws`` is not installed.
            TransportError: See ``send``.
        """
        from greenapi_async.http.websocket import WebSocket, upgrade_headers  # noqa: PLC0415  needs the extra ws

        self._check_usable()
        upgrade = attrs.evolve(request, headers=request.headers + upgrade_headers())
        with anyio.CancelScope(deadline=anyio.current_time() + timeout):
            try:
                response = await self._polls.handle_async_request(self._with_token(upgrade, None, timeout))
                if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                    if self._websocket is not None:
                        await self._websocket.aclose()  # of an iteration that was left early
                    self._websocket = WebSocket(response)
                    return self._websocket
                try:
                    return self._masked_response(response, await response.aread())
                finally:
                    await response.aclose()
            except BaseException as error:  # noqa: BLE001  raised again without its cause
                failure = self._clean(error)
            raise failure
        raise errors.TimeoutExpiredError(f"no websocket within {timeout:g} s")

    async def fetch(
        self, url: str, write: Write, *, timeout: float, headers: tuple[tuple[str, str], ...] = ()
    ) -> Response:
        """Download a URL in chunks, following redirects.

        The token is sent only if ``headers`` contain its placeholder, and never to another host than the first.

        Args:
            url: The URL.
            write: Receives the chunks.
            timeout: Seconds per chunk.
            headers: Headers for the first host.

        Returns:
            The response without its content; for an error status, with the beginning of it.

        Raises:
            TransportError: The download failed, or there were too many redirects.
        """
        self._check_usable()
        try:
            own = _origin(url)
            for _ in range(_REDIRECTS):
                response = await self._get(url, headers if _origin(url) == own else (), timeout)
                try:
                    if not response.has_redirect_location:
                        return await self._stream(response, write)
                    url = str(httpx.URL(url).join(response.headers["location"]))
                finally:
                    await response.aclose()
        except (httpx.RequestError, httpx.InvalidURL) as error:
            failure = self._clean(error)
        else:
            failure = errors.TransportError(f"more than {_REDIRECTS} redirects")
        raise failure

    async def aclose(self) -> None:
        """Close every connection."""
        self._closed = True
        try:
            await self._calls.aclose()
        finally:
            await self._polls.aclose()

    async def _get(self, url: str, headers: tuple[tuple[str, str], ...], timeout: float) -> httpx.Response:
        extensions = {"timeout": httpx.Timeout(timeout).as_dict()}
        try:
            with_token = self._authorized(httpx.Headers(_PLAIN | dict(headers)))
            request = httpx.Request("GET", url, headers=with_token, extensions=extensions)
            return await self._calls.handle_async_request(request)
        except BaseException as error:  # noqa: BLE001  raised again, without what is behind it
            failure = self._clean(error)
        raise failure

    def _with_token(self, request: Request, body: AsyncIterable[bytes] | None, timeout: float) -> httpx.Request:
        """Create the httpx request, with the token.

        On direct connections the URL keeps the placeholder and the real path is passed as httpcore's ``target``, so
        that instrumentation of httpx's transports does not see the token. Proxies, ASGI apps and mocks look at the
        URL.
        """
        headers = _headers(request.headers)
        in_header = "authorization" in headers
        with_token = request.url if in_header else request.url.replace(_PLACE, f"/{self._token.reveal()}", 1)
        url = httpx.URL(request.url if self._is_direct else with_token)
        connect = min(_CONNECT, 0.9 * timeout)
        extensions: dict[str, object] = {"timeout": {"connect": connect, "pool": connect, "read": None, "write": None}}
        if self._is_direct:
            start = with_token.index("/", with_token.index("://") + 3)
            extensions["target"] = with_token[start:].encode()
        headers = self._authorized(headers) if in_header else headers
        content = body if body is not None else cast("bytes | None", request.content)
        return httpx.Request(request.verb, url, headers=headers, content=content, extensions=extensions)

    def _authorized(self, headers: httpx.Headers) -> httpx.Headers:
        written = httpx.Headers(headers)
        if "authorization" in written:
            written["authorization"] = written["authorization"].replace(TOKEN_PLACEHOLDER, self._token.reveal())
        return written

    def _clean(self, error: BaseException) -> BaseException:
        """Strip cause and traceback from an error; httpx's errors become ours."""
        if isinstance(error, errors.GreenAPIError) or not isinstance(error, Exception):
            return _stripped(error)
        name = type(error).__name__
        words = self._masked(f"{name}: {error}") if str(error) else name
        if isinstance(error, _NOTHING_SENT):
            return errors.ConnectionFailedError(words)
        if isinstance(error, httpx.DecodingError):
            return errors.DecodeError(words)
        return errors.TransportError(words)

    def _masked_response(self, response: httpx.Response, content: bytes) -> Response:
        """Mask the token in a response; servers echo the URL."""
        headers = {name: self._masked(response.headers[name]) for name in _READ_HEADERS if name in response.headers}
        return Response(response.status_code, headers, self._token.mask(content))

    async def _stream(self, response: httpx.Response, write: Write) -> Response:
        """Write the content chunk by chunk; keep the beginning of an error."""
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
        return self._masked_response(response, kept)

    def _masked(self, words: str) -> str:
        return self._token.mask(words.encode("utf-8", "replace")).decode()

    def _check_usable(self) -> None:
        """Raise RuntimeError if closed or used in a second event loop, where it would hang or fail obscurely."""
        if self._closed:
            raise RuntimeError("this client is closed; create a new one")
        running = anyio.lowlevel.current_token()
        if self._event_loop is None:
            self._event_loop = running
        elif self._event_loop != running:
            raise RuntimeError("this client was used in another event loop; create one client per event loop")


def _stripped(error: E) -> E:
    """Remove cause, context and traceback, also from the exceptions in a group."""
    error.__cause__ = error.__context__ = error.__traceback__ = None
    members: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    for member in members:
        _stripped(member)
    return error


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = httpx.URL(url)
    return parts.scheme, parts.host, parts.port


class _UploadBody:
    """Body of an upload that remembers errors of the file itself."""

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
            self._where = error.__traceback__  # up to here; the frames that follow hold the token
            raise

    def own_error(self) -> Exception | None:
        """Return the error of reading the file, if any: the truncated request was not executed."""
        return None if self.failure is None else _stripped(self.failure).with_traceback(self._where)

    async def aclose(self) -> None:
        await self._watched.aclose()
        await self._chunks.aclose()


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _create_pool(limits: httpx.Limits, proxy: str | None) -> AsyncTransport:
    try:
        return httpx.AsyncHTTPTransport(verify=_ssl_context(), limits=limits, proxy=proxy)
    except (ValueError, ImportError) as error:
        scheme = urlsplit(proxy or "").scheme
        words = f"the environment sets a {scheme!r} proxy, which cannot be used ({type(error).__name__})"
    raise errors.InvalidArgumentError(f"{words}; unset it, use an http:// proxy, or install httpx[socks] for socks5://")


def _proxy(url: str) -> str | None:
    """Return the proxy that the environment sets for this host."""
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
