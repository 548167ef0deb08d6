"""One voice call, as the user of a session sees it."""

import logging
import os
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

import anyio

from greenapi_async._internal.concurrency import run_to_completion
from greenapi_async.calls.audio import AudioSource, CallAudio
from greenapi_async.calls.changes import Changes
from greenapi_async.calls.listening import CallRecording, HeardAudio, check_sample_rate
from greenapi_async.errors import (
    BadRequestError,
    CallAudioError,
    CallEndedError,
    GreenAPIError,
    TimeoutExpiredError,
)
from greenapi_async.methods.calls import CallMethods
from greenapi_async.models.calls import CallInfo
from greenapi_async.models.states import CallState, Direction

__all__ = ["CONNECTION_LOST", "Call", "CallSession"]

logger = logging.getLogger("greenapi_async")

CONNECTION_LOST = "connection-lost"
"""Reason of a call that may go on, but not for this session."""
_ACKNOWLEDGED = 10.0
"""Seconds from the acknowledgement of a command to its effect."""


class CallSession(Protocol):
    """Session of a call, as the call sees it."""

    methods: CallMethods
    changes: Changes
    with_audio: bool

    async def connect_audio(self, call: "Call") -> None:
        """Connect the audio of a call."""
        ...

    async def disconnect_audio(self, call: "Call") -> None:
        """Disconnect the audio of a call."""
        ...

    def has_audio(self, call: "Call") -> bool:
        """Return whether the audio of a call is connected."""
        ...


class Call:
    """A voice call of a session.

    As a context manager (``async with call:``) it is hung up at the end of the block.

    Attributes:
        id: Id of the call, equal to ``id_message`` of the notification ``IncomingCall``; None until it is known.
        chat_id: Chat id of the other side, ``...@c.us`` or ``...@lid``; None if the server does not give it.
        name: Its name; None if WhatsApp gives none.
        direction: Incoming or outgoing; None for a call that was found in progress.
        state: State of the call; ``CallState.IDLE`` once it is over.
        end_reason: Why it is over: the server's reason, or ``connection-lost``, or empty; None while it lasts.
    """

    def __init__(self, session: CallSession, info: CallInfo, direction: Direction | None, state: CallState) -> None:
        """Create the object of a call; sessions do this."""
        self.id = info.id
        self.chat_id = info.wid
        self.name = info.name or None
        self.direction = direction
        self.state: CallState | str = state
        self.end_reason: str | None = None
        self.audio = CallAudio()
        self._session = session
        self._talk = anyio.Lock()

    def __repr__(self) -> str:
        return f"<Call {self.id} {self.state}>"

    @property
    def is_over(self) -> bool:
        """True if the call has ended."""
        return self.end_reason is not None

    @property
    def has_audio(self) -> bool:
        """True while the audio is connected."""
        return self._session.has_audio(self)

    async def accept(self) -> None:
        """Accept the call and connect its audio.

        Raises:
            CallEndedError: The caller has given up, or another device took the call.
            CallAudioError: The audio could not be connected; the call goes on.
            TimeoutExpiredError: The server did not connect the call.
        """
        self._check_lasts()
        try:
            await self._session.methods.calls_accept()
        except GreenAPIError:
            if await self._state_on_server() is not CallState.TALKING:
                self._check_lasts()
                raise
        if self._session.with_audio:
            await self.connect_audio()
        await self._wait(lambda: self.state == CallState.TALKING, _ACKNOWLEDGED, "was accepted, but did not begin")

    async def reject(self) -> None:
        """Reject the call.

        Raises:
            TimeoutExpiredError: The server did not end the call.
        """
        await self.hang_up()

    async def hang_up(self) -> None:
        """End the call, or reject it if it is still ringing here; does nothing if it is over.

        Raises:
            TimeoutExpiredError: The server acknowledged it, but the call goes on.
        """
        if self.is_over and self.end_reason != CONNECTION_LOST:
            return
        state: CallState | str | None = self.state
        if self.is_over:  # for this session
            state = await self._state_on_server()
            if state is CallState.IDLE:
                return
        if not await self._hang_up_in(state):
            state = await self._state_on_server()  # it has changed in the meantime
            if state is not CallState.IDLE:
                await self._hang_up_in(state)
        if not self.is_over:
            await self._wait_over(_ACKNOWLEDGED, "was hung up, but goes on")

    async def wait_for_answer(self, *, timeout: float = 60.0) -> None:
        """Wait until the call is answered and its audio is connected.

        Args:
            timeout: Seconds.

        Raises:
            CallEndedError: It was not answered; the reason is the server's.
            CallAudioError: Its audio is disconnected.
            TimeoutExpiredError: It still rings. Call ``hang_up``.
        """
        await self._wait(self._is_talking, timeout, "was not answered")

    async def wait_until_over(self, *, timeout: float | None = None) -> str:
        """Wait until the call is over.

        Args:
            timeout: Seconds; None waits without a limit. A call lasts at most 90 minutes.

        Returns:
            Why it is over; see ``end_reason``.

        Raises:
            TimeoutExpiredError: It goes on.
        """
        return await self._wait_over(timeout, "goes on")

    async def play(self, source: AudioSource, *, sample_rate: int = 24_000) -> None:
        """Play audio to the other side and wait until it was sent.

        Waits for the answer first. Two calls at once play one after the other. If it is cancelled, what was not sent is
        dropped: that is how a person interrupts a voice bot.

        Args:
            source: The path of an audio file of any usual format, or an async iterable of bytes, such as the stream of
                a speech service: PCM, 16 bits, mono, in pieces of any size. While it is slow, silence is sent.
            sample_rate: Samples per second of such an iterable; a file says its own.

        Raises:
            CallEndedError: The call ended before everything was sent.
            CallAudioError: The session has no audio, or it is disconnected and could not be connected again.
            InvalidArgumentError: The source or the sample rate cannot be used.

        Example:
            >>> await call.play("hello.wav")
        """
        from greenapi_async.calls.resampling import blocks  # noqa: PLC0415  needs the extra voip

        self._check_audio()
        check_sample_rate(sample_rate)
        await self._wait(self._is_talking, None, "")
        async with self._talk:
            stream = blocks(source, sample_rate)
            try:
                async for block in stream:
                    await self.audio.say(block)
                await self.audio.finish()
            except BaseException:
                self.audio.clear()
                raise
            finally:
                await stream.aclose()

    def listen(self, *, sample_rate: int = 24_000) -> HeardAudio:
        """Iterate over what the other side says, from now on, for example to pass it to a speech service.

        Args:
            sample_rate: Samples per second.

        Returns:
            An async iterator over frames of 20 ms: PCM, 16 bits, mono. It ends with the call.

        Raises:
            CallAudioError: The session has no audio.
            InvalidArgumentError: The sample rate cannot be used.

        Example:
            >>> async for frame in call.listen(sample_rate=16_000):
            ...     await speech.send(frame)
        """
        self._check_audio()
        return HeardAudio(self.audio, sample_rate)

    def recording(self, path: str | os.PathLike[str], *, sample_rate: int = 24_000) -> CallRecording:
        """Record the other side into a WAV file during a block of ``with``.

        Args:
            path: The file, which is replaced.
            sample_rate: Samples per second.

        Raises:
            CallAudioError: The session has no audio.
            InvalidArgumentError: The sample rate cannot be used.
            OSError: The file cannot be written; raised at the beginning of the block.

        Example:
            >>> with call.recording("caller.wav"):
            ...     await call.wait_until_over()
        """
        self._check_audio()
        return CallRecording(self.audio, path, sample_rate)

    async def connect_audio(self) -> None:
        """Connect the audio anew; ``Calls.dial`` and ``accept`` do this for the first time.

        Raises:
            CallAudioError: It could not be connected; the call goes on.
            CallEndedError: The call is over.
        """
        self._check_audio()
        self._check_lasts()
        await self._session.connect_audio(self)

    async def disconnect_audio(self) -> None:
        """Disconnect the audio; the call goes on in silence."""
        if self._session.has_audio(self):
            await self._session.disconnect_audio(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await run_to_completion(self.hang_up, 2 * _ACKNOWLEDGED)
        except (GreenAPIError, TimeoutError) as failure:
            if error is None:
                raise
            logger.warning("the call was not hung up: %s", failure)

    def end(self, reason: str) -> None:
        """Mark the call as over; sessions do this."""
        self.state = CallState.IDLE
        self.end_reason = reason
        self.audio.end(reason)

    def is_call(self, info: CallInfo | None) -> bool:
        """Return whether the server speaks of this call."""
        if info is None:
            return True
        if self.id is None:
            return self.chat_id is None or info.wid in {None, self.chat_id} or self.state == CallState.OUTGOING
        return info.id in {None, self.id}

    def _is_talking(self) -> bool:
        if self.audio.failure is not None:
            raise self.audio.failure
        return self.state == CallState.TALKING and (self.has_audio or not self._session.with_audio)

    async def _hang_up_in(self, state: CallState | str | None) -> bool:
        """Hang up a call in a state; False if it is not in that state."""
        methods = self._session.methods
        try:
            await (methods.calls_reject if state == CallState.INCOMING else methods.calls_hang_up)()
        except BadRequestError:
            return False
        return True

    async def _state_on_server(self) -> CallState | str | None:
        """Return the state of this call on the server, idle if another call is in progress."""
        current = await self._session.methods.calls_state()
        return current.state if self.is_call(current.info) else CallState.IDLE

    async def _wait_over(self, timeout: float | None, words: str) -> str:
        with anyio.move_on_after(timeout):
            while self.end_reason is None:
                await self._session.changes.wait()
            return self.end_reason
        raise TimeoutExpiredError(f"the call {words} after {timeout:g} s", method="callsRtc")

    async def _wait(self, condition: Callable[[], bool], timeout: float | None, words: str) -> None:
        with anyio.move_on_after(timeout):
            while not condition():
                self._check_lasts()
                await self._session.changes.wait()
            return
        raise TimeoutExpiredError(f"the call {words} within {timeout:g} s", method="callsRtc")

    def _check_lasts(self) -> None:
        if self.end_reason is not None:
            raise CallEndedError(self.end_reason or "the call is over", method="callsRtc")

    def _check_audio(self) -> None:
        if not self._session.with_audio:
            error = CallAudioError("the session was opened with audio=False", method="callsRtc")
            error.advice = "Open it with client.calls(), and install the extra voip."
            raise error
