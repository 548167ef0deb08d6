"""Audio of calls between real WebRTC peers in one process."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from greenapi_async import CallAudioError, CallEndedError, Client, InvalidArgumentError
from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.network.voice_peer import VoicePeer
from greenapi_async.sandbox.simulation.voice_calls import Line
from greenapi_async.testing import Sound
from greenapi_async.testing.sound import tone
from greenapi_async.types import Call, CallFailure, Calls, CallsConnected

from .scripted_server import ScriptedServer

pytestmark = [pytest.mark.slow, pytest.mark.anyio]

ANNA = "79001234567@c.us"


@pytest.fixture(params=["asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Real time, on asyncio: aiortc knows nothing else."""
    return str(request.param)


async def talking(calls: Calls, instance: Instance) -> tuple[Call, Line]:
    """Return an answered call and its line."""
    call = await calls.dial(ANNA)
    instance.voice_calls.contact_answers(ANNA)
    await call.wait_for_answer()
    return call, instance.voice_calls.call_of().line


async def hears(line: Line, frequency: int) -> None:
    """Wait until the contact has heard enough of a tone."""
    await until(lambda: Sound(bytes(line.heard)).loud_seconds >= 0.4)
    assert Sound(bytes(line.heard)).frequency == frequency


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that comes in real time, and that notifies nobody."""
    with anyio.fail_after(20):
        while not condition():  # noqa: ASYNC110
            await anyio.sleep(0.05)


async def pieces(pcm: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]


async def test_pcm_in_pieces_of_any_size_is_played(client: Client, instance: Instance) -> None:
    async with client.calls() as calls:
        call, line = await talking(calls, instance)
        await call.play(pieces(tone(500, 0.6), 1001), sample_rate=48_000)
        await hears(line, 500)


async def test_what_the_caller_says_is_passed_on_in_frames(client: Client, instance: Instance) -> None:
    async with client.calls() as calls:
        call, line = await talking(calls, instance)
        line.say(tone(700, 0.6))
        heard = b""
        async for frame in call.listen(sample_rate=48_000):
            assert len(frame) == 1920
            heard += frame
            if Sound(heard).loud_seconds >= 0.5:
                break
        assert Sound(heard).frequency == 700


async def test_new_audio_is_offered_after_the_websocket_was_lost(client: Client, instance: Instance) -> None:
    async with client.calls() as calls:
        call, line = await talking(calls, instance)
        events = calls.events()
        instance.voice_calls.disconnect()
        while await anext(events) != CallsConnected():
            pass
        assert not call.has_audio
        await call.play(pieces(tone(600, 0.6), 2000), sample_rate=48_000)  # waits for the audio
        await hears(line, 600)
        assert (call.is_over, call.has_audio) == (False, True)


async def test_audio_that_was_disconnected_can_be_connected_again(client: Client, instance: Instance) -> None:
    async with client.calls() as calls:
        call, line = await talking(calls, instance)
        await call.disconnect_audio()
        assert (call.has_audio, call.is_over) == (False, False)
        with pytest.raises(CallAudioError, match="disconnected"):
            await call.play(pieces(tone(500, 0.6), 2000))
        await call.connect_audio()
        await call.play(pieces(tone(800, 0.6), 2000), sample_rate=48_000)
        await hears(line, 800)


async def test_playing_can_be_interrupted(client: Client, instance: Instance) -> None:
    async with client.calls() as calls:
        call, line = await talking(calls, instance)
        async with anyio.create_task_group() as tasks:

            async def play() -> None:
                await call.play(pieces(tone(500, 0.5) * 60, 96_000), sample_rate=48_000)

            tasks.start_soon(play)
            await hears(line, 500)
            tasks.cancel_scope.cancel()
        await call.play(pieces(tone(900, 0.6), 2000), sample_rate=48_000)
        await until(lambda: Sound(bytes(line.heard)[-48_000:]).frequency == 900)
        assert Sound(bytes(line.heard)).loud_seconds < 3


async def test_playing_fails_when_the_call_ends(client: Client, instance: Instance) -> None:
    async with client.calls() as calls:
        call, _ = await talking(calls, instance)

        async def hang_up_when_it_plays(pcm: bytes) -> AsyncIterator[bytes]:
            yield pcm
            instance.voice_calls.contact_hangs_up(ANNA)
            yield pcm

        with pytest.raises(CallEndedError, match="hangup"):
            await call.play(hang_up_when_it_plays(tone(500, 1)), sample_rate=48_000)


async def test_a_missing_file_is_reported_before_anything_is_played(
    client: Client, instance: Instance, tmp_path: Path
) -> None:
    async with client.calls() as calls:
        call, _ = await talking(calls, instance)
        (tmp_path / "text.wav").write_text("no sound")
        for name, reason in (("missing.wav", "No such file"), ("text.wav", "InvalidData|Invalid data")):
            with pytest.raises(InvalidArgumentError, match=f"{name} is not an audio file.*({reason})"):
                await call.play(tmp_path / name)
        wrong: Any = b"RIFF"
        with pytest.raises(InvalidArgumentError, match="source is of type bytes"):
            await call.play(wrong)
        with pytest.raises(InvalidArgumentError, match=r"sample_rate is 44100\.5"):
            await call.play(tmp_path / "x", sample_rate=44100.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the point


class TestBridges:
    """How the audio is connected, seen from the server."""

    async def test_candidates_before_the_answer_are_kept(self) -> None:
        server = ScriptedServer()
        line = Line()
        peer = VoicePeer(line)

        async def answer(frame: dict[str, Any]) -> None:
            if frame["type"] == "offer":
                sdp = await peer.answer(frame["offer"]["sdp"])
                for candidate in peer.candidates():
                    await server.say({"type": "ice-candidate", "candidate": candidate})
                await server.say({"type": "ice-candidate", "candidate": None})
                bare = "".join(each for each in sdp.splitlines(keepends=True) if "candidate" not in each)
                assert "candidate" not in bare
                await server.say({"type": "answer", "answer": {"type": "answer", "sdp": bare}})

        server.on_frame = answer
        async with server.client() as client, client.calls() as calls:
            call = await calls.dial(ANNA)
            await server.state("on-call")
            await call.play(pieces(tone(500, 0.6), 2000), sample_rate=48_000)
            await hears(line, 500)
            offered = next(frame["offer"]["sdp"] for frame in server.received if frame["type"] == "offer")
            trickled = [frame["candidate"] for frame in server.received if frame["type"] == "ice-candidate"]
            assert trickled
            assert all(f"a={each['candidate']}" in offered for each in trickled)
            assert {each["sdpMid"] for each in trickled} == {"0"}
        await peer.close()

    async def test_a_refused_offer_ends_the_attempt_and_hangs_up(self) -> None:
        server = ScriptedServer()

        async def refuse(frame: dict[str, Any]) -> None:
            if frame["type"] == "offer":
                await server.say({"type": "error", "message": "no active call"})

        server.on_frame = refuse
        server.answers["callsHangUp"] = {}
        async with server.client() as client, client.calls() as calls, anyio.create_task_group() as tasks:

            async def hang_up() -> None:
                await server.wait_for("callsHangUp")
                await server.state("idle", reason="hangup")

            tasks.start_soon(hang_up)
            with pytest.raises(CallAudioError, match="no active call"):
                await calls.dial(ANNA)
        assert server.methods == ["callsDial", "callsGetIceServers", "callsHangUp"]

    async def test_a_websocket_lost_before_the_answer_ends_the_call(self) -> None:
        server = ScriptedServer()

        async def leave(frame: dict[str, Any]) -> None:
            if frame["type"] == "offer":
                await server.close(1012)

        server.on_frame = leave
        server.answers["callsState"] = {"state": "idle"}
        async with server.client() as client, client.calls() as calls:
            with pytest.raises(CallEndedError, match="connection-lost"):
                await calls.dial(ANNA)
        assert server.methods == ["callsDial", "callsGetIceServers", "callsState"]

    @pytest.mark.parametrize(
        "frame",
        [
            {"type": "answer", "answer": {"sdp": "nonsense"}},
            {"type": "answer", "answer": {"sdp": "v=0\r\nm=video 9 RTP/AVP 0\r\n"}},
        ],
    )
    async def test_an_answer_that_cannot_be_used_is_told(self, frame: Any) -> None:
        server = ScriptedServer()

        async def answer(received: dict[str, Any]) -> None:
            if received["type"] == "offer":
                await server.say(frame)

        server.on_frame = answer
        async with server.client() as client, client.calls() as calls:
            await server.state("inc-call")
            call = await anext(calls.incoming())
            events = calls.events()
            with pytest.raises(CallAudioError, match="answer cannot be used"):
                await call.accept()
            assert not call.is_over
            assert isinstance(await anext(events), CallFailure)
            await server.wait_for("stop")

    async def test_a_server_of_ice_that_cannot_be_used_is_told(self) -> None:
        server = ScriptedServer()
        server.answers["callsGetIceServers"] = [{"urls": "gopher://nowhere"}]
        async with server.client() as client, client.calls() as calls:
            await server.state("inc-call")
            call = await anext(calls.incoming())
            with pytest.raises(CallAudioError, match="callsGetIceServers"):
                await call.accept()

    async def test_a_bad_candidate_in_a_call_ends_the_audio_only(self, client: Client, instance: Instance) -> None:
        async with client.calls() as calls:
            call, _ = await talking(calls, instance)
            await calls.on_frame('{"type": "ice-candidate", "candidate": {"candidate": "candidate:nonsense"}}')
            assert (call.has_audio, call.is_over) == (False, False)
            with pytest.raises(CallAudioError, match="candidate cannot be used"):
                await call.play(pieces(tone(500, 0.1), 2000))
            await call.connect_audio()
            assert call.has_audio


async def test_a_second_session_does_not_hear_the_call_of_the_first(client: Client, instance: Instance) -> None:
    async with client.calls() as calls, client.calls(audio=False) as other:
        call, _ = await talking(calls, instance)
        assert other.current is not None
        with pytest.raises(CallAudioError, match="audio=False"):
            other.current.listen()
        await call.hang_up()
