"""The server's side of a call's audio: a WebRTC peer that plays a line and records what it receives into it.

Importing this module needs aiortc, and using it needs asyncio.
"""

import asyncio
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, cast

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame, AudioResampler

from greenapi_async.sandbox.simulation.voice_calls import SAMPLE_RATE, Line

__all__ = ["VoicePeer"]

FRAME_SECONDS: Final = 0.02
FRAME_SAMPLES: Final = round(SAMPLE_RATE * FRAME_SECONDS)


class _Voice(MediaStreamTrack):
    """Audio of the contact, in real time."""

    kind = "audio"

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line
        self._began_at: float | None = None
        self._sent = 0

    async def recv(self) -> AudioFrame:
        """Return the next 20 ms."""
        now = asyncio.get_running_loop().time()
        self._began_at = now if self._began_at is None else self._began_at
        await asyncio.sleep(max(self._began_at + self._sent * FRAME_SECONDS - now, 0))
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        frame.planes[0].update(self._line.take(2 * FRAME_SAMPLES))
        frame.sample_rate, frame.pts, frame.time_base = (
            SAMPLE_RATE,
            self._sent * FRAME_SAMPLES,
            Fraction(1, SAMPLE_RATE),
        )
        self._sent += 1
        return frame


class VoicePeer:
    """A peer that answers one offer."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._listening: asyncio.Task[None] | None = None
        self._connection.on("track", self._listen)
        self._connection.on("connectionstatechange", self._connection_changed)

    async def answer(self, sdp: str) -> str:
        """Return the SDP of the answer to an offer.

        Args:
            sdp: The SDP of the offer.

        Raises:
            ValueError: It is not an offer of audio.
        """
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        except Exception as error:  # the parser of SDP raises anything
            raise ValueError(str(error) or type(error).__name__) from error
        self._connection.addTrack(_Voice(self._line))
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return self._connection.localDescription.sdp

    def candidates(self) -> list[dict[str, Any]]:
        """Return the candidates of the answer as the websocket sends them."""
        lines = self._connection.localDescription.sdp.splitlines()
        found = [line.removeprefix("a=") for line in lines if line.startswith("a=candidate:")]
        return [{"candidate": candidate, "sdpMid": "0", "sdpMLineIndex": 0} for candidate in found]

    async def add(self, candidate: Mapping[str, Any]) -> None:
        """Add a candidate of the other side; an empty one is the last."""
        text = str(candidate.get("candidate") or "").removeprefix("candidate:")
        parsed = candidate_from_sdp(text) if text else None
        if parsed is not None:
            parsed.sdpMid, parsed.sdpMLineIndex = candidate.get("sdpMid"), candidate.get("sdpMLineIndex")
        await self._connection.addIceCandidate(parsed)

    async def close(self) -> None:
        """End the audio."""
        self._line.is_connected = False
        if self._listening is not None:
            self._listening.cancel()
        await self._connection.close()

    def _connection_changed(self) -> None:
        self._line.is_connected = self._connection.connectionState == "connected"

    def _listen(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.ensure_future(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        while True:
            try:
                frame: AudioFrame = await cast("Any", track).recv()  # aiortc types it as any frame or packet
            except MediaStreamError:
                return
            for mono in resampler.resample(frame):
                self._line.hear(bytes(mono.planes[0])[: 2 * mono.samples])
