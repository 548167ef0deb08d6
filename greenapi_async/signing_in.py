"""Linking a phone to the instance, and seeing that all is ready. Manual: 1.3.2 and 1.3.13."""

import json
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, cast

import anyio
import attrs

from greenapi_async.codec import read
from greenapi_async.errors import (
    DecodeError,
    GreenAPIError,
    NotAuthorizedError,
    TimeoutExpiredError,
    TransportError,
    WebhookUrlSetError,
)
from greenapi_async.models.account import QR, Settings, StateInstance
from greenapi_async.models.states import InstanceState, QRType
from greenapi_async.wire.retry import person_must_act
from greenapi_async.wire.websocket import WebSocket

__all__ = ["QRCodes", "Readiness", "problems_of_settings", "problems_of_state", "wait_until"]

SILENCE = 110.0
"""Seconds without a word after which the websocket is given up; the server itself ends it after 100."""
EVERY = 2.0
"""Seconds between two looks at the state."""


class QRCodes:
    """The codes to scan, each valid for about 20 seconds, until the phone is linked or the server gives up after 100.

    Iterate with ``async for``; the last event is of another type than ``QRType.QR_CODE`` and tells how it ended.
    Leaving the loop early leaves the connection open until ``aclose``, the end of ``async with``, or the client's end.
    """

    def __init__(self, connect: Callable[[], Awaitable[WebSocket]]) -> None:
        self._connect = connect
        self._socket: WebSocket | None = None
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> QR:
        if self._ended:
            raise StopAsyncIteration
        if self._socket is None:
            self._socket = await self._connect()
        text = await self._socket.receive(SILENCE)
        if text is None:
            await self.aclose()
            raise TransportError("the websocket ended without telling how; begin again", method="scanqrcode")
        try:
            event = _event(json.loads(text))
        except (ValueError, TypeError) as error:
            raise DecodeError(f"the websocket said something else: {error}", method="scanqrcode") from None
        if event.type != QRType.QR_CODE:
            await self.aclose()
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End it, and close the connection."""
        self._ended = True
        if self._socket is not None:
            await self._socket.aclose()


def _event(told: Any) -> QR:
    if isinstance(told, dict):
        fields = cast("dict[str, Any]", told)
        if isinstance(fields.get("message"), dict):
            return read(QR, {**fields, "message": None, "accountData": fields["message"]})
    return read(QR, told)


async def wait_until(
    get_state: Callable[[], Awaitable[StateInstance | None]], state: InstanceState, timeout: float
) -> None:
    """Look at the state until it is the wanted one."""
    last: object = "being created"
    trouble: GreenAPIError | None = None
    with anyio.move_on_after(timeout):
        while True:
            try:
                now = await get_state()
            except GreenAPIError as error:
                if person_must_act(error):
                    raise
                trouble = error
            else:
                last, trouble = (now.state_instance if now else last), None
                if last == state:
                    return
            await anyio.sleep(EVERY)
    words = f"the instance is {last} and did not become {state} within {timeout:g} s"
    raise TimeoutExpiredError(words, method="getStateInstance") from trouble


@attrs.frozen(kw_only=True)
class Readiness:
    """What ``ensure_ready`` saw."""

    state: InstanceState | str | None
    """None while the instance is being created."""
    problems: tuple[str, ...] = ()
    """What keeps notifications from being polled or messages from being sent, and what to do, a sentence each."""
    mended: tuple[str, ...] = ()
    """The settings that were changed; they apply within five minutes."""

    @property
    def ok(self) -> bool:
        """Whether nothing is in the way."""
        return not self.problems

    def raise_for_problems(self) -> Self:
        """Raise ``WebhookUrlSetError`` or ``NotAuthorizedError`` with every problem, if there is one."""
        if self.problems:
            kind = NotAuthorizedError if self.state != InstanceState.AUTHORIZED else WebhookUrlSetError
            raise kind(" ".join(self.problems), method="ensure_ready")
        return self


_STATE_ADVICE: dict[str | None, str] = {
    None: "The instance is being created: wait up to five minutes.",
    InstanceState.NOT_AUTHORIZED: "No phone is linked: scan a code of scan_qr_code(), or use get_authorization_code().",
    InstanceState.BLOCKED: "WhatsApp has banned the account: ask for its release on the phone.",
    InstanceState.SLEEP_MODE: "The phone is off: switch it on, and wait up to five minutes.",
    InstanceState.STARTING: "The instance is starting: wait up to five minutes, then reboot().",
    InstanceState.YELLOW_CARD: "Sending is suspended for spam: reboot() the instance, and send less.",
}
_SWITCHES = {
    "incoming_webhook": "incoming messages",
    "outgoing_webhook": "the statuses of sent messages",
    "state_webhook": "changes of the instance's state",
}


def problems_of_state(state: InstanceState | str | None) -> list[str]:
    """Say what is wrong with a state."""
    if state == InstanceState.AUTHORIZED:
        return []
    return [_STATE_ADVICE.get(state, f"The instance is {state}.")]


def problems_of_settings(settings: Settings) -> dict[str, tuple[str, Any]]:
    """Say what is wrong with the settings for polling: by setting, a sentence, and the value that mends it."""
    wrong: dict[str, tuple[str, Any]] = {}
    if settings.webhook_url:
        sentence = "Notifications are pushed to a webhook URL: use_polling() to poll them."
        wrong["webhook_url"] = (sentence, "")
    for name, what in _SWITCHES.items():
        if getattr(settings, name) is False:
            wrong[name] = (f"There are no notifications of {what}: set_settings({name}=True).", True)
    return wrong
