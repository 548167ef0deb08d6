"""Voice calls: commands, state, and the account that calls. Beyond the manual.

A command is acknowledged, not done: what becomes of the call is told over the websocket, see ``Client.calls``.
"""

import re
from typing import Any

from greenapi_async import models
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import ignore_body, list_of, object_of

__all__ = [
    "CALLS_ACCEPT",
    "CALLS_DIAL",
    "CALLS_GET_ICE_SERVERS",
    "CALLS_GET_STATE_INSTANCE",
    "CALLS_HANG_UP",
    "CALLS_LOGOUT",
    "CALLS_QR",
    "CALLS_REJECT",
    "CALLS_RTC",
    "CALLS_SCAN_QR_CODE",
    "CALLS_STATE",
    "CallMethods",
]

_PERSON = re.compile(r"\d+@(?:c\.us|lid|s\.whatsapp\.net)", re.ASCII)
_OUTCOME = "Call calls_state(): it shows the call, if there is one."
_REFUSED = ErrorPattern(503, "call refused")
_states = list_of(lambda: models.account.StateInstanceRecord)


def _dialed(value: Any) -> "models.calls.DialedCall":
    """Decode the answer of callsDial, which may be empty."""
    return object_of(lambda: models.calls.DialedCall)(value or {})


def _state_history(value: Any) -> "list[models.account.StateInstanceRecord]":
    """Decode the answer of callsGetStateInstance: a list, or an object with the current state."""
    return _states([value] if isinstance(value, dict) else value)


CALLS_DIAL = Endpoint(
    "POST",
    "callsDial",
    _dialed,
    idempotent=False,
    required=("chatId",),
    limits={
        "chatId": validation.matches(
            _PERSON, "the chat id of a person, for example 79001234567@c.us; chat_id('+7...') makes one"
        )
    },
    outcome_check=_OUTCOME,
    without_effect=(_REFUSED,),
    advice={
        _REFUSED: "WhatsApp refused the call, and none began: check the number, try later.",
    },
)
CALLS_ACCEPT = Endpoint("POST", "callsAccept", ignore_body, idempotent=False, outcome_check=_OUTCOME)
CALLS_REJECT = Endpoint("POST", "callsReject", ignore_body, idempotent=False, outcome_check=_OUTCOME)
CALLS_HANG_UP = Endpoint("POST", "callsHangUp", ignore_body, idempotent=False, outcome_check=_OUTCOME)
CALLS_STATE = Endpoint("GET", "callsState", object_of(lambda: models.calls.CurrentCall), idempotent=True)
CALLS_GET_ICE_SERVERS = Endpoint(
    "GET", "callsGetIceServers", list_of(lambda: models.calls.IceServer), idempotent=True, secret=True
)
CALLS_LOGOUT = Endpoint(
    "POST",
    "callsLogout",
    object_of(lambda: models.account.Logout),
    idempotent=False,
    outcome_check="Call calls_get_state_instance(): notAuthorized means that the account is unlinked.",
)
CALLS_QR = Endpoint("GET", "callsQr", object_of(lambda: models.account.QR), idempotent=True)
CALLS_SCAN_QR_CODE = Endpoint("GET", "callsScanqrcode", ignore_body, idempotent=True)
"""A websocket; ``Client.calls_scan_qr_code`` iterates over its messages."""
CALLS_GET_STATE_INSTANCE = Endpoint(
    "GET",
    "callsGetStateInstance",
    _state_history,
    idempotent=True,
    query=("count",),
    limits={"count": validation.integer(1)},
)
CALLS_RTC = Endpoint("GET", "callsRtc", ignore_body, idempotent=True)
"""The websocket of ``Client.calls``."""


class CallMethods(MethodGroup):
    """Methods on voice calls."""

    async def calls_dial(self, chat_id: str) -> "models.calls.DialedCall":
        """Call a person.

        ``Client.calls`` does this and connects the audio.

        Args:
            chat_id: The person, ``...@c.us`` or ``...@lid``.

        Returns:
            The id of the call.

        Raises:
            InvalidArgumentError: ``chat_id`` is not the chat id of a person.
            ServerError: WhatsApp refused the call (503), and none began.
            DeliveryUnknownError: The connection failed after the request was sent; it may ring at the other side.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(CALLS_DIAL, {"chatId": chat_id})

    async def calls_accept(self) -> None:
        """Accept the incoming call.

        Raises:
            BadRequestError: There is no incoming call.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(CALLS_ACCEPT, {})

    async def calls_reject(self) -> None:
        """Reject the incoming call.

        Raises:
            BadRequestError: There is no incoming call.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(CALLS_REJECT, {})

    async def calls_hang_up(self) -> None:
        """End the call, no matter who began it.

        Raises:
            BadRequestError: There is no call.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(CALLS_HANG_UP, {})

    async def calls_state(self) -> "models.calls.CurrentCall":
        """Return the state of the instance's call.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(CALLS_STATE, {})

    async def calls_get_ice_servers(self) -> "list[models.calls.IceServer]":
        """Return the STUN and TURN servers for the audio of a call.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(CALLS_GET_ICE_SERVERS, {})

    async def calls_logout(self) -> "models.account.Logout":
        """Unlink the account that calls.

        Raises:
            DeliveryUnknownError: The connection failed after the request was sent. The account may be linked or
                not.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(CALLS_LOGOUT, {})

    async def calls_qr(self) -> "models.account.QR":
        """Return the QR code for linking the account that calls; it changes every 20 seconds.

        Returns:
            The code as a PNG in Base64, or the reason why there is none; ``type`` says which.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(CALLS_QR, {})

    async def calls_get_state_instance(self, *, count: int | None = None) -> "list[models.account.StateInstanceRecord]":
        """Return the states of the account that calls.

        Args:
            count: Maximum number of states; None leaves it to the server.

        Returns:
            The states. A server that only gives the current one gives no time and no phone number.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(CALLS_GET_STATE_INSTANCE, {"count": count})
