"""Conversion of PCM between sample rates, and of audio files to PCM. Importing this module needs PyAV."""

import itertools
import os
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

import anyio.to_thread

from greenapi_async.calls.audio import BLOCK_BYTES, SAMPLE_RATE, AudioSource
from greenapi_async.errors import InvalidArgumentError, MissingExtraError

try:
    import av
    import av.error
    from av import AudioFrame, AudioResampler
except ImportError:
    raise MissingExtraError("voip", "aiortc") from None

__all__ = ["Resampler", "blocks", "pcm_of"]

_BLOCK_SAMPLES: Final = BLOCK_BYTES // 2
_AT_ONCE: Final = 50
"""Blocks of a file that are decoded at once, in a thread: one second."""


class Resampler:
    """Converts a stream of PCM, 16 bits, mono, to frames of another sample rate."""

    def __init__(self, rate: int, to_rate: int, frame_samples: int | None = None) -> None:
        """Create a converter for one stream.

        Args:
            rate: Its sample rate.
            to_rate: The sample rate of the result.
            frame_samples: Samples of each frame of the result; None leaves it open.
        """
        self._rate = rate
        self._resampler = AudioResampler(format="s16", layout="mono", rate=to_rate, frame_size=frame_samples)
        self._odd = b""

    def convert(self, pcm: bytes) -> Iterator[bytes]:
        """Yield the frames that are complete after another part of the stream."""
        pcm = self._odd + pcm
        whole = len(pcm) // 2 * 2
        self._odd = pcm[whole:]
        if whole:
            frame = AudioFrame(format="s16", layout="mono", samples=whole // 2)
            frame.sample_rate = self._rate
            frame.planes[0].update(pcm[:whole].ljust(frame.planes[0].buffer_size, b"\0"))
            yield from map(pcm_of, self._resampler.resample(frame))

    def finish(self) -> Iterator[bytes]:
        """Yield the rest of the stream."""
        yield from map(pcm_of, self._resampler.resample(None))


def pcm_of(frame: AudioFrame) -> bytes:
    """Return the samples of a frame, 16 bits, mono."""
    return bytes(frame.planes[0])[: 2 * frame.samples]


async def blocks(source: AudioSource, sample_rate: int) -> AsyncGenerator[bytes]:
    """Yield a source in blocks of 20 ms, 16 bits, mono, 48 kHz; the last one is filled up with silence.

    Args:
        source: The source.
        sample_rate: Samples per second of PCM; a file says its own.

    Raises:
        InvalidArgumentError: The file cannot be read, or the source is neither a path nor PCM.
    """
    if isinstance(source, str | os.PathLike):
        async for block in _file_blocks(Path(source)):
            yield block
        return
    if not hasattr(source, "__aiter__"):
        raise InvalidArgumentError(
            f"source is of type {type(source).__name__}; expected the path of an audio file, or an async iterable of "
            "bytes (PCM, 16 bits, mono)"
        )
    resampler = Resampler(sample_rate, SAMPLE_RATE, _BLOCK_SAMPLES)
    async for pcm in source:
        for block in resampler.convert(pcm):
            yield block
    for block in resampler.finish():
        yield block.ljust(BLOCK_BYTES, b"\0")


async def _file_blocks(path: Path) -> AsyncGenerator[bytes]:
    problem = f"{path.name} is not an audio file that can be read"
    try:
        with await anyio.to_thread.run_sync(path.open, "rb") as file:
            decoded = _decode(cast("BinaryIO", file))
            while part := await anyio.to_thread.run_sync(_take, decoded):
                for block in part:
                    yield block
    except OSError as error:  # PyAV's errors of unreadable files are OSErrors, too
        problem = f"{problem} ({error.strerror or type(error).__name__})"
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        problem = f"{problem} ({type(error).__name__})"
    else:
        return
    raise InvalidArgumentError(f"{problem}; expected a sound file, for example WAV, MP3 or OGG")


def _take(decoded: Iterator[bytes]) -> list[bytes]:
    return list(itertools.islice(decoded, _AT_ONCE))


def _decode(file: BinaryIO) -> Iterator[bytes]:
    resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE, frame_size=_BLOCK_SAMPLES)
    with av.open(file, "r") as container:
        for frame in container.decode(container.streams.audio[0]):
            yield from map(pcm_of, resampler.resample(frame))
        for rest in resampler.resample(None):
            yield pcm_of(rest).ljust(BLOCK_BYTES, b"\0")
