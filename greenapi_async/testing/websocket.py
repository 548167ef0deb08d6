"""Websockets of the fake server without a network.

The client speaks the websocket protocol over an upgraded connection of its transport. Here that connection ends in this
process: its bytes become events of the ASGI app, and the events of the app become bytes.
"""

import math
from collections import deque
from contextlib import suppress
from typing import Any, cast

import anyio
import httpx
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Event, Ping, TextMessage

from greenapi_async.testing.background import BackgroundTask
from greenapi_async.testing.sandbox_api import SandboxApp

__all__ = ["connect_websocket"]

_CLEAN_UP = 5.0
"""Seconds that the app may take to end after the client has left."""


async def connect_websocket(app: SandboxApp, request: httpx.Request) -> httpx.Response:
    """Return the app's response to the handshake: 101 with the connection, or what it rejects it with.

    Args:
        app: The server.
        request: The handshake.
    """
    connection = _Connection(app, request)
    connection.task.start()
    await connection.answered.wait()
    if connection.rejection is not None:
        return connection.rejection
    return httpx.Response(101, request=request, stream=_Owner(connection), extensions={"network_stream": connection})


class _Owner(httpx.AsyncByteStream):
    """The empty body of the response with status 101; closing it closes the connection."""

    def __init__(self, connection: "_Connection") -> None:
        self._connection = connection

    async def aclose(self) -> None:
        self._connection.client_left()
        with anyio.move_on_after(_CLEAN_UP):  # or a test that ends now leaves the app's tasks behind
            await self._connection.task.finished.wait()


class _Connection:
    """A connection: the client's ``network_stream`` on one side, the ASGI app on the other."""

    def __init__(self, app: SandboxApp, request: httpx.Request) -> None:
        self.answered = anyio.Event()
        self.rejection: httpx.Response | None = None
        self.task = BackgroundTask(self._serve, lambda _: None)
        self._app = app
        self._request = request
        self._frames = Connection(ConnectionType.SERVER)
        self._text = ""
        self._to_app, self._from_client = anyio.create_memory_object_stream[Any](math.inf)
        self._to_client: deque[bytes] = deque()
        self._readable = anyio.Event()
        self._to_app.send_nowait({"type": "websocket.connect"})

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  no part is larger
        """Return the next bytes from the server; nothing when it has closed the connection."""
        with anyio.fail_after(timeout):
            while not self._to_client:
                self._readable = anyio.Event()
                await self._readable.wait()
        return self._to_client[0] and self._to_client.popleft()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  it never waits
        """Pass bytes to the server."""
        if self._to_client and not self._to_client[-1]:
            raise ConnectionError("the server has closed the connection")
        self._frames.receive_data(buffer)
        for event in self._frames.events():
            if isinstance(event, TextMessage):
                self._text += event.data
                if event.message_finished:
                    self._to_app.send_nowait({"type": "websocket.receive", "text": self._text})
                    self._text = ""
            elif isinstance(event, Ping):
                self._send(event.response())
            elif isinstance(event, CloseConnection):
                if self._frames.state is ConnectionState.REMOTE_CLOSING:
                    self._send(event.response())
                self.client_left(event.code)

    def client_left(self, code: int = 1006) -> None:
        """Send the disconnection of the client to the app."""
        with suppress(anyio.ClosedResourceError):  # the app has ended first
            self._to_app.send_nowait({"type": "websocket.disconnect", "code": code})

    async def _serve(self) -> None:
        url = self._request.url
        scope: dict[str, Any] = {
            "type": "websocket",
            "path": url.path,
            "raw_path": url.raw_path,
            "query_string": url.query,
            "headers": [(name.lower(), value) for name, value in self._request.headers.raw],
            "extensions": {"websocket.http.response": {}},
        }
        try:
            await self._app(scope, self._from_client.receive, self._receive_from_app)
        finally:
            self._to_app.close()
            self._from_client.close()
            self.answered.set()
            self._push(b"")

    async def _receive_from_app(self, message: Any) -> None:
        kind = message["type"]
        if kind == "websocket.http.response.start":
            headers: list[tuple[bytes, bytes]] = [*message["headers"]]
            self.rejection = httpx.Response(message["status"], headers=headers, request=self._request)
        elif kind == "websocket.http.response.body" and self.rejection is not None:
            status, raw = self.rejection.status_code, self.rejection.headers.raw
            self.rejection = httpx.Response(status, headers=raw, content=message["body"], request=self._request)
        elif kind == "websocket.send":
            self._send(TextMessage(data=cast("str", message["text"])))
        elif kind == "websocket.close":
            self._send(CloseConnection(code=message.get("code", 1000), reason=message.get("reason") or None))
        self.answered.set()

    def _send(self, event: Event) -> None:
        if self._frames.state in {ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING}:
            self._push(self._frames.send(event))

    def _push(self, data: bytes) -> None:
        self._to_client.append(data)
        self._readable.set()
