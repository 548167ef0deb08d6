"""HTTP: endpoints, the pure protocol, rate limiting, retries, the transport, and ``library``, which imports httpx.

Submodules are imported on first use, for example by ``http.retry.Retry``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.http import (
        aiohttp_wire,
        connections,
        downloads,
        endpoint,
        error_bodies,
        file_sources,
        file_types,
        httpx_wire,
        library,
        messengers,
        progress,
        protocol,
        proxies,
        rate_limiter,
        retry,
        server_clock,
        shared_file,
        sink,
        token,
        transport,
        uploads,
        validation,
        websocket,
        wire,
        writers,
    )
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")


__all__ = [
    "aiohttp_wire",
    "connections",
    "downloads",
    "endpoint",
    "error_bodies",
    "file_sources",
    "file_types",
    "httpx_wire",
    "library",
    "messengers",
    "progress",
    "protocol",
    "proxies",
    "rate_limiter",
    "retry",
    "server_clock",
    "shared_file",
    "sink",
    "token",
    "transport",
    "uploads",
    "validation",
    "websocket",
    "wire",
    "writers",
]
