"""The HTTP library: httpx, or httpx2 if the user passes one of its transports. Only this module imports httpx.

httpx2 is the maintained fork of httpx, on httpcore2 instead of httpcore. Both have the same API, but they do not mix: a
transport of httpx2 needs ``httpx2.Request`` and raises ``httpx2.ConnectError``. ``Library`` bundles what the client
uses of either, typed as httpx's. httpx2 is never imported here: a caller that passes its transport has imported it.

The token is inserted at the level of httpcore, below what instruments httpx (OpenTelemetry, for example), also in a
transport of the user. Only a transport that does not stand on httpcore, such as a mock, sees the token in the URL.
"""

import functools
import ssl
import sys
import zlib
from collections.abc import Callable
from typing import Any, Protocol, Self, TypeAlias
from urllib.parse import urlsplit

import attrs
import httpx

from greenapi_async._version import __version__
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.protocol import TOKEN_PLACEHOLDER

__all__ = [
    "TOKEN_EXTENSION",
    "AsyncTransport",
    "HTTPHeaders",
    "HTTPRequest",
    "HTTPResponse",
    "Library",
    "insert_token_in",
    "library_of",
    "new_connection",
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


class AsyncTransport(Protocol):
    """An ``httpx.AsyncBaseTransport`` or an ``httpx2.AsyncBaseTransport``; subclass one of them.

    It is a protocol so that both are accepted by type checkers whether or not httpx2 is installed.
    """

    async def handle_async_request(self, request: Any, /) -> Any:
        """Send a request of the same library and return its response."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


@attrs.frozen(eq=False)
class Library:
    """Classes of httpx or httpx2 that the client uses."""

    request: type[httpx.Request]
    url: type[httpx.URL]
    headers: Callable[[tuple[tuple[str, str], ...]], httpx.Headers]
    """Returns headers and the default ones, from a cache; they must not be changed."""
    socket_transport: type[httpx.AsyncHTTPTransport]
    """The transport that stands on httpcore."""
    nothing_sent: tuple[type[Exception], ...]
    """Errors that are raised before anything is sent."""
    unusable_url: tuple[type[Exception], ...]
    undecodable: tuple[type[Exception], ...]


@functools.cache
def _library(name: str) -> Library:
    module: Any = sys.modules[name]

    @functools.lru_cache(maxsize=256)
    def headers(own: tuple[tuple[str, str], ...]) -> httpx.Headers:
        made: httpx.Headers = module.Headers(_HEADERS | dict(own))
        return made

    return Library(
        request=module.Request,
        url=module.URL,
        headers=headers,
        socket_transport=module.AsyncHTTPTransport,
        nothing_sent=(module.ConnectError, module.ConnectTimeout, module.PoolTimeout, module.ProxyError),
        unusable_url=(module.InvalidURL, module.UnsupportedProtocol),
        undecodable=(module.DecodingError, zlib.error),
    )


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
        f"transport is {_described(transport)}; expected an httpx.AsyncBaseTransport or an httpx2.AsyncBaseTransport, "
        "for example httpx.AsyncHTTPTransport()"
    )


def _described(value: object) -> str:
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
        secret = request.extensions.pop(TOKEN_EXTENSION, None)
        if secret is not None:
            token = secret.reveal().encode()
            if any(name.lower() == b"authorization" for name, _ in request.headers):
                request.headers = [
                    (name, value.replace(_PLACEHOLDER, token) if name.lower() == b"authorization" else value)
                    for name, value in request.headers
                ]
            else:
                request.url.target = request.url.target.replace(b"/" + _PLACEHOLDER, b"/" + token, 1)
        return await self._pool.handle_async_request(request)

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(self, *details: object) -> None:
        await self._pool.__aexit__(*details)

    async def aclose(self) -> None:
        await self._pool.aclose()


def insert_token_in(transport: AsyncTransport, library: Library) -> None:
    """Make a transport based on httpcore insert the token there; neither library has a public seam for that."""
    if isinstance(transport, library.socket_transport):
        pool: Any = getattr(transport, _POOL)
        if not isinstance(pool, _TokenInserter):
            setattr(transport, _POOL, _TokenInserter(pool))


@functools.cache
def _ssl_context() -> ssl.SSLContext:
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
        transport = httpx.AsyncHTTPTransport(verify=_ssl_context(), limits=limits, proxy=proxy)
    except (ValueError, ImportError) as error:
        if proxy is None:
            raise
        scheme = urlsplit(proxy).scheme
        reason = f"a {scheme!r} proxy cannot be used ({type(error).__name__})"
    else:
        insert_token_in(transport, library_of(None))
        return transport
    raise InvalidArgumentError(f"{reason}; unset it, use an http:// proxy, or install httpx[socks] for socks5://")
