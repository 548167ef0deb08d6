"""HTTP: endpoints, the pure protocol, rate limiting, retries, the transport, and ``library``, which imports httpx.

Submodules are imported on first use, for example by ``http.retry.Retry``.
"""

from typing import TYPE_CHECKING

from greenapi_async._internal.lazy import lazy_modules

if TYPE_CHECKING:
    from greenapi_async.http import (
        activity,
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
        redis_rate_limiter,
        retry,
        server_clock,
        shared_file,
        shared_rate_limiter,
        shared_slots,
        sink,
        slot_store,
        token,
        transport,
        uploads,
        validation,
        websocket,
        wire,
        writers,
    )
else:
    __getattr__ = lazy_modules(__name__)

__all__ = [
    "activity",
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
    "redis_rate_limiter",
    "retry",
    "server_clock",
    "shared_file",
    "shared_rate_limiter",
    "shared_slots",
    "sink",
    "slot_store",
    "token",
    "transport",
    "uploads",
    "validation",
    "websocket",
    "wire",
    "writers",
]
