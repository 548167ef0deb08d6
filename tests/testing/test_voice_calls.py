"""People who ring, talk and hang up, as bots see them and as they hear the bot."""

import wave
from pathlib import Path

import anyio
import pytest

from greenapi_async.testing import Sandbox, Sound
from greenapi_async.testing.sound import tone
from greenapi_async.types import Call, CallState


async def answer_with_a_tone(sandbox: Sandbox, path: Path) -> Call:
    """Take the next call: play 440 Hz, and record the caller until somebody hangs up."""
    with wave.open(str(path / "hello.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(tone(440, 0.8))
    async with sandbox.client.calls() as calls:
        async for call in calls.incoming():
            await call.accept()
            with call.recording(path / "caller.wav", sample_rate=48_000):
                await call.play(path / "hello.wav")
                await call.wait_until_over(timeout=20)
            return call
    raise AssertionError


def recorded(path: Path) -> Sound:
    with wave.open(str(path)) as file:
        return Sound(file.readframes(file.getnframes()))


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.sandbox(socket=True)
async def test_a_call_over_a_socket_carries_audio_in_both_directions(sandbox: Sandbox, tmp_path: Path) -> None:
    anna = sandbox.contact("79001234567", name="Anna")
    results: list[Call] = []

    async def bot() -> None:
        results.append(await answer_with_a_tone(sandbox, tmp_path))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bot)
        await anna.calls()
        sound = await anna.hears_sound(seconds=0.5)
        assert sound.frequency == 440, sound
        await anna.plays_tone(660, seconds=0.8)
        await anna.hangs_up()
    assert (results[0].chat_id, results[0].end_reason) == (anna.id, "hangup")
    assert recorded(tmp_path / "caller.wav").frequency == 660


@pytest.mark.slow
@pytest.mark.asyncio
async def test_audio_works_in_virtual_time_too(sandbox: Sandbox, tmp_path: Path) -> None:
    anna = sandbox.contact("79001234567", name="Anna")
    (tmp_path / "hello.raw").write_bytes(b"")
    async with sandbox.client.calls() as calls, await calls.dial(anna.id) as call:
        await anna.answers()
        await call.wait_for_answer()
        listening = call.listen(sample_rate=48_000)
        await anna.plays_tone(880)
        heard = b""
        async for frame in listening:
            heard += frame
            if Sound(heard).loud_seconds > 0.5:
                break
        assert Sound(heard).frequency == 880
    with pytest.raises(LookupError, match="Anna is not in a call"):
        await anna.plays_tone(880)


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_test_may_end_in_the_middle_of_a_call(sandbox: Sandbox) -> None:
    """Otherwise the event loop, which cancels the sandbox's tasks, is never closed."""
    anna = sandbox.contact("79001234567", name="Anna")
    async with sandbox.client.calls() as calls:
        call = await calls.dial(anna.id)
        await anna.answers()
        await call.wait_for_answer()
        await anyio.sleep(1)


@pytest.mark.anyio
async def test_people_answer_decline_and_give_up_without_audio(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567", name="Anna")
    async with sandbox.client.calls(audio=False) as calls:
        call = await calls.dial(anna.id)
        await anna.answers()
        await call.wait_for_answer()
        await anna.hangs_up()
        assert await call.wait_until_over() == "hangup"
        call = await calls.dial(anna.id)
        await anna.hangs_up()
        assert await call.wait_until_over() == "rejected:busy"
        id_call = await anna.calls()
        call = await anext(calls.incoming())
        assert (call.id, call.state) == (id_call, CallState.INCOMING)
        await anna.hangs_up()
        assert await call.wait_until_over() == "hangup"
        assert not anna.heard
    with pytest.raises(LookupError, match=r"the bot has not called Anna within 30 s"):
        await anna.answers()
    with pytest.raises(LookupError, match="not in a call"):
        await anna.hangs_up()


@pytest.mark.parametrize("frequency", [60, 440, 1230, 2000])
def test_the_frequency_of_a_tone_is_found(frequency: int) -> None:
    noise = bytes(19_200)
    sound = Sound(noise + tone(frequency, 0.7) + noise)
    assert sound.frequency == frequency
    assert sound.loud_seconds == pytest.approx(0.7, abs=0.03)


def test_silence_is_false_and_has_no_frequency(tmp_path: Path) -> None:
    assert not Sound(b"")
    assert Sound(bytes(96_001)).frequency is None
    Sound(tone(440, 0.5)).save(tmp_path / "sound.wav")
    assert recorded(tmp_path / "sound.wav") == Sound(tone(440, 0.5))
