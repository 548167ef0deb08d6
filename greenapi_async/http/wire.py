"""Interface between the transport and an HTTP library: exchanges, and the meaning of its errors.

``httpx_wire`` and ``aiohttp_wire`` implement it; each is imported only by clients that use it.
"""

from collections.abc import AsyncIterable, Collection
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Literal, Protocol, TypeAlias

import attrs

from greenapi_async.http.protocol import Request

__all__ = ["AsyncTransport", "Exchange", "Plan", "TransportOption", "Wire"]


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


TransportOption: TypeAlias = AsyncTransport | Literal["aiohttp"] | None
"""What a client accepts as ``transport=``."""


@attrs.frozen
class Plan:
    """Limits of an exchange, and the connections it uses."""

    connect: float
    """Seconds for a free place and for connecting."""
    total: float | None = None
    """Seconds for the whole exchange; None does not limit it."""
    poll: bool = False
    """Whether to use the connections reserved for long polls."""
    read: float | None = None
    """Seconds per read and write; None if the whole exchange is limited."""
    token_in_url: bool = True
    """Whether the URL has the token's placeholder; a URL of the server's storage has none."""


class Exchange(Protocol):
    """A response whose headers have arrived, and an iterator over the chunks of its body, still compressed.

    Iterate to the end, so that the connection can be used again.
    """

    status: int
    raw_headers: Collection[tuple[bytes, bytes]]
    content: bytes | None
    """The body, decompressed, if it is in memory: a mock's."""

    def arrived(self) -> bytes | None:
        """Return the whole body, still compressed, if it has arrived with the headers; None if it must be iterated."""
        ...

    def __aiter__(self) -> "Exchange": ...

    async def __anext__(self) -> bytes: ...


class Wire(Protocol):
    """Connections of one client, of one HTTP library."""

    nothing_sent: tuple[type[Exception], ...]
    """Errors that are raised before anything is sent."""
    unusable_url: tuple[type[Exception], ...]
    undecodable: tuple[type[Exception], ...]

    def deadline(self, seconds: float, /) -> AbstractContextManager[object]:
        """Return a context manager that ends the exchange in its block when the time is over, by leaving the block.

        An exchange may also end itself, with a ``TimeoutError``.
        """
        ...

    def proxy_of(self, request: Request) -> str | None:
        """Return the URL of the proxy for a request; None if there is none, or if it is not known."""
        ...

    def exchange(
        self, request: Request, plan: Plan, body: AsyncIterable[bytes] | None = None
    ) -> AbstractAsyncContextManager[Exchange]:
        """Send a request when the block is entered; a connection that is not clean at its end is closed."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...
