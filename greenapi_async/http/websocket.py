"""Websocket client over an upgraded HTTP connection.

An async iterator that its body may leave at any moment must not hold a task or a cancel scope between two messages. So
frames are parsed here, by wsproto, and read only while a message is awaited.
"""

import base64
import functools
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar, cast

from greenapi_async.errors import MissingExtraError, TransportError

try:
    from wsproto.connection import Connection, ConnectionType
    from wsproto.events import CloseConnection, Ping, TextMessage
except ImportError:
    raise MissingExtraError("ws", "wsproto") from None

__all__ = ["Upgraded", "WebSocket", "upgrade_headers"]


T = TypeVar("T")


class Upgraded(Protocol):
    """Response with status 101."""

    extensions: Any

    async def aclose(self) -> None:
        """Close the connection."""
        ...


class _Stream(Protocol):
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes: ...
    async def write(self, buffer: bytes, timeout: float | None = None) -> None: ...


def upgrade_headers() -> tuple[tuple[str, str], ...]:
    """Return the headers of the handshake."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    return (
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-key", key),
        ("sec-websocket-version", "13"),
    )


class WebSocket:
    """Text messages of an upgraded connection."""

    def __init__(self, response: Upgraded, discard: Callable[[], Awaitable[None]]) -> None:
        self._response = response
        self._discard = discard
        self._stream = cast("_Stream", response.extensions["network_stream"])
        self._frames = Connection(ConnectionType.CLIENT)
        self._text = ""

    async def receive(self, seconds: float) -> str | None:
        """Return the next complete text, or None when the server closed the connection.

        Args:
            seconds: Time limit per read.

        Raises:
            TransportError: Nothing arrived in time, or the connection failed.
        """
        while True:
            for event in self._frames.events():
                if isinstance(event, TextMessage):
                    self._text += event.data
                    if event.message_finished:
                        text, self._text = self._text, ""
                        return text
                elif isinstance(event, Ping):
                    pong = self._frames.send(event.response())
                    await self._attempt(functools.partial(self._stream.write, pong, timeout=seconds))
                elif isinstance(event, CloseConnection):
                    return None
            read = functools.partial(self._stream.read, 64 * 1024, timeout=seconds)
            self._frames.receive_data(await self._attempt(read) or None)

    async def aclose(self) -> None:
        """Close the connection."""
        try:
            await self._response.aclose()
        finally:
            await self._discard()

    async def _attempt(self, use: Callable[[], Awaitable[T]]) -> T:
        """Use the stream; its errors, which differ between HTTP libraries, become ours."""
        try:
            return await use()
        except Exception as error:  # noqa: BLE001  raised again without its cause
            words = f"{type(error).__name__}: the connection of the websocket failed"
        raise TransportError(words)
