"""Transport: the only module of the client that imports httpx.

Requests arrive with a placeholder where the token belongs; the token is inserted in the last step, so nothing above
this module holds it. Nothing from below escapes either: httpx's errors are replaced by new errors of ours, and the
tracebacks and causes of everything else (cancellation) are cut off, because the frames below hold the URL.

The token is inserted at httpcore's level, below what instruments httpx (OpenTelemetry, for example), also in a
transport of the user. Only a transport that does not stand on httpcore, such as a mock, sees the token in the URL.

httpx's transports are used without ``httpx.AsyncClient``, which would add cookies, redirects and an INFO record per
request. Each client has two small pools of connections (see ``connections``), so that long polls never starve other
calls. The SSL context, which is expensive, is created once per process.
"""

import functools
import ssl
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar, cast
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import attrs
import httpcore
import httpx

from greenapi_async import errors
from greenapi_async._version import __version__
from greenapi_async.http.connections import Connection, ConnectionPool, Lease
from greenapi_async.http.protocol import TOKEN_PLACEHOLDER, Request, Response
from greenapi_async.http.proxies import environment_proxy
from greenapi_async.http.token import Secret, mask_wire_logs, strip_traceback
from greenapi_async.http.uploads import Payload, UploadBody

if TYPE_CHECKING:
    from greenapi_async.http.websocket import WebSocket

__all__ = ["AsyncTransport", "Transport"]

B = TypeVar("B", bytes, bytearray)

AsyncTransport: TypeAlias = httpx.AsyncBaseTransport
Write: TypeAlias = Callable[[bytes, int | None], Awaitable[None]]
"""Receives the next bytes and the total size, if known."""

MAX_RESPONSE_BYTES = 16 * 1024 * 1024
"""Default limit of a response's content, after decompression."""
_POOL = "_pool"
"""Attribute of ``httpx.AsyncHTTPTransport`` with httpcore's pool."""
_TOKEN = "greenapi_async.token"  # noqa: S105  the name of an extension
_CONNECT = 10.0
_PLACEHOLDER = TOKEN_PLACEHOLDER.encode()
_HEADERS = {"user-agent": f"greenapi-async/{__version__}", "accept": "application/json", "accept-encoding": "gzip"}
_PLAIN = {"accept": "*/*", "accept-encoding": "identity"}
_READ_HEADERS = ("content-type", "retry-after", "date")
_PART = 64 * 1024
_REDIRECTS = 5
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
_WINDOW_BITS = {"identity": None, "": None, "gzip": 31, "x-gzip": 31, "deflate": 15}
"""Supported content encodings, and their parameter for zlib."""


class Transport:
    """Connections of one client."""

    def __init__(
        self,
        token: Secret,
        transport: AsyncTransport | None,
        *,
        proxy: str | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
    ) -> None:
        """Create a transport; nothing is connected yet.

        Args:
            token: The token.
            transport: A transport of the user; None creates connections.
            proxy: URL of a proxy for all hosts; None uses the environment's, per host.
            max_response_bytes: Limit of a response's content, downloads excepted.

        Raises:
            InvalidArgumentError: The proxy cannot be used.
        """
        mask_wire_logs()
        self._token = token
        self._closed = False
        self._websocket: WebSocket | None = None
        self._event_loop: object = None
        self._user_transport = transport
        self._proxy = proxy
        self._max_response_bytes = max_response_bytes
        if transport is not None:
            _insert_token_in(transport)
        elif proxy is not None:
            _connection(proxy, 0)  # raises if it cannot be used
        self._calls = ConnectionPool(functools.partial(self._connect, 5), limit=100, max_idle=20, idle_seconds=5)
        self._polls = ConnectionPool(functools.partial(self._connect, 30), limit=10, max_idle=10, idle_seconds=30)

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
        body = UploadBody(request.content) if isinstance(request.content, Payload) else None
        with anyio.CancelScope(deadline=anyio.current_time() + timeout):
            try:
                async with self._lease(request.url, poll=poll, timeout=timeout) as lease:
                    try:  # the httpx request must not be a variable of this frame: it may hold the token
                        response = await lease.connection.transport.handle_async_request(
                            self._http_request(request, body, lease.connection.transport, timeout)
                        )
                        content = await self._read(response)
                        await response.aclose()
                        lease.is_clean = True
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
                async with self._lease(request.url, poll=True, timeout=timeout) as lease:
                    response = await lease.connection.transport.handle_async_request(
                        self._http_request(upgrade, None, lease.connection.transport, timeout)
                    )
                    if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                        if self._websocket is not None:
                            await self._websocket.aclose()  # of an iteration that was left early
                        self._websocket = WebSocket(response, lease.keep())
                        return self._websocket
                    content = await self._read(response)
                    await response.aclose()
                    lease.is_clean = True
                return self._masked_response(response, content)
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
            origin = _origin(url)
            for _ in range(_REDIRECTS):
                same_origin = _origin(url) == origin
                answer = await self._fetch_once(url, write, headers if same_origin else (), timeout)
                if isinstance(answer, Response):
                    return answer
                url = answer
            failure: BaseException = errors.TransportError(f"more than {_REDIRECTS} redirects")
        except BaseException as error:  # noqa: BLE001  raised again without its cause
            failure = self._clean(error)
        raise failure

    async def aclose(self) -> None:
        """Close every connection."""
        self._closed = True
        try:
            if self._websocket is not None:
                await self._websocket.aclose()
            if self._user_transport is not None:
                await self._user_transport.aclose()
            await self._calls.aclose()
        finally:
            await self._polls.aclose()

    def _lease(self, url: str, *, poll: bool, timeout: float) -> "Lease[AsyncTransport]":
        origin = "/".join(url.split("/", 3)[:3])
        return Lease(self._polls if poll else self._calls, origin, min(_CONNECT, 0.9 * timeout))

    def _connect(self, idle_seconds: float, origin: str) -> "Connection[AsyncTransport]":
        if self._user_transport is not None:
            return Connection(self._user_transport, origin, owned=False)
        return Connection(_connection(self._proxy or environment_proxy(origin), idle_seconds), origin)

    def _http_request(
        self,
        request: Request,
        body: AsyncIterable[bytes] | None,
        transport: AsyncTransport,
        timeout: float,
        *,
        token_in_url: bool = True,
    ) -> httpx.Request:
        """Create the httpx request; its token is inserted by ``_TokenInserter`` where that is possible."""
        connect = min(_CONNECT, 0.9 * timeout)
        extensions: dict[str, object] = {"timeout": {"connect": connect, "pool": connect, "read": None, "write": None}}
        headers = _headers(request.headers)
        url = request.url
        in_header = "authorization" in headers
        if isinstance(transport, httpx.AsyncHTTPTransport):
            if in_header or token_in_url:
                extensions[_TOKEN] = self._token
        elif in_header:
            headers = _authorized(headers, self._token)
        elif token_in_url:
            url = url.replace(f"/{TOKEN_PLACEHOLDER}", f"/{self._token.reveal()}", 1)
        content = body if body is not None else cast("bytes | None", request.content)
        return httpx.Request(request.verb, url, headers=headers, content=content, extensions=extensions)

    async def _fetch_once(
        self, url: str, write: Write, headers: tuple[tuple[str, str], ...], timeout: float
    ) -> Response | str:
        """Download a URL, or return the URL it redirects to."""
        request = Request("GET", url, tuple((_PLAIN | dict(headers)).items()))
        async with self._lease(url, poll=False, timeout=timeout) as lease:
            http_request = self._http_request(request, None, lease.connection.transport, timeout, token_in_url=False)
            http_request.extensions["timeout"] = httpx.Timeout(timeout).as_dict()
            response = await lease.connection.transport.handle_async_request(http_request)
            if response.has_redirect_location:
                await response.aclose()
                target = httpx.URL(url).join(response.headers["location"])
                if target.scheme not in {"http", "https"}:
                    raise errors.TransportError(
                        f"a redirect to an unsupported URL ({target.scheme}://)", permanent=True
                    )
                return str(target)
            answer = await self._stream(response, write)
            await response.aclose()
            lease.is_clean = True
            return answer

    async def _read(self, response: httpx.Response) -> bytes:
        """Read the content, decompressed and limited."""
        if response.is_stream_consumed:  # a mock's response, which is in memory
            return self._limited(response.content)
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in _WINDOW_BITS:
            raise errors.DecodeError(f"the answer has the unsupported Content-Encoding {encoding!r}")
        bits = _WINDOW_BITS[encoding]
        inflate = None if bits is None else zlib.decompressobj(bits)
        content = bytearray()
        chunks = aiter(response.aiter_raw())
        try:
            async for chunk in chunks:
                room = self._max_response_bytes + 1 - len(content)
                content += chunk if inflate is None else inflate.decompress(chunk, room)
                self._limited(content)
        except BaseException:
            await _abort(chunks)
            raise
        return bytes(content)

    def _limited(self, content: B) -> B:
        if len(content) > self._max_response_bytes:
            raise errors.DecodeError(
                f"the answer is larger than {self._max_response_bytes:,} bytes; allow more with max_response_bytes="
            )
        return content

    def _clean(self, error: BaseException) -> BaseException:
        """Strip cause and traceback from an error; httpx's errors become ours."""
        if isinstance(error, errors.GreenAPIError) or not isinstance(error, Exception):
            return strip_traceback(error)
        name = type(error).__name__
        words = self._masked(f"{name}: {error}") if str(error) else name
        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
            return errors.InvalidArgumentError(
                f"the URL cannot be used ({words}); expected http:// or https:// and a host"
            )
        if isinstance(error, _NOTHING_SENT):
            return errors.ConnectionFailedError(words, permanent=_is_untrusted(error))
        if isinstance(error, httpx.DecodingError | zlib.error):
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
        chunks = aiter(response.aiter_bytes(_PART))
        try:
            if response.is_success:
                await write(b"", total)  # refuses by the announced size
            async for chunk in chunks:
                if response.is_success:
                    await write(chunk, total)
                elif len(kept) < _PART:
                    kept += chunk
                else:
                    await _abort(chunks)
                    break
        except BaseException:
            await _abort(chunks)
            raise
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


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = httpx.URL(url)
    return parts.scheme, parts.host, parts.port


class _TokenInserter:
    """Wraps an httpcore pool and inserts the token into its requests.

    The secret travels as an extension of the request.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        secret: Secret | None = cast("Any", request).extensions.pop(_TOKEN, None)
        if secret is not None:
            token = secret.reveal().encode()
            if any(name.lower() == b"authorization" for name, _ in request.headers):
                request.headers = [
                    (name, value.replace(_PLACEHOLDER, token) if name.lower() == b"authorization" else value)
                    for name, value in request.headers
                ]
            else:
                request.url.target = request.url.target.replace(b"/" + _PLACEHOLDER, b"/" + token, 1)
        return cast("httpcore.Response", await self._pool.handle_async_request(request))

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(self, *details: object) -> None:
        await self._pool.__aexit__(*details)

    async def aclose(self) -> None:
        await self._pool.aclose()


def _insert_token_in(transport: AsyncTransport) -> AsyncTransport:
    """Make a transport based on httpcore insert the token there; httpx has no public seam for that."""
    if isinstance(transport, httpx.AsyncHTTPTransport):
        pool: Any = getattr(transport, _POOL)
        if not isinstance(pool, _TokenInserter):
            setattr(transport, _POOL, _TokenInserter(pool))
    return transport


def _authorized(headers: httpx.Headers, secret: Secret) -> httpx.Headers:
    written = httpx.Headers(headers)
    written["authorization"] = written["authorization"].replace(TOKEN_PLACEHOLDER, secret.reveal())
    return written


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


def _is_untrusted(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _connection(proxy: str | None, idle_seconds: float) -> AsyncTransport:
    """Create a transport with one connection."""
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=idle_seconds)
    try:
        return _insert_token_in(httpx.AsyncHTTPTransport(verify=_ssl_context(), limits=limits, proxy=proxy))
    except (ValueError, ImportError) as error:
        scheme = urlsplit(proxy or "").scheme
        reason = f"a {scheme!r} proxy cannot be used ({type(error).__name__})"
    raise errors.InvalidArgumentError(
        f"{reason}; unset it, use an http:// proxy, or install httpx[socks] for socks5://"
    )


@functools.lru_cache(maxsize=256)
def _headers(own: tuple[tuple[str, str], ...]) -> httpx.Headers:
    return httpx.Headers(_HEADERS | dict(own))
