"""Frames at unusual times, and servers that behave differently from the sandbox."""

import anyio
import pytest

from greenapi_async import CallEndedError
from greenapi_async.types import CallFailure, CallsDisconnected, CallState, CallStateChanged

from .scripted_server import ID_CALL, TOKEN, ScriptedServer

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


async def test_the_call_is_known_by_its_state_if_dialling_answers_nothing() -> None:
    server = ScriptedServer()
    server.answers["callsDial"] = None
    async with server.client() as client, client.calls(audio=False) as calls:
        call = await calls.dial(ANNA)
        assert call.id is None
        await server.state("on-call", info={"id": ID_CALL, "wid": "123456789012345@lid"})
        await call.wait_for_answer()
        assert [call.id] == [ID_CALL]
        assert calls.current is call


async def test_useless_frames_are_skipped() -> None:
    server = ScriptedServer()
    async with server.client() as client, client.calls(audio=False) as calls:
        for frame in ("hello", "", "[1]", {"type": "answer", "answer": {"sdp": "v=0"}}, {"type": "new"}):
            await server.say(frame)
        await server.say({"type": "ice-candidate", "candidate": {"candidate": "x", "sdpMid": "0"}})
        await server.state("inc-call")
        assert (await anext(calls.incoming())).id == ID_CALL


async def test_an_error_during_a_call_is_told_and_changes_nothing() -> None:
    server = ScriptedServer()
    async with server.client() as client, client.calls(audio=False) as calls:
        events = calls.events()
        call = await calls.dial(ANNA)
        await server.state("on-call")
        await call.wait_for_answer()
        await server.say({"type": "error", "message": "no-media"})
        assert [await anext(events), await anext(events)][1] == CallFailure("no-media")
        assert call.state == CallState.TALKING


async def test_a_state_is_told_once_per_frame_and_a_call_once() -> None:
    server = ScriptedServer()
    async with server.client() as client, client.calls(audio=False) as calls:
        events, incoming = calls.events(), calls.incoming()
        for _ in range(3):
            await server.state("inc-call")
        first = await anext(incoming)
        await server.state("idle", reason="timeout")
        assert await first.wait_until_over() == "timeout"
        await server.state("inc-call")
        assert await anext(incoming) is not first
        await anyio.sleep(1)
    kinds = [type(event).__name__ for event in [event async for event in events]]
    assert kinds.count("CallStateChanged") == 5
    assert kinds.count("CallRings") == 2


async def test_another_call_ends_the_first() -> None:
    server = ScriptedServer()
    async with server.client() as client, client.calls(audio=False) as calls:
        incoming = calls.incoming()
        await server.state("inc-call")
        first = await anext(incoming)
        await server.state("inc-call", info={"id": "another", "wid": ANNA})
        second = await anext(incoming)
        assert (first.end_reason, second.id) == ("", "another")
        with pytest.raises(CallEndedError, match="the call is over"):
            await first.accept()


async def test_an_unknown_state_of_a_call_is_shown_as_it_is() -> None:
    server = ScriptedServer()
    async with server.client() as client, client.calls(audio=False) as calls:
        events = calls.events()
        call = await calls.dial(ANNA)
        await server.state("on-hold")
        event = await anext(events)
        assert isinstance(event, CallStateChanged)
        assert (event.state.state, call.state, call.is_over) == ("on-hold", "on-hold", False)


async def test_the_reason_of_a_refusal_is_that_of_the_error_before() -> None:
    server = ScriptedServer()
    async with server.client() as client, client.calls(audio=False) as calls:
        await server.say({"type": "error", "message": "calls are switched off here"})
        await server.close(4321)
        with pytest.raises(Exception, match="calls are switched off here"):
            await anext(calls.incoming())


async def test_an_error_of_long_ago_is_not_the_reason_of_a_refusal() -> None:
    server = ScriptedServer()
    async with server.client() as client, client.calls(audio=False) as calls:
        await server.say({"type": "error", "message": "no active call"})
        await server.state("idle")
        await server.close(4321, "not in the plan")
        with pytest.raises(Exception, match="not in the plan"):
            await anext(calls.incoming())


async def test_a_token_in_the_servers_words_is_masked() -> None:
    server = ScriptedServer()
    async with server.client() as client, client.calls(audio=False) as calls:
        events = calls.events()
        await server.say({"type": "error", "message": f"/waInstance1/callsRtc/{TOKEN}"})
        await server.close(1011, f"at {TOKEN}")
        told = [await anext(events), await anext(events)]
        assert told == [CallFailure("/waInstance1/callsRtc/***"), CallsDisconnected(1011, "at ***", permanent=False)]
