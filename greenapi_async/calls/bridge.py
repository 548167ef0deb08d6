"""The WebRTC connection of a call's audio. Importing this module needs the extra ``voip``, using it asyncio.

We always offer, for incoming and outgoing calls alike. aiortc gathers the candidates before the offer is sent, so its
SDP holds them; each is sent once more in a frame of its own, as the server expects. A bridge is used once: after a loss
a new one is made, and what still arrives for the old one reaches nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from fractions import Fraction
from typing import Any, Final, cast

import anyio

from greenapi_async._internal.concurrency import run_to_completion
from greenapi_async.calls.audio import BLOCK_BYTES, BLOCK_SECONDS, SAMPLE_RATE, CallAudio
from greenapi_async.calls.frames import Candidate, candidate_frame, offer_frame
from greenapi_async.calls.resampling import pcm_of
from greenapi_async.errors import CallAudioError, GreenAPIError, MissingExtraError, TransportError
from greenapi_async.models.calls import IceServer

try:
    from aiortc import (
        RTCConfiguration,
        RTCIceServer,
        RTCPeerConnection,
        RTCSessionDescription,
    )
    from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
    from aiortc.sdp import candidate_from_sdp
    from av import AudioFrame, AudioResampler
except ImportError:
    raise MissingExtraError("voip", "aiortc") from None

__all__ = ["Bridge", "local_candidates"]

logger = logging.getLogger("greenapi_async")

_BLOCK_SAMPLES: Final = BLOCK_BYTES // 2
_CLOSE: Final = 5.0
_LAG: Final = 0.2
"""Seconds behind the clock after which the outgoing audio jumps ahead instead of catching up."""
_LONGEST_GAP: Final = 5.0
"""Seconds of lost audio that are replaced by silence; a longer gap is a jump of the other side's clock."""


class Bridge:
    """One WebRTC connection.

    Attributes:
        is_up: True once the server has answered the offer, until it is closed.
    """

    def __init__(
        self,
        servers: Sequence[IceServer],
        audio: CallAudio,
        send: Callable[[str], Awaitable[None]],
        on_broken: Callable[["Bridge"], None],
    ) -> None:
        """Create a connection; nothing is sent yet.

        Args:
            servers: STUN and TURN servers.
            audio: What is sent and who listens.
            send: Sends a frame.
            on_broken: Called when the connection is lost.
        """
        self.is_up = False
        self._audio = audio
        self._send = send
        self._on_broken = on_broken
        self._closed = False
        self._settled = anyio.Event()
        self._error: GreenAPIError | None = None
        self._early: list[Candidate] = []
        self._hearing: asyncio.Task[None] | None = None
        self._closing: asyncio.Future[None] | None = None
        ice = [
            RTCIceServer(urls=each.urls, username=each.username, credential=each.credential)
            for each in servers
            if each.urls
        ]
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=ice))
        self._peer.on("track", self._on_track)
        self._peer.on("connectionstatechange", self._on_state)

    async def connect(self) -> None:
        """Offer, and wait for the answer.

        Raises:
            GreenAPIError: The server refused, or the call or the websocket ended meanwhile.
        """
        sdp = await self._offer()
        try:
            await self._send(offer_frame(sdp))
            for candidate in local_candidates(sdp):
                await self._send(candidate_frame(candidate))
        except TransportError as error:  # the loss of the websocket settles it
            logger.debug("callsRtc: the offer could not be sent: %s", error)
        await self._settled.wait()
        if self._error is not None:
            raise self._error

    async def _offer(self) -> str:
        """Return the SDP of the offer, with all our candidates."""
        try:
            self._peer.addTrack(_Outgoing(self._audio))
            await self._peer.setLocalDescription(await self._peer.createOffer())
            sdp: str = self._peer.localDescription.sdp
        except Exception as error:  # a malformed URL of a server, or a server that does not let us in  # noqa: BLE001
            problem = f"no offer could be made with the servers of callsGetIceServers ({type(error).__name__})"
        else:
            return sdp
        raise CallAudioError(problem, method="callsRtc")

    async def answer(self, sdp: str) -> None:
        """Take the server's answer.

        Raises:
            CallAudioError: It cannot be used.
        """
        if self._settled.is_set():
            return  # a second answer
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        except Exception as error:  # the parser of SDP raises anything  # noqa: BLE001
            problem = f"the server's answer cannot be used ({type(error).__name__})"
        else:
            early, self._early = self._early, []
            self.is_up = True
            for candidate in early:
                await self.add(candidate)
            self._settled.set()
            return
        raise CallAudioError(problem)

    async def add(self, candidate: Candidate) -> None:
        """Add a candidate of the server; before the answer it is kept.

        Raises:
            CallAudioError: It cannot be used.
        """
        if not self.is_up:
            self._early.append(candidate)
            return
        parsed = None
        try:
            if candidate.candidate:
                parsed = candidate_from_sdp(candidate.candidate.removeprefix("candidate:"))
                parsed.sdpMid, parsed.sdpMLineIndex = candidate.mid, candidate.index
            await self._peer.addIceCandidate(parsed)
        except (ValueError, AssertionError, IndexError) as error:
            problem = f"the server's candidate cannot be used ({type(error).__name__})"
        else:
            return
        raise CallAudioError(problem)

    def fail(self, error: GreenAPIError) -> None:
        """End the wait for the answer with an error."""
        self._error = self._error or error
        self._settled.set()

    async def aclose(self) -> None:
        """Close the connection, without telling the server."""
        self._closed = True
        self.is_up = False
        if self._hearing is not None:
            self._hearing.cancel()
        try:
            await run_to_completion(self._close_peer, _CLOSE)
        except TimeoutError:
            logger.warning("callsRtc: the audio connection was not closed within %g s", _CLOSE)

    async def _close_peer(self) -> None:
        """Close aiortc's connection in a task of its own: its ``close`` never ends if it is cancelled and repeated."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._peer.close())
        await asyncio.shield(self._closing)

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._hearing = asyncio.ensure_future(self._hear(track))

    def _on_state(self) -> None:
        if self._peer.connectionState == "failed" and not self._closed:
            self._on_broken(self)

    async def _hear(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        expected: float | None = None
        while True:
            try:
                frame: AudioFrame = await cast("Any", track).recv()  # aiortc types it as any frame or packet
            except MediaStreamError:
                return
            if self._closed:
                return
            begin = frame.time or 0.0
            gap = 0.0 if expected is None else begin - expected
            if BLOCK_SECONDS / 2 < gap < _LONGEST_GAP:
                self._audio.hear(bytes(round(gap * SAMPLE_RATE) * 2))
            expected = begin + frame.samples / frame.sample_rate
            for mono in resampler.resample(frame):
                self._audio.hear(pcm_of(mono))


class _Outgoing(MediaStreamTrack):
    """Our audio, a block every 20 ms by the clock of the event loop."""

    kind = "audio"

    def __init__(self, audio: CallAudio) -> None:
        super().__init__()
        self._audio = audio
        self._began_at: float | None = None
        self._blocks = 0

    async def recv(self) -> AudioFrame:
        """Return the next block when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        now = asyncio.get_running_loop().time()
        self._began_at = now if self._began_at is None else self._began_at
        wait = self._began_at + self._blocks * BLOCK_SECONDS - now
        if wait > 0:
            await asyncio.sleep(wait)
        elif wait < -_LAG:  # the event loop was blocked
            self._blocks += int(-wait / BLOCK_SECONDS)
        frame = AudioFrame(format="s16", layout="mono", samples=_BLOCK_SAMPLES)
        frame.planes[0].update(self._audio.next_block())
        frame.sample_rate, frame.pts, frame.time_base = (
            SAMPLE_RATE,
            self._blocks * _BLOCK_SAMPLES,
            Fraction(1, SAMPLE_RATE),
        )
        self._blocks += 1
        return frame


def local_candidates(sdp: str) -> list[Candidate]:
    """Return the candidates in an SDP, each with the id and the index of its section."""
    found: list[tuple[str, int]] = []
    mids: dict[int, str] = {}
    index = -1
    for line in sdp.splitlines():
        if line.startswith("m="):
            index += 1
        elif line.startswith("a=mid:"):
            mids[index] = line.removeprefix("a=mid:")
        elif line.startswith("a=candidate:"):
            found.append((line.removeprefix("a="), index))
    return [Candidate(text, mids.get(section), section) for text, section in found]
