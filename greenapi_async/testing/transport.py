"""In-process transport between a client and the fake server."""

from collections.abc import Callable

import httpx

from greenapi_async.testing.sandbox_api import ConnectionDropped, SandboxApp

__all__ = ["InProcessTransport"]


class InProcessTransport(httpx.ASGITransport):
    """Calls the server in this process; a dropped connection raises the same error as on a network."""

    def __init__(self, app: SandboxApp, before_request: Callable[[], object] = lambda: None) -> None:
        super().__init__(app)
        self._before_request = before_request

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        self._before_request()
        try:
            return await super().handle_async_request(request)
        except ConnectionDropped:
            lost = httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        raise lost
