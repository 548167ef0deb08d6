"""Adapter from a receiver to an ASGI 3 app, without a framework."""

from collections.abc import Awaitable, Callable
from typing import Self, TypeAlias

from greenapi_async._internal.asgi import Receive, Scope, Send, respond, serve_connection
from greenapi_async.webhooks.body import Body
from greenapi_async.webhooks.request_checks import Headers
from greenapi_async.webhooks.response import WebhookResponse

__all__ = ["ASGIApp", "Handle"]

Handle: TypeAlias = Callable[[str, Headers, Body, str | None], Awaitable[WebhookResponse]]
"""Signature of ``WebhookReceiver.handle``."""


class _DisconnectError(Exception):
    """The client disconnected before the body was complete."""


class ASGIApp:
    """ASGI app that serves every path. WebSocket connections are closed, unknown scopes are ignored."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, as defined by ASGI.

        Args:
            scope: Details of the connection.
            receive: Returns the next event from the web server.
            send: Sends an event to the web server.
        """
        await serve_connection(self._respond, scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        peer = client[0] if client else None
        response = await self._handle(scope["method"], scope["headers"], _Chunks(receive), peer)
        await respond(send, response.status, response.headers.items())


class _Chunks:
    """Chunks of a body; cheaper than an asynchronous generator."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_complete = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._is_complete:
            raise StopAsyncIteration
        event = await self._receive()
        if event["type"] == "http.disconnect":
            raise _DisconnectError
        self._is_complete = not event.get("more_body", False)
        chunk: bytes = event.get("body", b"")
        return chunk
