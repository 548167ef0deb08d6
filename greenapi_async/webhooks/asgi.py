"""A receiver as an ASGI 3 app, without any framework."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, Protocol, TypeAlias

from greenapi_async.webhooks.body import Body
from greenapi_async.webhooks.request_checks import Headers
from greenapi_async.webhooks.response import Answer

__all__ = ["ASGIApp", "Handle"]

Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]


class Handle(Protocol):
    """What takes a request; see ``WebhookReceiver.handle``."""

    async def __call__(self, method: str, headers: Headers, body: Body, remote_address: str | None) -> Answer:
        """Take a request."""
        ...


class _GoneError(Exception):
    """The caller has gone in the middle of its body."""


class ASGIApp:
    """Serves every path; what is no HTTP request is let go."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, as ASGI calls it."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        answer = await self._handle(scope["method"], scope["headers"], _pieces(receive), client[0] if client else None)
        headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
        headers.append((b"content-length", b"0"))
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body"})
        except OSError:
            pass  # the caller has gone, as the specification lets a server tell


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _GoneError
        yield event.get("body", b"")
        more = event.get("more_body", False)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        word = (await receive())["type"]
        await send({"type": f"{word}.complete"})
        if word == "lifespan.shutdown":
            return
