"""What the transport needs of an HTTP library: exchanges, and which of its errors mean what.

``httpx_wire`` and ``aiohttp_wire`` implement it; each is imported only by clients that use it.
"""

from collections.abc import AsyncIterable, Collection
from contextlib import AbstractAsyncContextManager
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
    """How to send a request."""

    connect: float
    """Seconds for a free place and for connecting."""
    poll: bool = False
    """Whether to use the connections reserved for long polls."""
    read: float | None = None
    """Seconds per read and write; None if the caller limits the whole exchange."""
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

    def __aiter__(self) -> "Exchange": ...

    async def __anext__(self) -> bytes: ...


class Wire(Protocol):
    """Connections of one client, of one HTTP library."""

    nothing_sent: tuple[type[Exception], ...]
    """Errors that are raised before anything is sent."""
    unusable_url: tuple[type[Exception], ...]
    undecodable: tuple[type[Exception], ...]

    def exchange(
        self, request: Request, plan: Plan, body: AsyncIterable[bytes] | None = None
    ) -> AbstractAsyncContextManager[Exchange]:
        """Send a request when the block is entered; a connection that is not clean at its end is closed."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...
