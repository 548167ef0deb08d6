"""Listeners of a call: an iterator over what the other side says, and a recording of it. Needs the extra ``voip``."""

import os
import struct
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import anyio

from greenapi_async.calls.audio import SAMPLE_RATE, CallAudio
from greenapi_async.errors import InvalidArgumentError

__all__ = ["CallRecording", "HeardAudio", "check_sample_rate"]

_FRAMES_PER_SECOND: Final = 50
_BUFFERED: Final = 3 * _FRAMES_PER_SECOND
"""Frames that wait for a slow reader: 3 s."""
_LONGEST: Final = 2**32 - 37
"""Bytes of a WAV file's data that its header can state."""
_LOWEST, _HIGHEST = 8_000, 48_000


def check_sample_rate(sample_rate: int) -> None:
    """Check a sample rate.

    Raises:
        InvalidArgumentError: It is not one that can be used.
    """
    if type(sample_rate) is not int or not _LOWEST <= sample_rate <= _HIGHEST or sample_rate % _FRAMES_PER_SECOND:
        raise InvalidArgumentError(
            f"sample_rate is {sample_rate!r}; expected 8000 to 48000 samples per second, divisible by "
            f"{_FRAMES_PER_SECOND}, for example 24000"
        )


class HeardAudio:
    """Async iterator over what the other side says: PCM, 16 bits, mono, in frames of 20 ms, until the call ends.

    If the frames are not read in time, the oldest are dropped, so that a slow reader is at most 3 seconds behind.

    Attributes:
        sample_rate: Samples per second.
        dropped: Number of frames that were dropped.
    """

    def __init__(self, audio: CallAudio, sample_rate: int) -> None:
        from greenapi_async.calls.resampling import Resampler  # noqa: PLC0415  needs the extra voip

        check_sample_rate(sample_rate)
        self.sample_rate = sample_rate
        self.dropped = 0
        self._resampler = Resampler(SAMPLE_RATE, sample_rate, sample_rate // _FRAMES_PER_SECOND)
        self._frames: deque[bytes] = deque()
        self._ended = False
        self._news = anyio.Event()
        audio.add_listener(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while not self._frames:
            if self._ended:
                raise StopAsyncIteration
            self._news = anyio.Event()
            await self._news.wait()
        return self._frames.popleft()

    def hear(self, pcm: bytes) -> None:
        """Receive the next part."""
        for frame in self._resampler.convert(pcm):
            if len(self._frames) == _BUFFERED:
                self._frames.popleft()
                self.dropped += 1
            self._frames.append(frame)
        self._news.set()

    def end(self) -> None:
        """Learn that the call is over."""
        self._ended = True
        self._news.set()


class CallRecording:
    """Recording of the other side into a WAV file, during a block of ``with``.

    Attributes:
        seconds: Length so far.
    """

    def __init__(self, audio: CallAudio, path: str | os.PathLike[str], sample_rate: int) -> None:
        from greenapi_async.calls.resampling import Resampler  # noqa: PLC0415  needs the extra voip

        check_sample_rate(sample_rate)
        self._audio = audio
        self._path = Path(path)
        self._sample_rate = sample_rate
        self._resampler = Resampler(SAMPLE_RATE, sample_rate)
        self._bytes = 0
        self._failure: OSError | None = None
        self._used = False
        self._file: BinaryIO | None = None

    @property
    def seconds(self) -> float:
        """Length so far."""
        return self._bytes / 2 / self._sample_rate

    def __enter__(self) -> Self:
        if self._used:
            raise RuntimeError("this recording was used before; create another one")
        self._used = True
        self._file = self._path.open("wb")
        self._file.write(self._header())
        self._audio.add_listener(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._audio.remove_listener(self)
        for part in self._resampler.finish():
            self._write(part)
        self._finish()
        if self._failure is not None and error is None:
            raise self._failure

    def hear(self, pcm: bytes) -> None:
        """Receive the next part; writing 20 ms does not block the event loop noticeably."""
        for part in self._resampler.convert(pcm):
            self._write(part)

    def end(self) -> None:
        """Learn that the call is over."""

    def _write(self, pcm: bytes) -> None:
        """Write a part, unless an earlier one could not be written: the error is raised at the end of the block."""
        if self._file is not None and self._failure is None:
            try:
                self._file.write(pcm)
                self._bytes += len(pcm)
            except OSError as error:
                self._failure = error

    def _finish(self) -> None:
        """Write the final length into the header, and close the file."""
        file, self._file = self._file, None
        if file is None:
            return
        try:
            with file:
                if self._failure is None:
                    file.seek(0)
                    file.write(self._header())
        except OSError as error:
            self._failure = self._failure or error

    def _header(self) -> bytes:
        """Return the header of a WAV file: PCM, 16 bits, mono."""
        size = min(self._bytes, _LONGEST)
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, self._sample_rate, 2 * self._sample_rate, 2, 16)
        return struct.pack("<4sI4s", b"RIFF", size + 36, b"WAVE") + form + struct.pack("<4sI", b"data", size)
