"""Linking a phone to the instance, and seeing that all is ready. Manual: 1.3.2 and 1.3.13."""

import json
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from greenapi_async.errors import (
    DecodeError,
    TransportError,
)
from greenapi_async.models.account import QR
from greenapi_async.models.states import QRType
from greenapi_async.serialization.converter import structure

if TYPE_CHECKING:
    from greenapi_async.http.websocket import WebSocket

__all__ = ["QRCodes"]

SILENCE = 110.0
"""Seconds without a word after which the websocket is given up; the server itself ends it after 100."""


class QRCodes:
    """The codes to scan, each valid for about 20 seconds, until the phone is linked or the server gives up after 100.

    Iterate with ``async for``; the last event is of another type than ``QRType.QR_CODE`` and tells how it ended.
    Leaving the loop early leaves the connection open until ``aclose``, the end of ``async with``, or the client's end.
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
        text = await self._socket.receive(SILENCE)
        if text is None:
            await self.aclose()
            raise TransportError("the websocket ended without telling how; begin again", method="scanqrcode")
        try:
            event = _event(json.loads(text))
        except (ValueError, TypeError) as error:
            raise DecodeError(f"the websocket said something else: {error}", method="scanqrcode") from None
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
        """End it, and close the connection."""
        self._ended = True
        if self._socket is not None:
            await self._socket.aclose()


def _event(told: Any) -> QR:
    if isinstance(told, dict):
        fields = cast("dict[str, Any]", told)
        if isinstance(fields.get("message"), dict):
            return structure(QR, {**fields, "message": None, "accountData": fields["message"]})
    return structure(QR, told)
