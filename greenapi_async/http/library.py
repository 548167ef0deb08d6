"""The HTTP library: httpx, or httpx2 if the user passes one of its transports. Only this module imports httpx.

httpx2 is the maintained fork of httpx, on httpcore2 instead of httpcore. Both have the same API, but they do not mix: a
transport of httpx2 needs ``httpx2.Request`` and raises ``httpx2.ConnectError``. ``Library`` bundles what the client
uses of either, typed as httpx's. httpx2 is never imported here: a caller that passes its transport has imported it.

The token is inserted at the level of httpcore, below what instruments httpx (OpenTelemetry, for example), also in a
transport of the user. Only a transport that does not stand on httpcore, such as a mock, sees the token in the URL.
"""

import functools
import select
import ssl
import sys
import zlib
from collections.abc import AsyncIterable
from typing import Any, Self, TypeAlias
from urllib.parse import urlsplit

import httpx

from greenapi_async import __version__
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.protocol import TOKEN_PLACEHOLDER, Request
from greenapi_async.http.token import Secret
from greenapi_async.http.wire import AsyncTransport, Plan

__all__ = [
    "HTTPRequest",
    "HTTPResponse",
    "Library",
    "insert_token_in",
    "library_of",
    "new_connection",
    "ssl_context",
]

HTTPHeaders: TypeAlias = httpx.Headers
HTTPRequest: TypeAlias = httpx.Request
HTTPResponse: TypeAlias = httpx.Response

TOKEN_EXTENSION = "greenapi_async.token"  # noqa: S105  the name of an extension
"""Extension of a request with the secret to insert."""
_POOL = "_pool"
"""Attribute of ``AsyncHTTPTransport`` with httpcore's pool."""
_PLACEHOLDER = TOKEN_PLACEHOLDER.encode()
_HEADERS = {"user-agent": f"greenapi-async/{__version__}", "accept": "application/json", "accept-encoding": "gzip"}


class Library:
    """Classes and settings of httpx or httpx2 that the client uses."""

    def __init__(self, name: str) -> None:
        """Collect it.

        Args:
            name: Name of the module, which has been imported.
        """
        module: Any = sys.modules[name]
        self.socket_transport: type[httpx.AsyncHTTPTransport] = module.AsyncHTTPTransport
        """The transport that stands on httpcore."""
        self.nothing_sent: tuple[type[Exception], ...] = (
            module.ConnectError,
            module.ConnectTimeout,
            module.PoolTimeout,
            module.ProxyError,
        )
        self.unusable_url: tuple[type[Exception], ...] = (module.InvalidURL, module.UnsupportedProtocol)
        self.undecodable: tuple[type[Exception], ...] = (module.DecodingError, zlib.error)
        self._headers: type[httpx.Headers] = module.Headers
        self._request: type[httpx.Request] = module.Request
        self._stream: type[httpx.ByteStream] = module.ByteStream
        self._url = functools.lru_cache(maxsize=256)(module.URL)
        self._cached_headers = functools.lru_cache(maxsize=256)(self._new_headers)

    def new_request(
        self,
        request: Request,
        body: AsyncIterable[bytes] | None,
        plan: Plan,
        transport: AsyncTransport,
        token: Secret,
    ) -> HTTPRequest:
        """Create a request; its token is inserted at the level of httpcore where that is possible.

        URLs and headers are taken from a cache, because httpx parses them in Python: for a poll, that takes longer than
        everything else this package does.

        Args:
            request: The request.
            body: Its body, if that is not ``request.content``.
            plan: How to send it.
            transport: The transport that will send it.
            token: The token.
        """
        extensions: dict[str, object] = {
            "timeout": {"connect": plan.connect, "pool": plan.connect, "read": plan.read, "write": plan.read}
        }
        headers = self._cached_headers(request.headers, request.origin)
        in_header = "authorization" in headers
        if isinstance(transport, self.socket_transport):
            if in_header or plan.token_in_url:
                extensions[TOKEN_EXTENSION] = token
        elif in_header:
            headers = _authorized(headers, token)
        url = self._url(request.url)
        if plan.token_in_url and not in_header and TOKEN_EXTENSION not in extensions:
            url = url.copy_with(raw_path=_with_token(url.raw_path, token))
        if body is not None:
            return self._request(request.verb, url, headers=headers, content=body, extensions=extensions)
        content = request.content if isinstance(request.content, bytes) else b""
        made = self._request(request.verb, url, headers=headers, stream=self._stream(content), extensions=extensions)
        if content:
            made.headers["content-length"] = str(len(content))
        made.read()
        return made

    def _new_headers(self, own: tuple[tuple[str, str], ...], origin: str) -> httpx.Headers:
        return self._headers({"host": self._url(origin).netloc.decode("ascii"), **_HEADERS, **dict(own)})


_library = functools.cache(Library)


def _authorized(headers: HTTPHeaders, secret: Secret) -> HTTPHeaders:
    written = headers.copy()
    written["authorization"] = written["authorization"].replace(TOKEN_PLACEHOLDER, secret.reveal())
    return written


def _with_token(path: bytes, secret: Secret) -> bytes:
    return path.replace(b"/" + _PLACEHOLDER, b"/" + secret.reveal().encode(), 1)


def library_of(transport: AsyncTransport | None) -> Library:
    """Return the library of a transport; None is for httpx.

    Args:
        transport: What the user passed.

    Raises:
        InvalidArgumentError: It is not an asynchronous transport of httpx or httpx2.
    """
    if transport is None or isinstance(transport, httpx.AsyncBaseTransport):
        return _library("httpx")
    httpx2: Any = sys.modules.get("httpx2")
    if httpx2 is not None and isinstance(transport, httpx2.AsyncBaseTransport):
        return _library("httpx2")
    raise InvalidArgumentError(
        f'transport is {_described(transport)}; expected "aiohttp", an httpx.AsyncBaseTransport or an '
        "httpx2.AsyncBaseTransport, for example httpx.AsyncHTTPTransport()"
    )


def _described(value: object) -> str:
    if isinstance(value, str):
        return repr(value)
    given = value if isinstance(value, type) else type(value)
    name = f"{given.__module__}.{given.__qualname__}".removeprefix("builtins.")
    return f"the class {name}" if given is value else f"of type {name}"


class _TokenInserter:
    """Wraps an httpcore pool and inserts the token into its requests.

    The secret travels as an extension of the request.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def handle_async_request(self, request: Any) -> Any:
        _insert_token(request)
        return await self._pool.handle_async_request(request)

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(self, *details: object) -> None:
        await self._pool.__aexit__(*details)

    async def aclose(self) -> None:
        await self._pool.aclose()


class _SingleConnection:
    """Stands in for an httpcore pool: one connection, because ``connections`` does the pooling."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._connection: Any = None
        self._poll: Any = None

    async def handle_async_request(self, request: Any) -> Any:
        _insert_token(request)
        connection = self._connection
        if connection is not None and (not connection.is_available() or self._is_closed_by_server()):
            await connection.aclose()
            connection = None
        if connection is None:
            connection = self._connection = self._pool.create_connection(request.url.origin)
            self._poll = None
        response = await connection.handle_async_request(request)
        stream = response.extensions.get("network_stream")  # a mock of httpcore has none
        if self._poll is None and stream is not None and hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(stream.get_extra_info("socket"), select.POLLIN)
        return response

    def _is_closed_by_server(self) -> bool:
        """Return whether an idle connection is readable, which means that the server has closed it.

        httpcore's own check reads all attributes of the socket, with a system call for each.
        """
        return bool(self._connection.has_expired() if self._poll is None else self._poll.poll(0))

    async def aclose(self) -> None:
        if self._connection is not None:
            await self._connection.aclose()


def _insert_token(request: Any) -> None:
    secret: Secret | None = request.extensions.pop(TOKEN_EXTENSION, None)
    if secret is None:
        return
    if any(name.lower() == b"authorization" for name, _ in request.headers):
        token = secret.reveal().encode()
        request.headers = [
            (name, value.replace(_PLACEHOLDER, token) if name.lower() == b"authorization" else value)
            for name, value in request.headers
        ]
    else:
        request.url.target = _with_token(request.url.target, secret)


def insert_token_in(transport: AsyncTransport, library: Library) -> None:
    """Make a transport based on httpcore insert the token there; neither library has a public seam for that."""
    if isinstance(transport, library.socket_transport):
        pool: Any = getattr(transport, _POOL)
        if not isinstance(pool, _TokenInserter):
            setattr(transport, _POOL, _TokenInserter(pool))


@functools.cache
def ssl_context() -> ssl.SSLContext:
    """Return the context of all connections; creating one is expensive."""
    return httpx.create_ssl_context()


def new_connection(proxy: str | None, idle_seconds: float) -> AsyncTransport:
    """Create a transport with one connection.

    Args:
        proxy: URL of its proxy.
        idle_seconds: Seconds after which an idle connection is not used again.

    Raises:
        InvalidArgumentError: The proxy cannot be used.
    """
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=idle_seconds)
    try:
        transport = httpx.AsyncHTTPTransport(verify=ssl_context(), limits=limits, proxy=proxy)
    except (ValueError, ImportError) as error:
        if proxy is None:
            raise
        scheme = urlsplit(proxy).scheme
        reason = f"a {scheme!r} proxy cannot be used ({type(error).__name__})"
    else:
        setattr(transport, _POOL, _SingleConnection(getattr(transport, _POOL)))
        return transport
    raise InvalidArgumentError(f"{reason}; unset it, use an http:// proxy, or install httpx[socks] for socks5://")
