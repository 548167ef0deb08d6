"""Websocket client over an upgraded HTTP connection.

An async iterator that its body may leave at any moment must not hold a task or a cancel scope between two messages. So
frames are parsed here, by wsproto, and read only while a message is awaited.

One task may receive while others send. A connection that dies without a word is found by a ping: ``receive`` sends one
when nothing has arrived for a while.
"""

import base64
import functools
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar, cast

import anyio

from greenapi_async.errors import MissingExtraError, TransportError

try:
    from wsproto.connection import Connection, ConnectionState, ConnectionType
    from wsproto.events import CloseConnection, Event, Ping, TextMessage
    from wsproto.utilities import LocalProtocolError
except ImportError:
    raise MissingExtraError("ws", "wsproto") from None

__all__ = ["Upgraded", "WebSocket", "upgrade_headers"]

T = TypeVar("T")

_GOODBYE = 1.0
"""Seconds that sending a close frame may take."""


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
    """Text messages of an upgraded connection.

    Attributes:
        close_code: Code with which the server closed the connection, 1006 if it was lost; None while it is open.
        close_reason: The server's words, if any.
        on_closed: Called when this side has closed it.
    """

    def __init__(
        self, response: Upgraded, discard: Callable[[], Awaitable[None]], mask: Callable[[str], str] = str
    ) -> None:
        """Use an upgraded connection.

        Args:
            response: Response with status 101.
            discard: Gives up the connection.
            mask: Masks the token in a text from the server, which may echo the URL.
        """
        self.close_code: int | None = None
        self.close_reason = ""
        self.on_closed: Callable[[], None] = lambda: None
        self._response = response
        self._discard = discard
        self._mask = mask
        self._stream = cast("_Stream", response.extensions["network_stream"])
        self._frames = Connection(ConnectionType.CLIENT)
        self._writing = anyio.Lock()
        self._text = ""

    async def receive(self, seconds: float, *, ping: bool = False) -> str | None:
        """Return the next complete text, or None when the server closed the connection.

        Args:
            seconds: Time limit per read.
            ping: Whether to send a ping when nothing arrived in time, and to wait once more.

        Raises:
            TransportError: Nothing arrived in time, or the connection failed.
        """
        while self.close_code is None:
            for event in self._frames.events():
                if isinstance(event, TextMessage):
                    self._text += event.data
                    if event.message_finished:
                        text, self._text = self._text, ""
                        return self._mask(text)
                elif isinstance(event, Ping):
                    await self._write(event.response(), seconds)
                elif isinstance(event, CloseConnection):
                    self.close_code, self.close_reason = event.code, self._mask(event.reason or "")
                    if self._frames.state is ConnectionState.REMOTE_CLOSING:
                        await self._answer_close(event)
                    return None
            self._frames.receive_data(await self._read(seconds, ping=ping) or None)
        return None

    async def send(self, text: str, seconds: float) -> None:
        """Send a text.

        Args:
            text: The text.
            seconds: Time limit.

        Raises:
            TransportError: The connection is closed, or failed.
        """
        await self._write(TextMessage(data=text), seconds)

    async def aclose(self) -> None:
        """Close the connection."""
        try:
            if self._frames.state is ConnectionState.OPEN:
                with suppress(TransportError):  # the server need not hear it
                    await self._write(CloseConnection(code=1000), _GOODBYE)
            await self._response.aclose()
        finally:
            self.on_closed()
            await self._discard()

    async def _answer_close(self, event: CloseConnection) -> None:
        with suppress(TransportError):  # the server has said all it had to say
            await self._write(event.response(), _GOODBYE)

    async def _read(self, seconds: float, *, ping: bool) -> bytes:
        for last in (False, True) if ping else (True,):
            read = functools.partial(self._stream.read, 64 * 1024, timeout=None)
            with anyio.move_on_after(seconds):
                return await self._attempt(read)
            if not last:
                await self._write(Ping(), seconds)
        raise TransportError(f"no data from the websocket within {seconds:g} s")

    async def _write(self, event: Event, seconds: float) -> None:
        async with self._writing:
            try:
                data = self._frames.send(event)
            except LocalProtocolError:  # closed while this was waiting
                data = b""
            if not data:
                raise TransportError("the websocket is closed")
            await self._attempt(functools.partial(self._stream.write, data, timeout=seconds))

    async def _attempt(self, use: Callable[[], Awaitable[T]]) -> T:
        """Use the stream; its errors, which differ between HTTP libraries, become ours."""
        try:
            return await use()
        except Exception as error:  # noqa: BLE001  raised again without its cause
            words = f"{type(error).__name__}: the connection of the websocket failed"
        raise TransportError(words)
