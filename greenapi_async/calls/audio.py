"""The audio of one call: what we say, and those who listen to the other side.

It outlives the WebRTC connection, which may be made anew during a call. Everything here is PCM: 16 bits, mono, 48 kHz.
"""

import os
from collections import deque
from collections.abc import AsyncIterable, Callable
from typing import Final, Protocol, TypeAlias
from weakref import WeakSet

import anyio

from greenapi_async.errors import CallAudioError, CallEndedError

__all__ = ["BLOCK_BYTES", "BLOCK_SECONDS", "SAMPLE_RATE", "AudioSource", "CallAudio", "Listener"]

AudioSource: TypeAlias = str | os.PathLike[str] | AsyncIterable[bytes]
"""Audio to play: the path of an audio file, or PCM (16 bits, mono) in pieces of any size."""

SAMPLE_RATE: Final = 48_000
BLOCK_SECONDS: Final = 0.02
BLOCK_BYTES: Final = round(SAMPLE_RATE * BLOCK_SECONDS) * 2
_AHEAD: Final = 10
"""Blocks that are read ahead of what is sent: 0.2 s."""
_SILENCE: Final = bytes(BLOCK_BYTES)


class Listener(Protocol):
    """Receives what the other side says."""

    def hear(self, pcm: bytes) -> None:
        """Receive the next part."""
        ...

    def end(self) -> None:
        """Learn that the call is over."""
        ...


class CallAudio:
    """Audio of one call: ours, and the listeners to the other side's."""

    def __init__(self) -> None:
        self._to_say: deque[bytes] = deque()
        self._said = anyio.Event()
        self._listeners: WeakSet[Listener] = WeakSet()
        self._end_reason: str | None = None
        self._failure: CallAudioError | None = None

    async def say(self, block: bytes) -> None:
        """Queue a block to send; waits while enough is queued.

        Raises:
            CallEndedError: The call is over.
            CallAudioError: The audio is disconnected for good.
        """
        await self._until(lambda: len(self._to_say) < _AHEAD)
        self._to_say.append(block)

    async def finish(self) -> None:
        """Wait until everything was sent.

        Raises:
            CallEndedError: The call is over.
            CallAudioError: The audio is disconnected for good.
        """
        await self._until(lambda: not self._to_say)

    @property
    def failure(self) -> CallAudioError | None:
        """Why the audio is disconnected until somebody connects it; None if it is connected, or will be by itself."""
        return self._failure

    @failure.setter
    def failure(self, failure: CallAudioError | None) -> None:
        self._failure = failure
        self._said.set()

    def clear(self) -> None:
        """Forget what was not sent."""
        self._to_say.clear()

    def next_block(self) -> bytes:
        """Return the next block to send, or silence."""
        block = self._to_say.popleft() if self._to_say else _SILENCE
        self._said.set()
        return block

    def add_listener(self, listener: Listener) -> None:
        """Add a listener to the other side, for as long as something refers to it."""
        self._listeners.add(listener)
        if self._end_reason is not None:
            listener.end()

    def remove_listener(self, listener: Listener) -> None:
        """Remove a listener."""
        self._listeners.discard(listener)

    def hear(self, pcm: bytes) -> None:
        """Pass on what the other side says."""
        for listener in tuple(self._listeners):
            listener.hear(pcm)

    def end(self, reason: str) -> None:
        """End it with the call."""
        self._end_reason = reason
        self._said.set()
        for listener in tuple(self._listeners):
            listener.end()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while self._end_reason is None:
            if self._failure is not None:
                raise self._failure
            if condition():
                return
            self._said = anyio.Event()
            await self._said.wait()
        raise CallEndedError(self._end_reason or "the call is over")
