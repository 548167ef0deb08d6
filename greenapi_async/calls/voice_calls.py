"""The part of ``Client`` that opens websockets about calls."""

import functools
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from greenapi_async import http, instance
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.methods.calls import CALLS_RTC, CALLS_SCAN_QR_CODE, CallMethods

if TYPE_CHECKING:
    from greenapi_async.calls.session import Calls
    from greenapi_async.http.websocket import WebSocket

__all__ = ["VoiceCalls"]


class VoiceCalls(CallMethods):
    """Voice calls: the methods, and the session over them."""

    def calls(self, *, audio: bool = True) -> "Calls":
        """Open a session of voice calls: dial, accept, play, listen, record.

        Needs the extra ``voip``; ``audio=False`` only needs ``ws``, and works on trio. Only personal calls without
        video are possible, one at a time, of 90 minutes at most, if they are part of the instance's plan.

        Args:
            audio: Whether calls have audio.

        Returns:
            An async context manager.

        Example:
            >>> async with client.calls() as calls:
            ...     call = await calls.dial("79001234567@c.us")
            ...     await call.wait_for_answer()
            ...     await call.play("hello.wav")
            ...     await call.hang_up()

        Source: the vendor's documentation, beyond the manual.
        """
        from greenapi_async.calls.session import Calls  # noqa: PLC0415  keeps the import of the client cheap

        return Calls(self, functools.partial(self._open_websocket, CALLS_RTC), audio=audio)

    def calls_scan_qr_code(self) -> "instance.sign_in.QRCodes":
        """Iterate over the QR codes for linking the account that calls, as they are renewed, until it is linked.

        Like ``scan_qr_code``. Needs the extra ``ws``.

        Returns:
            An async iterator.

        Source: the vendor's documentation, beyond the manual.
        """
        return instance.sign_in.QRCodes(functools.partial(self._open_websocket, CALLS_SCAN_QR_CODE))

    @abstractmethod
    async def _open_websocket(
        self, endpoint: Endpoint[Any], owner: object = None, policy: "http.retry.RetryPolicy | None" = None
    ) -> "WebSocket": ...
