"""The voice call of an instance: one state machine, and the line on which both sides talk.

An instance has one call at a time. States: ``idle``, ``inc-call`` (a contact calls), ``out-call`` (the API calls a
contact), ``on-call``. The API and the contacts move it on; the websockets of the API are told of every change.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any, Final, Literal

import attrs

from greenapi_async.sandbox.simulation.ids import incoming_id
from greenapi_async.sandbox.simulation.people import People
from greenapi_async.sandbox.simulation.phone_calls import PhoneCalls
from greenapi_async.sandbox.simulation.timeline import Timeline

__all__ = ["SAMPLE_RATE", "Line", "SocketCommand", "VoiceCall", "VoiceCalls"]

SAMPLE_RATE: Final = 48_000
"""Samples per second on a line: 16 bits, mono."""
LONGEST_HEARD: Final = 5 * 60 * SAMPLE_RATE * 2
"""Bytes of a line that are kept."""
NO_CALL: Final = "no active call"
NO_INCOMING_CALL: Final = "no incoming call"
_MISSED: Final[Mapping[str, str]] = {
    "timeout": "declined",
    "accepted_elsewhere": "pickUp",
    "rejected_elsewhere": "hangUp",
    "rejected:user": "hangUp",
}
"""Statuses of notifications about an incoming call that ends unanswered, by reason; otherwise ``missed``."""

CallState = Literal["inc-call", "out-call", "on-call"]


@attrs.define(eq=False)
class Line:
    """The audio of a call: PCM, 16 bits, mono, 48 kHz.

    Attributes:
        heard: What the contact has heard so far, the last five minutes of it.
        is_connected: True while the API's side is connected to the audio.
    """

    heard: bytearray = attrs.field(factory=bytearray, init=False, repr=False)
    is_connected: bool = attrs.field(default=False, init=False)
    _to_say: bytearray = attrs.field(factory=bytearray, init=False, repr=False)

    def hear(self, pcm: bytes) -> None:
        """Play audio to the contact."""
        self.heard += pcm
        del self.heard[:-LONGEST_HEARD]

    def say(self, pcm: bytes) -> None:
        """Queue what the contact says next."""
        self._to_say += pcm

    @property
    def is_silent(self) -> bool:
        """True if the contact has said everything."""
        return not self._to_say

    def take(self, size: int) -> bytes:
        """Return the next bytes that the contact says, filled up with silence."""
        said = bytes(self._to_say[:size])
        del self._to_say[:size]
        return said.ljust(size, b"\0")


@attrs.define(kw_only=True, eq=False)
class VoiceCall:
    """The current call."""

    id: str
    chat_id: str
    name: str
    state: CallState
    began_at: float
    answered_at: float | None = None
    line: Line = attrs.field(factory=Line)

    def as_state(self) -> dict[str, Any]:
        """Return the response of `callsState`."""
        info = {"id": self.id, "wid": self.chat_id, **({"name": self.name} if self.name else {})}
        return {"state": self.state, "info": info}


@attrs.frozen
class SocketCommand:
    """What the websockets of the API are told: a frame to send, or the code with which to close."""

    frame: Mapping[str, Any] | None = None
    close_code: int | None = None
    close_reason: str = ""


@attrs.define(eq=False, kw_only=True)
class VoiceCalls:
    """The voice call of one account.

    Attributes:
        enabled: Whether the plan includes calls.
        ice_servers: The response of `callsGetIceServers`.
        current: The call; None while idle.
        ended: The last call that ended.
    """

    _timeline: Timeline = attrs.field(alias="timeline", repr=False)
    _phone_calls: PhoneCalls = attrs.field(alias="phone_calls", repr=False)
    _people: People = attrs.field(alias="people", repr=False)
    _random: Random = attrs.field(alias="random", repr=False)
    enabled: bool = attrs.field(default=True, init=False)
    ice_servers: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]], init=False)
    current: VoiceCall | None = attrs.field(default=None, init=False)
    ended: VoiceCall | None = attrs.field(default=None, init=False)
    _reason: str = attrs.field(default="", init=False)
    _sockets: list[Callable[[SocketCommand], None]] = attrs.field(
        factory=list[Callable[[SocketCommand], None]], init=False, repr=False
    )

    @contextmanager
    def socket(self, tell: Callable[[SocketCommand], None]) -> Generator[None]:
        """Register a websocket until the block ends; it is told the state at once."""
        self._sockets.append(tell)
        try:
            if self.enabled:
                tell(self._state_frame())
            else:
                message = "calls are not part of this plan"
                tell(SocketCommand({"type": "error", "message": message}))
                tell(SocketCommand(None, 4001, message))
            yield
        finally:
            self._sockets.remove(tell)

    def disconnect(self, code: int = 1012, reason: str = "") -> None:
        """Close the websockets of the API; 4000 to 4999 is for good."""
        for tell in tuple(self._sockets):
            tell(SocketCommand(None, code, reason))

    def as_state(self) -> dict[str, Any]:
        """Return the response of `callsState`."""
        if self.current is not None:
            return self.current.as_state()
        return {"state": "idle", **({"reason": self._reason} if self._reason else {})}

    def call_of(self, chat_id: str | None = None) -> VoiceCall:
        """Return the current call.

        Args:
            chat_id: The contact whose call it must be; None is anybody's.

        Raises:
            ValueError: There is no such call.
        """
        if self.current is None or chat_id not in {None, self.current.chat_id}:
            raise ValueError(NO_CALL)
        return self.current

    def contact_calls(self, chat_id: str, *, is_video: bool = False) -> str:
        """Ring, as a call of a contact does; while there is another call, or for video, only notifications report it.

        Args:
            chat_id: The caller.
            is_video: Whether it is a video call.

        Returns:
            The id of the call.
        """
        id_call = self._phone_calls.incoming(chat_id, is_video=is_video)
        if self.current is None and not is_video:
            self._begin(id_call, chat_id, "inc-call")
        return id_call

    def dial(self, chat_id: str) -> str:
        """Call a contact through the API.

        Args:
            chat_id: The contact.

        Returns:
            The id of the call.

        Raises:
            ValueError: There is a call already.
        """
        self._timeline.settle()
        if self.current is not None:
            raise ValueError("another call is in progress")
        return self._begin(incoming_id(self._random), chat_id, "out-call")

    def accept(self) -> None:
        """Accept the incoming call through the API.

        Raises:
            ValueError: There is none.
        """
        call = self._ringing()
        self._phone_calls.end(call.id, "pickUp")
        self._answer(call)

    def reject(self) -> None:
        """Reject the incoming call through the API.

        Raises:
            ValueError: There is none.
        """
        self._ringing()
        self.end("rejected:user")

    def hang_up(self) -> None:
        """End the call through the API.

        Raises:
            ValueError: There is none.
        """
        self.end("rejected:user" if self.call_of().state == "inc-call" else "hangup")

    def contact_answers(self, chat_id: str) -> None:
        """Answer a call of the API.

        Args:
            chat_id: The contact.

        Raises:
            ValueError: The contact is not being called.
        """
        call = self.call_of(chat_id)
        if call.state != "out-call":
            raise ValueError(f"the contact is not being called; the call is {call.state}")
        self._answer(call)

    def contact_hangs_up(self, chat_id: str) -> None:
        """End the call as its contact.

        Args:
            chat_id: The contact.

        Raises:
            ValueError: There is no call with the contact.
        """
        self.end("rejected:busy" if self.call_of(chat_id).state == "out-call" else "hangup")

    def end(self, reason: str) -> None:
        """End the call.

        Args:
            reason: Why; `timeout`, `accepted_elsewhere` and others are possible.

        Raises:
            ValueError: There is no call.
        """
        self._timeline.settle()
        call = self.call_of()
        if call.state == "inc-call":
            self._phone_calls.end(call.id, _MISSED.get(reason, "missed"))
        elif self._phone_calls.find(call.id) is None:
            answered = call.answered_at
            duration = 0 if answered is None else round(self._timeline.now - answered)
            status = "hungUp" if answered is None else "pickUp"
            self._phone_calls.outgoing(call.chat_id, status, duration=duration, id_message=call.id)
        self.current, self.ended, self._reason = None, call, reason
        self._changed()

    def phone_ends(self, id_call: str, status: str) -> None:
        """Report how an incoming call ended on the phone of the account's owner or of the caller.

        Args:
            id_call: The id of the call.
            status: `pickUp`, `hangUp`, `missed` or `declined`.

        Raises:
            ValueError: There is no such call or status.
        """
        self._phone_calls.end(id_call, status)
        if self.current is not None and self.current.id == id_call:
            reasons = {"pickUp": "accepted_elsewhere", "hangUp": "rejected_elsewhere", "declined": "timeout"}
            self.ended, self.current, self._reason = self.current, None, reasons.get(status, "hangup")
            self._changed()

    def _begin(self, id_call: str, chat_id: str, state: CallState) -> str:
        name = self._people.name_of(chat_id)
        now = self._timeline.now
        self.current = VoiceCall(id=id_call, chat_id=chat_id, name=name, state=state, began_at=now)
        self._reason = ""
        self._changed()
        return id_call

    def _ringing(self) -> VoiceCall:
        self._timeline.settle()
        if self.current is None or self.current.state != "inc-call":
            raise ValueError(NO_INCOMING_CALL)
        return self.current

    def _answer(self, call: VoiceCall) -> None:
        self._timeline.settle()
        call.state, call.answered_at = "on-call", self._timeline.now
        self._changed()

    def _changed(self) -> None:
        for tell in tuple(self._sockets):
            tell(self._state_frame())
        self._timeline.changes.notify()

    def _state_frame(self) -> SocketCommand:
        return SocketCommand({"type": "state", "state": self.as_state()})
