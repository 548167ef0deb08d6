"""Parts that the ASGI 3 apps of the package share."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

__all__ = ["Event", "Receive", "Scope", "Send", "respond", "serve_connection"]

Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
ASGI: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


async def respond(send: Send, status: int, headers: Iterable[tuple[str, str]], body: bytes = b"") -> None:
    """Send a complete response.

    Args:
        send: Sends an event to the web server.
        status: HTTP status.
        headers: Its headers, without ``content-length``.
        body: Its body.
    """
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
    encoded.append((b"content-length", str(len(body)).encode()))
    try:
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": body} if body else {"type": "http.response.body"})
    except OSError:
        pass  # ASGI lets a web server raise OSError if the client has disconnected


async def serve_connection(app: ASGI, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one connection: HTTP by an app; WebSocket connections are closed, unknown scopes are ignored.

    Args:
        app: Responds to an HTTP request.
        scope: Details of the connection.
        receive: Returns the next event from the web server.
        send: Sends an event to the web server.
    """
    if scope["type"] == "http":
        await app(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _run_lifespan(receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})


async def _run_lifespan(receive: Receive, send: Send) -> None:
    """Confirm the startup and the shutdown of the web server; the app does nothing then."""
    while True:
        event_type = (await receive())["type"]
        await send({"type": f"{event_type}.complete"})
        if event_type == "lifespan.shutdown":
            return
