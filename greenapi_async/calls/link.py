"""The websocket of voice calls, which is connected again until the server refuses it for good.

Frames are handled strictly in order: the handler of one returns before the next is read. After a loss the wait before
the next attempt is 0.5 s, doubled each time up to 10 s, without end. A close code from 4000 to 4999 is the server's
refusal, and so is an error that needs a human, such as a wrong token.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

import anyio

from greenapi_async.errors import GreenAPIError, RefusedError, TransportError
from greenapi_async.http.retry import RetryPolicy, needs_intervention

if TYPE_CHECKING:
    from greenapi_async.http.websocket import WebSocket

__all__ = ["Connect", "Link", "LinkHandler", "reconnect_delay"]

logger = logging.getLogger("greenapi_async")

Connect = Callable[[object, RetryPolicy | None], Awaitable["WebSocket"]]
"""Opens a websocket for an owner, with a policy for failures."""

LOST = 1006
"""Close code of a connection that ended without one."""
_REFUSALS = range(4000, 5000)
_IDLE = 20.0
"""Seconds without a frame after which the server is pinged."""
_SEND = 10.0
"""Seconds that sending a frame may take."""


class LinkHandler(Protocol):
    """Handler of the events of a link, one at a time."""

    async def on_connected(self) -> None:
        """Handle a new connection."""
        ...

    async def on_frame(self, text: str) -> None:
        """Handle a frame."""
        ...

    async def on_lost(self, code: int, reason: str, *, permanent: bool) -> None:
        """Handle the end of a connection."""
        ...


def reconnect_delay(attempt: int) -> float:
    """Return the seconds to wait before an attempt to connect again; the first is number 1."""
    return float(min(0.5 * 2 ** min(attempt - 1, 10), 10.0))


class Link:
    """One websocket after the other.

    Attributes:
        failure: Why there will be no further connection; None otherwise.
    """

    def __init__(self, connect: Connect, handler: LinkHandler) -> None:
        self.failure: GreenAPIError | None = None
        self._connect = connect
        self._handler = handler
        self._socket: WebSocket | None = None

    @property
    def is_connected(self) -> bool:
        """True while there is a connection."""
        return self._socket is not None

    async def open(self) -> None:
        """Connect for the first time.

        Raises:
            GreenAPIError: The server cannot be reached or declines.
        """
        self._socket = await self._connect(self, None)

    async def run(self) -> None:
        """Handle frames and connect again, until the server refuses; ``failure`` then says why."""
        while self.failure is None:
            if self._socket is None:
                await self._reconnect()
            else:
                await self._handler.on_connected()
                await self._read(self._socket)

    async def send(self, text: str) -> None:
        """Send a frame.

        Raises:
            TransportError: There is no connection, or it failed.
        """
        if self._socket is None:
            raise TransportError("the websocket of the calls is not connected", method="callsRtc")
        await self._socket.send(text, _SEND)

    async def aclose(self) -> None:
        """Close the connection."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.aclose()

    async def _read(self, socket: "WebSocket") -> None:
        try:
            while (text := await socket.receive(_IDLE, ping=True)) is not None:
                await self._handler.on_frame(text)
            code, reason = socket.close_code or LOST, socket.close_reason
        except TransportError as error:
            code, reason = LOST, error.reason
        self._socket = None
        await socket.aclose()
        permanent = code in _REFUSALS
        if permanent:
            self.failure = RefusedError(reason or f"the server closed the websocket ({code})", method="callsRtc")
            self.failure.advice = "Check that calls are part of the instance's plan and switched on."
        await self._handler.on_lost(code, reason, permanent=permanent)

    async def _reconnect(self) -> None:
        attempt = 0
        while self._socket is None and self.failure is None:
            attempt += 1
            await anyio.sleep(reconnect_delay(attempt))
            try:
                self._socket = await self._connect(self, lambda _: None)
            except RuntimeError as error:  # the client was closed
                self.failure = TransportError(str(error), method="callsRtc", permanent=True)
                await self._handler.on_lost(LOST, str(error), permanent=True)
            except GreenAPIError as error:
                logger.debug("callsRtc: attempt %d to connect again failed: %s", attempt, error)
                if needs_intervention(error):
                    self.failure = error
                    await self._handler.on_lost(LOST, error.reason, permanent=True)
