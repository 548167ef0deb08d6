"""Sound that people hear in a call."""

import math
import os
import wave
from array import array
from functools import cached_property
from typing import Final, Self

import attrs

__all__ = ["Sound", "tone"]

SAMPLE_RATE: Final = 48_000
_BLOCK: Final = 960
"""Samples of 20 ms."""
_AUDIBLE: Final = 300
"""Amplitude, of 32,767, from which a block is not silent."""
_WINDOW: Final = 25
"""Blocks whose frequency is determined: half a second."""
_DECIMATION: Final = 6
_FREQUENCIES: Final = range(50, 2001, 10)


@attrs.frozen(slots=False)
class Sound:
    """Audio, for example what a person has heard in a call; false if it is silent.

    Attributes:
        pcm: Samples, 16 bits, mono, 48,000 per second.
    """

    pcm: bytes = attrs.field(repr=False)

    @classmethod
    def tone(cls, frequency: float, *, seconds: float = 1.0) -> Self:
        """Create a tone.

        Args:
            frequency: Hertz.
            seconds: Length.

        Example:
            >>> Sound.tone(440).save("hello.wav")
        """
        return cls(tone(frequency, seconds))

    def __bool__(self) -> bool:
        return bool(self.loud_seconds)

    def __repr__(self) -> str:
        pitch = f" of {self.frequency} Hz" if self.frequency else ""
        return f"<Sound {self.seconds:.2f} s, {self.loud_seconds:.2f} s of them audible{pitch}>"

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.pcm) / 2 / SAMPLE_RATE

    @property
    def loud_seconds(self) -> float:
        """Length without the parts that are silent."""
        return sum(peak >= _AUDIBLE for peak in self._peaks) * _BLOCK / SAMPLE_RATE

    @cached_property
    def frequency(self) -> int | None:
        """Strongest frequency of the loudest half second, 50 to 2,000 Hz in steps of 10; None if it is silent."""
        if not self:
            return None
        peaks = self._peaks
        sums = [sum(peaks[start : start + _WINDOW]) for start in range(max(len(peaks) - _WINDOW, 0) + 1)]
        start = max(range(len(sums)), key=sums.__getitem__) * _BLOCK
        samples = self._samples[start : start + _WINDOW * _BLOCK]
        reduced = [sum(samples[i : i + _DECIMATION]) / _DECIMATION for i in range(0, len(samples), _DECIMATION)]
        return max(_FREQUENCIES, key=lambda frequency: _power(reduced, frequency, SAMPLE_RATE / _DECIMATION))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a WAV file, to listen to it.

        Args:
            path: The file.
        """
        with wave.open(os.fspath(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(self.pcm)

    @cached_property
    def _samples(self) -> "array[int]":
        return array("h", self.pcm[: len(self.pcm) // 2 * 2])

    @cached_property
    def _peaks(self) -> list[int]:
        samples = self._samples
        starts = range(0, len(samples), _BLOCK)
        return [max(map(abs, samples[start : start + _BLOCK])) for start in starts]


def tone(frequency: float, seconds: float) -> bytes:
    """Return a tone: PCM, 16 bits, mono, 48,000 samples per second.

    Args:
        frequency: Hertz.
        seconds: Length.
    """
    step = 2 * math.pi * frequency / SAMPLE_RATE
    return array("h", (round(10_000 * math.sin(step * i)) for i in range(round(seconds * SAMPLE_RATE)))).tobytes()


def _power(samples: list[float], frequency: float, rate: float) -> float:
    """Return the power of one frequency, by Goertzel's algorithm."""
    factor = 2 * math.cos(2 * math.pi * frequency / rate)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + factor * last - before
    return before**2 + last**2 - factor * before * last
