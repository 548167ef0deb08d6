"""Operations of the control API on the voice call: what the contact does in it, and what it has heard."""

import base64
import binascii
from typing import Any

from greenapi_async.sandbox.control.operations import ControlRequest
from greenapi_async.sandbox.simulation.voice_calls import SAMPLE_RATE

__all__ = ["act_in_voice_call", "get_heard", "get_voice_call"]


def get_voice_call(request: ControlRequest) -> Any:
    """Return the state of the call, and how far its audio is."""
    calls = request.instance.voice_calls
    line = calls.current.line if calls.current is not None else None
    return {
        **calls.as_state(),
        "audioConnected": line is not None and line.is_connected,
        "saysMore": line is not None and not line.is_silent,
        "heardSeconds": len(line.heard) / 2 / SAMPLE_RATE if line is not None else 0,
    }


def get_heard(request: ControlRequest) -> Any:
    """Return what the contact has heard in the current call, or in the last one: PCM, 16 bits, mono, in Base64."""
    calls = request.instance.voice_calls
    call = calls.current or calls.ended
    heard = bytes(call.line.heard) if call is not None else b""
    return {"sampleRate": SAMPLE_RATE, "data": base64.b64encode(heard).decode()}


def act_in_voice_call(request: ControlRequest) -> Any:
    """Make the contact answer, hang up or speak, end the call, or close the websockets."""
    calls, action = request.instance.voice_calls, request.body["action"]
    if action == "disconnect":
        calls.disconnect(request.body.get("code", 1012), request.body.get("reason", ""))
        return get_voice_call(request)
    call = calls.call_of()
    match action:
        case "answer":
            calls.contact_answers(call.chat_id)
        case "hangUp":
            calls.contact_hangs_up(call.chat_id)
        case "end":
            calls.end(request.body.get("reason", "timeout"))
        case _:
            call.line.say(_pcm(request.body.get("data", "")))
    return get_voice_call(request)


def _pcm(data: str) -> bytes:
    try:
        pcm = base64.b64decode(data, validate=True)
    except binascii.Error:
        pcm = b""
    if not pcm or len(pcm) % 2:
        raise ValueError(f"'data' must be PCM in base64: 16 bits, mono, {SAMPLE_RATE} samples per second")
    return pcm
