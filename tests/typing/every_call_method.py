"""A user file, type-checked and never executed: methods of voice calls."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import assert_never, assert_type

from greenapi_async import Client
from greenapi_async.types import (
    QR,
    Call,
    CallEnded,
    CallFailure,
    CallRings,
    Calls,
    CallsConnected,
    CallsDisconnected,
    CallState,
    CallStateChanged,
    CurrentCall,
    Direction,
    IceServer,
    QRCodes,
    StateInstanceRecord,
)

ME = "79001234567@c.us"


async def calling(client: Client) -> None:
    assert_type((await client.calls_dial(ME)).call_id, str | None)
    state = await client.calls_state()
    assert_type(state, CurrentCall)
    assert_type((state.state, state.reason), tuple[CallState | str | None, str | None])
    if state.info is not None:
        assert_type((state.info.id, state.info.wid, state.info.name), tuple[str | None, str | None, str | None])
    await client.calls_accept()
    await client.calls_reject()
    await client.calls_hang_up()
    servers = await client.calls_get_ice_servers()
    assert_type(servers, list[IceServer])
    assert_type((servers[0].urls, servers[0].credential), tuple[list[str] | None, str | None])
    assert_type((await client.calls_logout()).is_logout, bool | None)
    assert_type(await client.calls_qr(), QR)
    assert_type(client.calls_scan_qr_code(), QRCodes)
    assert_type(await client.calls_get_state_instance(count=10), list[StateInstanceRecord])
    async with client.calls(audio=False) as calls:
        assert_type(calls, Calls)
        async for event in calls.events():
            match event:
                case CallEnded(call=call, reason=reason):
                    assert_type((call, reason), tuple[Call, str])
                case CallsDisconnected(permanent=permanent):
                    assert_type(permanent, bool)
                case CallRings() | CallStateChanged() | CallsConnected() | CallFailure():
                    pass
                case _:
                    assert_never(event)
        async for call in calls.incoming():
            await call.accept()
            await call.play("hello.wav")
            await call.play(audio(), sample_rate=16_000)
            with call.recording(Path("caller.wav")) as recording:
                assert_type(recording.seconds, float)
            async for frame in call.listen(sample_rate=16_000):
                assert_type(frame, bytes)
            assert_type(await call.wait_until_over(timeout=60), str)
            assert_type(call.direction, Direction | None)
        async with await calls.dial(ME) as call:
            await call.wait_for_answer(timeout=30)


async def audio() -> AsyncIterator[bytes]:
    yield b""
