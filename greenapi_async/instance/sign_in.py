"""Sign-in: linking a phone to the instance by QR code. Source: manual 1.3.2."""

import json
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from greenapi_async.errors import DecodeError, TransportError
from greenapi_async.models.account import QR
from greenapi_async.models.states import QRType
from greenapi_async.serialization.converter import structure

if TYPE_CHECKING:
    from greenapi_async.http.websocket import WebSocket

__all__ = ["QRCodes"]

IDLE_TIMEOUT = 110.0
"""Seconds without a message until the WebSocket is given up; the server closes it after 100."""


class QRCodes:
    """Async iterator over QR codes to scan, until the phone is linked or the server gives up after 100 seconds.

    Each code is valid for about 20 seconds. The last event has a type other than ``QRType.QR_CODE``, which is the
    result. If the loop is left early, the connection stays open until ``aclose``, the end of ``async with``, or until
    the client is closed.

    Raises:
        TransportError: The WebSocket failed, or closed without a final event.
        DecodeError: The server sent an unexpected message.

    Example:
        >>> async with client.scan_qr_code() as codes:
        ...     async for event in codes:
        ...         print(event.type, event.message)

    Source: manual 1.3.2, "Получить QR-код через websocket".
    """

    def __init__(self, connect: Callable[[], Awaitable["WebSocket"]]) -> None:
        self._connect = connect
        self._socket: WebSocket | None = None
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> QR:
        if self._ended:
            raise StopAsyncIteration
        if self._socket is None:
            self._socket = await self._connect()
        text = await self._socket.receive(IDLE_TIMEOUT)
        if text is None:
            await self.aclose()
            raise TransportError("the WebSocket closed without a final event; start again", method="scanqrcode")
        try:
            event = _parse_event(json.loads(text))
        except (ValueError, TypeError) as error:
            raise DecodeError(f"unexpected message on the WebSocket: {error}", method="scanqrcode") from None
        if event.type != QRType.QR_CODE:
            await self.aclose()
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the iteration and close the connection."""
        self._ended = True
        if self._socket is not None:
            await self._socket.aclose()


def _parse_event(event: Any) -> QR:
    if isinstance(event, dict):
        fields = cast("dict[str, Any]", event)
        if isinstance(fields.get("message"), dict):
            return structure(QR, {**fields, "message": None, "accountData": fields["message"]})
    return structure(QR, event)
