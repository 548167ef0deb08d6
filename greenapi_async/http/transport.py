"""Transport: sends requests over connections of httpx, or over a transport of the user (see ``library``).

Requests arrive with a placeholder where the token belongs; the token is inserted in the last step, so nothing above
this module holds it. Nothing from below escapes either: httpx's errors are replaced by new errors of ours, and the
tracebacks and causes of everything else (cancellation) are cut off, because the frames below hold the URL.

httpx's transports are used without ``httpx.AsyncClient``, which would add cookies, redirects and an INFO record per
request. Each client has two small pools of connections (see ``connections``), so that long polls never starve other
calls. The SSL context, which is expensive, is created once per process.
"""

import functools
import ssl
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, cast

import anyio
import anyio.lowlevel
import attrs

from greenapi_async import errors
from greenapi_async.http.connections import Connection, ConnectionPool, Lease
from greenapi_async.http.library import (
    TOKEN_EXTENSION,
    AsyncTransport,
    HTTPHeaders,
    HTTPRequest,
    HTTPResponse,
    insert_token_in,
    library_of,
    new_connection,
)
from greenapi_async.http.protocol import TOKEN_PLACEHOLDER, Request
from greenapi_async.http.proxies import environment_proxy
from greenapi_async.http.token import Secret, mask_wire_logs, strip_traceback
from greenapi_async.http.uploads import Payload, UploadBody
from greenapi_async.response import MAX_RESPONSE_BYTES, Headers, Response

if TYPE_CHECKING:
    from greenapi_async.http.websocket import WebSocket

__all__ = ["Transport"]

B = TypeVar("B", bytes, bytearray)

Write: TypeAlias = Callable[[bytes, int | None], Awaitable[None]]
"""Receives the next bytes and the total size, if known."""

_CONNECT = 10.0
_PLAIN = {"accept": "*/*", "accept-encoding": "identity"}
_PART = 64 * 1024
_REDIRECTS = 5
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
            InvalidArgumentError: The transport or the proxy cannot be used.
        """
        self._library = library_of(transport)
        mask_wire_logs()
        self._token = token
        self._closed = False
        self._websockets: dict[object, WebSocket] = {}
        self._event_loop: object = None
        self._user_transport = transport
        self._proxy = proxy
        self._max_response_bytes = max_response_bytes
        if transport is not None:
            insert_token_in(transport, self._library)
        elif proxy is not None:
            new_connection(proxy, 0)  # raises if it cannot be used
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
                    try:  # the HTTP request must not be a variable of this frame: it may hold the token
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

    async def upgrade(self, request: Request, *, timeout: float, owner: object) -> "WebSocket | Response":
        """Open a websocket.

        Args:
            request: The request, without the token.
            timeout: Seconds for the handshake.
            owner: Who uses it. Its previous websocket is closed: that of an iteration that was left early.

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
                        return await self._registered(WebSocket(response, lease.keep(), self._masked), owner)
                    content = await self._read(response)
                    await response.aclose()
                    lease.is_clean = True
                return self._masked_response(response, content)
            except BaseException as error:  # noqa: BLE001  raised again without its cause
                failure = self._clean(error)
            raise failure
        raise errors.TimeoutExpiredError(f"no websocket within {timeout:g} s")

    async def fetch(
        self,
        url: str,
        write: Write,
        *,
        timeout: float,
        headers: tuple[tuple[str, str], ...] = (),
        verb: Literal["GET", "HEAD"] = "GET",
    ) -> Response:
        """Download a URL in chunks, following redirects.

        The token is sent only if ``headers`` contain its placeholder, and never to another host than the first.

        Args:
            url: The URL.
            write: Receives the chunks.
            timeout: Seconds per chunk.
            headers: Headers for the first host.
            verb: HEAD requests the headers only.

        Returns:
            The response without its content; for an error status, with the beginning of it.

        Raises:
            TransportError: The download failed, or there were too many redirects.
        """
        self._check_usable()
        try:
            origin = self._origin(url)
            for _ in range(_REDIRECTS):
                same_origin = self._origin(url) == origin
                request = Request(verb, url, tuple((_PLAIN | dict(headers if same_origin else ())).items()))
                answer = await self._fetch_once(request, write, timeout)
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
            for socket in tuple(self._websockets.values()):
                await socket.aclose()
            if self._user_transport is not None:
                await self._user_transport.aclose()
            await self._calls.aclose()
        finally:
            await self._polls.aclose()

    async def _registered(self, socket: "WebSocket", owner: object) -> "WebSocket":
        """Remember an open websocket, to close it with the client, and close the owner's previous one."""
        previous, self._websockets[owner] = self._websockets.get(owner), socket
        socket.on_closed = functools.partial(self._forget, owner, socket)
        if previous is not None:
            await previous.aclose()
        return socket

    def _forget(self, owner: object, socket: "WebSocket") -> None:
        if self._websockets.get(owner) is socket:
            del self._websockets[owner]

    def _lease(self, url: str, *, poll: bool, timeout: float) -> "Lease[AsyncTransport]":
        origin = "/".join(url.split("/", 3)[:3])
        return Lease(self._polls if poll else self._calls, origin, min(_CONNECT, 0.9 * timeout))

    def _connect(self, idle_seconds: float, origin: str) -> "Connection[AsyncTransport]":
        if self._user_transport is not None:
            return Connection(self._user_transport, origin, owned=False)
        return Connection(new_connection(self._proxy or environment_proxy(origin), idle_seconds), origin)

    def _http_request(
        self,
        request: Request,
        body: AsyncIterable[bytes] | None,
        transport: AsyncTransport,
        timeout: float,
        *,
        token_in_url: bool = True,
    ) -> HTTPRequest:
        """Create the HTTP request; its token is inserted at the level of httpcore where that is possible."""
        connect = min(_CONNECT, 0.9 * timeout)
        extensions: dict[str, object] = {"timeout": {"connect": connect, "pool": connect, "read": None, "write": None}}
        headers = self._library.headers(request.headers)
        url = request.url
        in_header = "authorization" in headers
        if isinstance(transport, self._library.socket_transport):
            if in_header or token_in_url:
                extensions[TOKEN_EXTENSION] = self._token
        elif in_header:
            headers = _authorized(headers, self._token)
        elif token_in_url:
            url = url.replace(f"/{TOKEN_PLACEHOLDER}", f"/{self._token.reveal()}", 1)
        content = body if body is not None else cast("bytes | None", request.content)
        return self._library.request(request.verb, url, headers=headers, content=content, extensions=extensions)

    async def _fetch_once(self, request: Request, write: Write, timeout: float) -> Response | str:
        """Download a URL, or return the URL it redirects to."""
        async with self._lease(request.url, poll=False, timeout=timeout) as lease:
            http_request = self._http_request(request, None, lease.connection.transport, timeout, token_in_url=False)
            http_request.extensions["timeout"] = dict.fromkeys(("connect", "pool", "read", "write"), timeout)
            response = await lease.connection.transport.handle_async_request(http_request)
            if response.has_redirect_location:
                await response.aclose()
                target = self._library.url(request.url).join(response.headers["location"])
                if target.scheme not in {"http", "https"}:
                    raise errors.TransportError(
                        f"a redirect to an unsupported URL ({target.scheme}://)", permanent=True
                    )
                return str(target)
            answer = await self._stream(response, write)
            await response.aclose()
            lease.is_clean = True
            return answer

    async def _read(self, response: HTTPResponse) -> bytes:
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
        if isinstance(error, self._library.unusable_url):
            return errors.InvalidArgumentError(
                f"the URL cannot be used ({words}); expected http:// or https:// and a host"
            )
        if isinstance(error, self._library.nothing_sent):
            return errors.ConnectionFailedError(words, permanent=_is_untrusted(error))
        if isinstance(error, self._library.undecodable):
            return errors.DecodeError(words)
        return errors.TransportError(words)

    def _masked_response(self, response: HTTPResponse, content: bytes) -> Response:
        """Mask the token in a response; servers echo the URL."""
        headers: dict[str, str] = {}
        for name, value in response.headers.multi_items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        joined = "".join(headers.values()).encode("utf-8", "replace")
        if self._token.mask(joined) != joined:
            headers = {name: self._masked(value) for name, value in headers.items()}
        return Response(response.status_code, Headers(headers), self._token.mask(content))

    async def _stream(self, response: HTTPResponse, write: Write) -> Response:
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

    def _origin(self, url: str) -> tuple[str, str, int | None]:
        parts = self._library.url(url)
        return parts.scheme, parts.host, parts.port

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


def _authorized(headers: HTTPHeaders, secret: Secret) -> HTTPHeaders:
    written = headers.copy()
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
    seen: set[int] = set()  # a chain may be cyclic
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return False
