"""Transport: sends requests over the connections of an HTTP library, or over a transport of the user (see ``wire``).

Requests arrive with a placeholder where the token belongs; the token is inserted in the last step, so nothing above
the wire holds it. Nothing from below escapes either: the library's errors are replaced by new errors of ours, and the
tracebacks and causes of everything else (cancellation) are cut off, because the frames below hold the URL.
"""

import functools
import math
import re
import ssl
import zlib
from collections.abc import Awaitable, Callable, Collection, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias
from urllib.parse import urljoin, urlsplit

import attrs

from greenapi_async import errors
from greenapi_async._internal.concurrency import current_event_loop
from greenapi_async.errors.response import MAX_RESPONSE_BYTES, Headers, Response
from greenapi_async.http.protocol import Request
from greenapi_async.http.token import Secret, mask_wire_logs, strip_traceback
from greenapi_async.http.uploads import Payload, UploadBody
from greenapi_async.http.wire import AsyncTransport, Exchange, Plan, TransportOption, Wire

if TYPE_CHECKING:
    from greenapi_async.http.httpx_wire import HttpxWire
    from greenapi_async.http.websocket import WebSocket

__all__ = ["Transport"]

Write: TypeAlias = Callable[[bytes, int | None], Awaitable[None]]
"""Receives the next bytes and the total size, if known."""

_CONNECT = 10.0
_PLAIN = {"accept": "*/*", "accept-encoding": "identity"}
_PART = 64 * 1024
_REDIRECTS = 5
_PORTS = {"http": 80, "https": 443}
_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_WINDOW_BITS = {"identity": None, "": None, "gzip": 31, "x-gzip": 31, "deflate": 15}
"""Supported content encodings, and their parameter for zlib."""


class Transport:
    """Connections of one client."""

    def __init__(
        self,
        token: Secret,
        transport: TransportOption,
        *,
        proxy: str | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
    ) -> None:
        """Create a transport; nothing is connected yet.

        Args:
            token: The token.
            transport: A transport of the user, or ``"aiohttp"``; None creates connections of httpx.
            proxy: URL of a proxy for all hosts; None uses the environment's, per host.
            max_response_bytes: Limit of a response's content, downloads excepted.

        Raises:
            InvalidArgumentError: The transport or the proxy cannot be used.
            MissingExtraError: The extra ``fast`` is not installed.
        """
        mask_wire_logs()
        self._token = token
        self._closed = False
        self._websockets: dict[object, WebSocket] = {}
        self._event_loop: object = None
        self._proxy = proxy
        self._max_response_bytes = max_response_bytes
        self._httpx_wire: HttpxWire | None = None
        self._wire = self._new_wire(transport)

    def _new_wire(self, transport: TransportOption) -> Wire:
        # a library is imported by the clients that use it
        if transport == "aiohttp":
            from greenapi_async.http.aiohttp_wire import AiohttpWire  # noqa: PLC0415

            return AiohttpWire(self._token, self._proxy)
        return self._new_httpx_wire(transport)

    def _new_httpx_wire(self, transport: AsyncTransport | None) -> "HttpxWire":
        from greenapi_async.http.httpx_wire import HttpxWire  # noqa: PLC0415

        self._httpx_wire = HttpxWire(self._token, transport, self._proxy)
        return self._httpx_wire

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
        plan = _plan(timeout, poll)
        with self._wire.deadline(timeout):
            try:
                try:
                    async with self._wire.exchange(request, plan, body) as answer:
                        headers = _headers(answer.raw_headers)
                        content = await self._read(answer, headers)
                finally:
                    if body is not None:
                        await body.aclose()
                return self._masked_response(answer.status, headers, content)
            except BaseException as error:  # noqa: BLE001  raised again without its cause
                failure = self._clean(error, self._wire, request, timeout)
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
        wire = self._httpx_wire or self._new_httpx_wire(None)
        upgrade = attrs.evolve(request, headers=request.headers + upgrade_headers())
        with wire.deadline(timeout):
            try:
                async with wire.exchange(upgrade, _plan(timeout, poll=True)) as answer:
                    if answer.status == HTTPStatus.SWITCHING_PROTOCOLS:
                        return await self._registered(WebSocket(answer.response, answer.keep(), self._masked), owner)
                    headers = _headers(answer.raw_headers)
                    content = await self._read(answer, headers)
                return self._masked_response(answer.status, headers, content)
            except BaseException as error:  # noqa: BLE001  raised again without its cause
                failure = self._clean(error, wire, upgrade)
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
        request = Request(verb, url)
        try:
            origin = _origin(url)
            for _ in range(_REDIRECTS):
                same_origin = _origin(url) == origin
                request = Request(verb, url, tuple((_PLAIN | dict(headers if same_origin else ())).items()))
                answer = await self._fetch_once(request, write, timeout)
                if isinstance(answer, Response):
                    return answer
                url = answer
            failure: BaseException = errors.TransportError(f"more than {_REDIRECTS} redirects")
        except BaseException as error:  # noqa: BLE001  raised again without its cause
            failure = self._clean(error, self._wire, request)
        raise failure

    async def aclose(self) -> None:
        """Close every connection."""
        self._closed = True
        try:
            for socket in tuple(self._websockets.values()):
                await socket.aclose()
        finally:
            await self._wire.aclose()
            if self._httpx_wire is not None and self._httpx_wire is not self._wire:
                await self._httpx_wire.aclose()

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

    async def _fetch_once(self, request: Request, write: Write, timeout: float) -> Response | str:
        """Download a URL, or return the URL it redirects to."""
        plan = Plan(timeout, read=timeout, token_in_url=False)
        async with self._wire.exchange(request, plan) as answer:
            headers = _headers(answer.raw_headers)
            if answer.status in _REDIRECT_STATUSES and "location" in headers:
                target = urljoin(request.url, headers["location"])
                scheme = urlsplit(target).scheme
                if scheme not in {"http", "https"}:
                    raise errors.TransportError(f"a redirect to an unsupported URL ({scheme}://)", permanent=True)
                return target
            return await self._stream(answer, headers, write)

    async def _read(self, answer: Exchange, headers: dict[str, str]) -> bytes:
        """Read the content, decompressed and limited."""
        encoding = headers.get("content-encoding", "").strip().lower() if answer.content is None else ""
        if encoding not in _WINDOW_BITS:
            raise errors.DecodeError(f"the answer has the unsupported Content-Encoding {encoding!r}")
        bits = _WINDOW_BITS[encoding]
        inflate = None if bits is None else zlib.decompressobj(bits)
        limit = self._max_response_bytes
        content = answer.arrived() if inflate is None else None
        if content is None:
            content = b""
            async for chunk in answer:
                content += chunk if inflate is None else inflate.decompress(chunk, limit + 1 - len(content))
                if len(content) > limit:
                    break
        if len(content) > limit:
            raise errors.DecodeError(f"the answer is larger than {limit:,} bytes; allow more with max_response_bytes=")
        return content

    async def _stream(self, answer: Exchange, headers: dict[str, str], write: Write) -> Response:
        """Write the content chunk by chunk; keep the beginning of an error."""
        length = headers.get("content-length", "")
        total = int(length) if length.isdecimal() else None
        succeeded = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        encoding = headers.get("content-encoding", "").strip().lower() if answer.content is None else ""
        bits = _WINDOW_BITS.get(encoding)
        inflate = None if bits is None else zlib.decompressobj(bits)
        kept = b""
        if succeeded:
            await write(b"", total)  # refuses by the announced size
        async for chunk in answer:
            parts = (chunk,) if inflate is None else _inflated(inflate, chunk)
            for part in parts:
                if succeeded:
                    await write(part, total)
                elif len(kept) < _PART:
                    kept += part
                else:
                    return self._masked_response(answer.status, headers, kept)
        return self._masked_response(answer.status, headers, kept)

    def _clean(self, error: BaseException, wire: Wire, request: Request, timeout: float = math.inf) -> BaseException:
        """Strip cause and traceback from an error; the library's errors become ours."""
        if isinstance(error, errors.GreenAPIError) or not isinstance(error, Exception):
            return strip_traceback(error)
        name = type(error).__name__
        words = self._masked(f"{name}: {error}") if str(error) else name
        if isinstance(error, wire.unusable_url):
            return errors.InvalidArgumentError(
                f"the URL cannot be used ({words}); expected http:// or https:// and a host"
            )
        if isinstance(error, wire.nothing_sent):
            proxy = wire.proxy_of(request)
            way = "" if proxy is None else f" through the proxy {_host_and_port(proxy)}"
            reason = f"no connection to {_host_and_port(request.origin)}{way} ({words})"
            return errors.ConnectionFailedError(reason, permanent=_is_untrusted(error))
        if isinstance(error, wire.undecodable):
            return errors.DecodeError(words)
        if isinstance(error, TimeoutError):
            return errors.TimeoutExpiredError(f"no complete answer within {timeout:g} s")
        return errors.TransportError(words)

    def _masked_response(self, status: int, headers: dict[str, str], content: bytes) -> Response:
        """Mask the token in a response; servers echo the URL."""
        joined = "".join(headers.values()).encode("utf-8", "replace")
        if self._token.mask(joined) != joined:
            headers = {name: self._masked(value) for name, value in headers.items()}
        return Response(status, Headers(headers), self._token.mask(content))

    def _masked(self, words: str) -> str:
        return self._token.mask(words.encode("utf-8", "replace")).decode()

    def _check_usable(self) -> None:
        """Raise RuntimeError if closed or used in a second event loop, where it would hang or fail obscurely."""
        if self._closed:
            raise RuntimeError("this client is closed; create a new one")
        running = current_event_loop()
        if self._event_loop is None:
            self._event_loop = running
        elif self._event_loop != running:
            raise RuntimeError("this client was used in another event loop; create one client per event loop")


@functools.lru_cache(maxsize=64)
def _plan(timeout: float, poll: bool) -> Plan:  # noqa: FBT001  private
    return Plan(min(_CONNECT, 0.9 * timeout), timeout, poll=poll)


def _headers(raw: Collection[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by their names in lower case; values of a repeated one are joined."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = _lower(raw_name), _text(raw_value)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


@functools.lru_cache(maxsize=256)
def _lower(name: bytes) -> str:
    return name.decode("latin-1").lower()


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


class _Inflate(Protocol):
    """A decompressor of zlib."""

    @property
    def unconsumed_tail(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _inflated(inflate: _Inflate, chunk: bytes) -> Iterator[bytes]:
    """Yield what a compressed chunk contains, in parts of a limited size."""
    while chunk:
        yield inflate.decompress(chunk, _PART)
        chunk = inflate.unconsumed_tail


def _origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of a URL.

    Raises:
        InvalidArgumentError: It is not a URL.
    """
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        words = "it is malformed"
    raise errors.InvalidArgumentError(f"the URL cannot be used ({words}); expected http:// or https:// and a host")


def _host_and_port(url: str) -> str:
    """Return host and port of a URL, without user name, password and path."""
    scheme, _, rest = url.partition("://")
    host = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    has_port = ":" in host.rpartition("]")[2]
    return host if has_port or scheme not in _PORTS else f"{host}:{_PORTS[scheme]}"


def _is_untrusted(error: BaseException) -> bool:
    seen: set[int] = set()  # a chain may be cyclic
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return False
