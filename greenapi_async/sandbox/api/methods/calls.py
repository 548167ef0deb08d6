"""Voice calls.

Source: the vendor's documentation, beyond the manual. The account that calls is that of the instance here.
"""

import re
from collections.abc import Callable
from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.responses import ApiResponse, RequestRejected
from greenapi_async.sandbox.payloads.schema import digits, text

__all__ = [
    "calls_accept",
    "calls_dial",
    "calls_get_ice_servers",
    "calls_get_state_instance",
    "calls_hang_up",
    "calls_logout",
    "calls_qr",
    "calls_reject",
    "calls_state",
]

_PERSON = re.compile(r"[0-9]{10,}@(?:c\.us|lid|s\.whatsapp\.net)")


@method("POST", "callsDial", body={"chatId": text(required=True)}, only_authorized=True)
def calls_dial(call: Call) -> dict[str, Any]:
    """Call a contact; a number without an account is refused."""
    chat_id = call.body["chatId"]
    if not _PERSON.fullmatch(chat_id):
        raise RequestRejected(400, "chatId must look like 79001234567@c.us or 123456789012345@lid")
    chat_id = chat_id.replace("@s.whatsapp.net", "@c.us")
    if chat_id in call.instance.people.no_account:
        raise RequestRejected(503, "call refused: call_failed")
    return {"callId": _attempt(lambda: call.instance.voice_calls.dial(chat_id))}


@method("POST", "callsAccept", only_authorized=True)
def calls_accept(call: Call) -> ApiResponse:
    """Accept the incoming call."""
    _attempt(call.instance.voice_calls.accept)
    return ApiResponse(200)


@method("POST", "callsReject", only_authorized=True)
def calls_reject(call: Call) -> ApiResponse:
    """Reject the incoming call."""
    _attempt(call.instance.voice_calls.reject)
    return ApiResponse(200)


@method("POST", "callsHangUp", only_authorized=True)
def calls_hang_up(call: Call) -> ApiResponse:
    """End the call."""
    _attempt(call.instance.voice_calls.hang_up)
    return ApiResponse(200)


@method("GET", "callsState")
def calls_state(call: Call) -> dict[str, Any]:
    """Return the state of the call."""
    return call.instance.voice_calls.as_state()


@method("GET", "callsGetIceServers")
def calls_get_ice_servers(call: Call) -> list[dict[str, Any]]:
    """Return the servers for the audio; none by default, because both sides are on one machine."""
    return call.instance.voice_calls.ice_servers


@method("POST", "callsLogout")
def calls_logout(call: Call) -> dict[str, Any]:
    """Unlink the account."""
    call.instance.set_state("notAuthorized")
    return {"isLogout": True}


@method("GET", "callsQr")
def calls_qr(call: Call) -> dict[str, Any]:
    """Return the QR code."""
    return call.instance.sign_in.qr()


@method("GET", "callsGetStateInstance", query={"count": digits(1, 1_000_000)})
def calls_get_state_instance(call: Call) -> list[dict[str, Any]]:
    """Return past states, newest first."""
    newest = call.instance.lifecycle.history[::-1][: int(call.query.get("count", "100"))]
    return [{"stateInstance": state, "timestamp": at, "phoneNumber": call.instance.phone} for state, at in newest]


def _attempt(act: Callable[[], Any]) -> Any:
    """Perform a command; what the state of the call does not allow is a 400."""
    try:
        return act()
    except ValueError as error:
        raise RequestRejected(400, str(error)) from None
