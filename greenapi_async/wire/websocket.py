"""One message after another from a websocket, without a task in the background.

An iterator that a body may leave at any moment must hold no task and no cancel scope between two messages. So the
frames are read here, by wsproto over the connection that was upgraded, only while a message is waited for.
"""

import base64
import secrets
from importlib.util import find_spec
from typing import Any, Protocol, cast

from greenapi_async.errors import InvalidArgumentError, TransportError

__all__ = ["Upgraded", "WebSocket", "upgrade_headers"]


class Upgraded(Protocol):
    """A response with status 101."""

    extensions: Any

    async def aclose(self) -> None:
        """Close the connection."""
        ...


class _Stream(Protocol):
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes: ...
    async def write(self, buffer: bytes, timeout: float | None = None) -> None: ...


def upgrade_headers() -> tuple[tuple[str, str], ...]:
    """Give what asks for a websocket; raises ``InvalidArgumentError`` where wsproto is missing."""
    if find_spec("wsproto") is None:
        raise InvalidArgumentError("websockets need the extra ws: pip install 'greenapi-async[ws]'")
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    return (
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-key", key),
        ("sec-websocket-version", "13"),
    )


class WebSocket:
    """The texts that come over an upgraded connection."""

    def __init__(self, response: Upgraded) -> None:
        from wsproto.connection import Connection, ConnectionType  # noqa: PLC0415  the extra ws

        self._response = response
        self._stream = cast("_Stream", response.extensions["network_stream"])
        self._frames = Connection(ConnectionType.CLIENT)
        self._text = ""

    async def receive(self, seconds: float) -> str | None:
        """Wait for the next whole text; None when the server has closed."""
        from wsproto.events import CloseConnection, Ping, TextMessage  # noqa: PLC0415  the extra ws

        while True:
            for event in self._frames.events():
                if isinstance(event, TextMessage):
                    self._text += event.data
                    if event.message_finished:
                        text, self._text = self._text, ""
                        return text
                elif isinstance(event, Ping):
                    await self._stream.write(self._frames.send(event.response()), timeout=seconds)
                elif isinstance(event, CloseConnection):
                    return None
            self._frames.receive_data(await self._read(seconds) or None)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._response.aclose()

    async def _read(self, seconds: float) -> bytes:
        import httpcore  # noqa: PLC0415  what httpx stands on, and whose errors its upgraded connections raise

        try:
            return await self._stream.read(64 * 1024, timeout=seconds)
        except (httpcore.TimeoutException, httpcore.NetworkError) as error:
            words = f"{type(error).__name__}: nothing more came over the websocket"
        raise TransportError(words)
