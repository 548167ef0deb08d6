"""The audio connection of a session: one bridge after the other, made anew when it is lost."""

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio

from greenapi_async.calls.call import Call
from greenapi_async.calls.events import CallFailure
from greenapi_async.calls.frames import STOP, Answer, Candidate
from greenapi_async.calls.link import Link, reconnect_delay
from greenapi_async.errors import CallAudioError, CallEndedError, GreenAPIError, TransportError
from greenapi_async.models.calls import IceServer

if TYPE_CHECKING:
    from greenapi_async.calls.bridge import Bridge

__all__ = ["AudioConnection"]

logger = logging.getLogger("greenapi_async")

_ANSWER = 30.0
"""Seconds from an offer to its answer."""
_RESTORE_ATTEMPTS = 4


class AudioConnection:
    """Makes and drops bridges; what is late for a bridge that was dropped reaches nothing."""

    def __init__(
        self,
        get_servers: Callable[[], Awaitable[list[IceServer]]],
        link: Link,
        tell: Callable[[CallFailure | None], None],
        restore: Callable[[Call], None],
    ) -> None:
        """Create it; nothing is connected yet.

        Args:
            get_servers: Returns the STUN and TURN servers.
            link: The websocket.
            tell: Called at each change, with what failed.
            restore: Starts ``restore`` in the background.
        """
        self._get_servers = get_servers
        self._link = link
        self._tell = tell
        self._start_restoring = restore
        self._bridge: Bridge | None = None
        self._call: Call | None = None
        self._changes = anyio.Lock()

    @property
    def is_being_made(self) -> bool:
        """True from an offer to its answer."""
        return self._bridge is not None and not self._bridge.is_up

    def is_up(self, call: Call) -> bool:
        """Return whether the audio of a call is connected."""
        return self._bridge is not None and self._bridge.is_up and call is self._call

    async def connect(self, call: Call) -> None:
        """Connect the audio of a call; see ``Call.connect_audio``."""
        from greenapi_async.calls.bridge import Bridge  # noqa: PLC0415  needs the extra voip

        async with self._changes:
            await self.drop(stop=True)
            servers = await self._get_servers()
            if call.is_over:
                raise CallEndedError(call.end_reason or "the call is over", method="callsRtc")
            if not self._link.is_connected:
                raise CallAudioError("the websocket of the calls is not connected", method="callsRtc")
            self._call = call
            self._bridge = bridge = Bridge(servers, call.audio, self._link.send, self._on_broken)
            try:
                await _connected(bridge)
            except BaseException:
                if self._bridge is bridge:
                    await self.drop(stop=False)
                raise
            call.audio.failure = None
            self._tell(None)

    async def disconnect(self, call: Call) -> None:
        """Disconnect the audio of a call; see ``Call.disconnect_audio``."""
        async with self._changes:
            call.audio.failure = CallAudioError("the audio was disconnected", method="callsRtc")
            await self.drop(stop=True)

    async def restore(self, call: Call) -> None:
        """Offer the audio of a call anew, until it works, the call is over, or it has failed too often."""
        reason = ""
        for attempt in range(1, _RESTORE_ATTEMPTS + 1):
            try:
                await self.connect(call)
            except CallEndedError:
                return
            except GreenAPIError as error:
                reason = error.reason
                self._tell(CallFailure(reason))
                await anyio.sleep(reconnect_delay(attempt))
            else:
                return
            if call.is_over or not self._link.is_connected:
                return  # the next connection begins anew
        call.audio.failure = CallAudioError(reason, method="callsRtc")
        self._tell(None)

    async def take(self, frame: Answer | Candidate) -> None:
        """Pass a frame to the bridge, if there is one; the bridge is dropped if it cannot use the frame."""
        bridge, call = self._bridge, self._call
        if bridge is None or call is None:
            return
        try:
            if isinstance(frame, Answer):
                await bridge.answer(frame.sdp)
            else:
                await bridge.add(frame)
        except CallAudioError as error:
            call.audio.failure = error
            bridge.fail(error)
            await self.drop(stop=True)
            self._tell(CallFailure(error.reason))

    def fail(self, error: GreenAPIError) -> None:
        """End the wait for an answer with an error."""
        if self._bridge is not None:
            self._bridge.fail(error)

    async def drop(self, *, stop: bool) -> None:
        """Close the bridge, if there is one.

        Args:
            stop: Whether to tell the server.
        """
        bridge, self._bridge = self._bridge, None
        if bridge is None:
            return
        if stop:
            try:
                await self._link.send(STOP)
            except TransportError as error:
                logger.debug("callsRtc: the end of the audio could not be told: %s", error)
        await bridge.aclose()
        self._tell(None)

    def _on_broken(self, bridge: "Bridge") -> None:
        """Handle the loss of the audio while the websocket is connected."""
        if bridge is self._bridge and self._call is not None:
            self._tell(CallFailure("the audio connection was lost"))
            self._start_restoring(self._call)


async def _connected(bridge: "Bridge") -> None:
    """Wait until a bridge is connected."""
    with anyio.move_on_after(_ANSWER):
        await bridge.connect()
        return
    raise CallAudioError(f"the server did not answer the offer within {_ANSWER:g} s", method="callsRtc")
