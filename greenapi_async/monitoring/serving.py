"""Serves an ASGI app next to a bot, by uvicorn in the same event loop.

uvicorn trusts the proxies that ``FORWARDED_ALLOW_IPS`` names, by default those on this machine: it gives the app the
client's address instead of theirs.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio

from greenapi_async._internal.concurrency import Background
from greenapi_async.errors import MissingExtraError

try:
    import uvicorn
except ImportError:
    raise MissingExtraError("monitoring", "uvicorn") from None

__all__ = ["serve"]

SHUTDOWN_TIMEOUT = 1
"""Seconds for requests in progress."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to the program, whose bot shuts down gracefully."""
        yield


@asynccontextmanager
async def serve(app: Any, host: str, port: int) -> AsyncGenerator[str]:
    """Serve an app during a block; yields its URL.

    Args:
        app: The ASGI app.
        host: Address to listen on.
        port: Port; 0 chooses a free one.

    Raises:
        RuntimeError: This is not asyncio.
        OSError: The address is in use.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError("serve() needs asyncio; on trio, serve the app with hypercorn") from None
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=100) as listener:
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            proxy_headers=True,
            server_header=False,
            access_log=False,
            log_config=None,
            log_level="warning",
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        )
        server = _Server(config)
        ended = anyio.Event()

        async def run() -> None:
            try:
                await server.serve(sockets=[listener])
            finally:
                ended.set()

        async with Background(run):
            shown = f"[{host}]" if ":" in host else host
            try:
                yield f"http://{shown}:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                with anyio.move_on_after(SHUTDOWN_TIMEOUT + 1, shield=True):
                    await ended.wait()
