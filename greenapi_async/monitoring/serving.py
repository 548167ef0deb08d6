"""Serves an ASGI app next to a bot, by uvicorn in the same event loop.

uvicorn trusts the proxies that ``FORWARDED_ALLOW_IPS`` names, by default those on this machine: it gives the app the
client's address instead of theirs.
"""

import asyncio
import errno
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio

from greenapi_async._internal.concurrency import Background
from greenapi_async._internal.exit_message import shorten_traceback
from greenapi_async.errors import MissingExtraError

try:
    import uvicorn
except ImportError:
    raise MissingExtraError("monitoring", "uvicorn") from None

__all__ = ["serve"]

SHUTDOWN_TIMEOUT = 1
"""Seconds for requests in progress."""


class _AddressError(OSError):
    """An address that cannot be used; the message names it."""

    def __init__(self, error: OSError, shown: str) -> None:
        reason, hint = error.strerror or str(error), "pass another host= or port="
        if error.errno == errno.EADDRINUSE:
            reason, hint = "the port is in use", "stop what uses it, or pass another port=; 0 chooses a free one"
        super().__init__(error.errno, f"HealthApp.serve() cannot listen on {shown}: {reason}; {hint}")

    def __str__(self) -> str:
        return str(self.strerror)


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
        OSError: The address is in use. If it is not caught, Python prints its message without a traceback.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError("serve() needs asyncio; on trio, serve the app with hypercorn") from None
    shown = f"[{host}]" if ":" in host else host
    with _listen(host, port, shown) as listener:
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
            try:
                yield f"http://{shown}:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                with anyio.move_on_after(SHUTDOWN_TIMEOUT + 1, shield=True):
                    await ended.wait()


def _listen(host: str, port: int, shown: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=100)
    except OSError as error:
        unusable = _AddressError(error, f"{shown}:{port}")
        shorten_traceback(unusable, "The bot did not start")
        raise unusable from None
