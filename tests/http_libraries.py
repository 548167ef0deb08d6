"""httpx, httpx2 and aiohttp: the tests of the wire run on all of them."""

from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import attrs
import httpx
import respx

from greenapi_async.http.wire import AsyncTransport

__all__ = ["CONNECTIONS", "LIBRARIES", "Wire", "connection_options", "import_library", "transport_of"]

LIBRARIES = ("httpx", "httpx2")
CONNECTIONS = ("own", "aiohttp", *LIBRARIES)
"""A client's own connections, of httpx or of aiohttp, or a transport of the user."""


@attrs.define
class Wire:
    """Where the requests of a client arrive: at respx, or at a transport of httpx2, which respx does not support."""

    library: Any
    router: respx.MockRouter

    def options(self, answer: Callable[[httpx.Request], httpx.Response]) -> dict[str, Any]:
        """Return the options of a client whose requests get these answers."""
        if self.library is httpx:
            self.router.route().mock(side_effect=answer)
            return {}
        return {"transport": transport_of(self.library, httpx.MockTransport(answer))}


def import_library(name: str) -> Any:
    return import_module(name)


def connection_options(connections: str) -> dict[str, Any]:
    """Return the options of a client that uses sockets."""
    if connections == "own":
        return {}
    if connections == "aiohttp":
        return {"transport": "aiohttp"}
    return {"transport": import_library(connections).AsyncHTTPTransport()}


def transport_of(library: Any, inner: httpx.AsyncBaseTransport) -> AsyncTransport:
    """Return a transport of the library that answers as a transport of httpx does: a mock, or a server in process."""
    if library is httpx:
        return inner

    @contextmanager
    def own_errors() -> Generator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            own: Exception = getattr(library, type(error).__name__)(str(error))
            raise own from error

    async def own_chunks(response: httpx.Response) -> AsyncIterator[bytes]:
        with own_errors():
            async for chunk in response.aiter_raw():
                yield chunk

    async def handle(request: Any) -> Any:
        content = await request.aread()
        forwarded = httpx.Request(request.method, str(request.url), headers=request.headers.raw, content=content)
        with own_errors():
            response = await inner.handle_async_request(forwarded)
        headers = response.headers.raw
        if response.is_stream_consumed:  # it was created from its content
            return library.Response(response.status_code, headers=headers, content=response.content)
        return library.Response(response.status_code, headers=headers, content=own_chunks(response))

    return library.MockTransport(handle)  # type: ignore[no-any-return]  # the library is known at run time only
