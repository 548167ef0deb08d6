"""In-process transport between a client and the fake server."""

from collections.abc import Callable

import httpx

from greenapi_async.testing.sandbox_api import ConnectionDropped, SandboxApp

__all__ = ["InProcessTransport"]


class InProcessTransport(httpx.ASGITransport):
    """Calls the server in this process; a dropped connection raises the same error as on a network."""

    def __init__(self, app: SandboxApp, before_request: Callable[[], object] = lambda: None) -> None:
        super().__init__(app)
        self._server = app
        self._before_request = before_request

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request to the server and return its response.

        Args:
            request: The request.

        Raises:
            httpx.RemoteProtocolError: The server dropped the connection.
        """
        self._before_request()
        if request.headers.get("upgrade") == "websocket":
            from greenapi_async.testing.websocket import connect_websocket  # noqa: PLC0415  needs the extra ws

            return await connect_websocket(self._server, request)
        try:
            return await super().handle_async_request(request)
        except ConnectionDropped:
            lost = httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        raise lost
