"""Listeners of a call, without a network."""

import wave
from pathlib import Path
from typing import Any

import anyio
import pytest

from greenapi_async import CallEndedError, InvalidArgumentError
from greenapi_async.calls.audio import BLOCK_BYTES, CallAudio
from greenapi_async.testing import Sound
from greenapi_async.testing.sound import tone
from greenapi_async.types import CallRecording, HeardAudio

pytestmark = pytest.mark.anyio


@pytest.fixture
async def audio() -> CallAudio:
    return CallAudio()


async def test_frames_have_20_ms_of_the_given_sample_rate(audio: CallAudio) -> None:
    heard = HeardAudio(audio, 16_000)
    audio.hear(tone(400, 0.5))
    audio.end("hangup")
    frames = [frame async for frame in heard]
    assert {len(frame) for frame in frames} == {640}
    assert len(frames) >= 23


async def test_a_slow_reader_loses_the_oldest_frames(audio: CallAudio) -> None:
    heard = HeardAudio(audio, 48_000)
    audio.hear(tone(400, 2) + tone(800, 3))
    audio.end("hangup")
    frames = [frame async for frame in heard]
    assert len(frames) == 150
    assert heard.dropped >= 99
    assert Sound(b"".join(frames)).frequency == 800


async def test_a_listener_that_nobody_refers_to_is_forgotten(audio: CallAudio) -> None:
    HeardAudio(audio, 16_000)
    heard = HeardAudio(audio, 16_000)
    audio.remove_listener(heard)
    audio.hear(tone(400, 0.1))
    audio.end("hangup")
    assert [frame async for frame in HeardAudio(audio, 16_000)] == []


async def test_a_recording_is_a_wav_file(audio: CallAudio, tmp_path: Path) -> None:
    path = tmp_path / "caller.wav"
    with CallRecording(audio, path, 24_000) as recording:
        audio.hear(tone(500, 1))
        assert recording.seconds == pytest.approx(1, abs=0.05)
    audio.hear(tone(900, 1))
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert file.getnframes() == pytest.approx(24_000, abs=1200)
    with pytest.raises(RuntimeError, match="used before"):
        recording.__enter__()


async def test_a_recording_that_cannot_be_written_raises_at_the_end(audio: CallAudio, tmp_path: Path) -> None:
    heard = HeardAudio(audio, 24_000)
    with pytest.raises(OSError, match="No space left"), CallRecording(audio, "/dev/full", 24_000):
        for _ in range(20):
            audio.hear(tone(500, 1))
    assert heard.dropped  # the others hear on
    with pytest.raises(FileNotFoundError), CallRecording(audio, tmp_path / "missing" / "x.wav", 24_000):
        pass


@pytest.mark.parametrize("sample_rate", [0, -1, 7_999, 8_001, 96_000, True, "16000", 16_000.0, None])
async def test_sample_rates_are_checked(audio: CallAudio, sample_rate: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"sample_rate is .*8000 to 48000"):
        HeardAudio(audio, sample_rate)


async def test_what_is_said_is_sent_in_order_and_then_silence(audio: CallAudio) -> None:
    blocks = [bytes([number]) * BLOCK_BYTES for number in range(1, 20)]

    async def say() -> None:
        for block in blocks:
            await audio.say(block)
        await audio.finish()

    sent: list[bytes] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(say)
        for _ in range(len(blocks) + 1):
            await anyio.sleep(0.02)
            sent.append(audio.next_block())
    assert sent == [*blocks, bytes(BLOCK_BYTES)]


async def test_nothing_can_be_said_after_the_end(audio: CallAudio) -> None:
    audio.end("timeout")
    with pytest.raises(CallEndedError, match="timeout"):
        await audio.say(bytes(BLOCK_BYTES))
