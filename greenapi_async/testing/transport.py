"""How clients of a test reach the fake server."""

from collections.abc import Callable

import httpx

from greenapi_async.sandbox import ConnectionDropped
from greenapi_async.sandbox.app import SandboxApp

__all__ = ["InProcessTransport", "socket_transport"]


class InProcessTransport(httpx.ASGITransport):
    """Calls the server in this process; a connection that it drops is lost as on the network."""

    def __init__(self, app: SandboxApp, begin: Callable[[], object] = lambda: None) -> None:
        super().__init__(app)
        self._begin = begin

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        self._begin()
        try:
            return await super().handle_async_request(request)
        except ConnectionDropped:
            lost = httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        raise lost


def socket_transport() -> httpx.AsyncHTTPTransport:
    """Make connections that end with their answer, so that a test leaves none open, whoever forgets to close."""
    return httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0), trust_env=False)
