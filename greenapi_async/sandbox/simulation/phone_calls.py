"""Voice and video calls, as the journals of 1.3.5 list them."""

from collections.abc import Mapping
from random import Random
from typing import Any, Final, Literal

import attrs

from greenapi_async.sandbox.payloads.schema import is_group
from greenapi_async.sandbox.simulation import bodies
from greenapi_async.sandbox.simulation.account import Account
from greenapi_async.sandbox.simulation.chats import Chats
from greenapi_async.sandbox.simulation.ids import incoming_id
from greenapi_async.sandbox.simulation.lifecycle import Lifecycle
from greenapi_async.sandbox.simulation.notifications import NotificationQueue
from greenapi_async.sandbox.simulation.timeline import Timeline

__all__ = ["INCOMING", "OUTGOING", "PhoneCall", "PhoneCalls"]

INCOMING: Final = ("offer", "pickUp", "hangUp", "missed", "declined")
"""The statuses of an incoming call; all but the first end it."""
OUTGOING: Final = ("pickUp", "hungUp", "invalid")

_SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "incoming": ("incomingWebhook", "incomingCallWebhook"),
    "outgoing": ("outgoingCallWebhook",),
}
"""The settings that must be on for a call to be reported."""


@attrs.define(kw_only=True)
class PhoneCall:
    """One call; its status is the latest one."""

    id_message: str
    type: Literal["incoming", "outgoing"]
    chat_id: str
    timestamp: int
    status: str
    is_video: bool = False
    duration: int = 0

    def as_journal_row(self) -> dict[str, Any]:
        """Return the row of the journal."""
        head = {
            "type": self.type,
            "idMessage": self.id_message,
            "timestamp": self.timestamp,
            "typeMessage": f"{self.type}Call",
            "chatId": self.chat_id,
            "isVideo": self.is_video,
            "status": self.status,
        }
        in_group = {"isGroup": is_group(self.chat_id)}
        return {**head, **(self._outgoing_fields() if self.type == "outgoing" else in_group)}

    def notification_fields(self, status: str) -> dict[str, Any]:
        """Return the fields of the notification of a status."""
        if self.type == "incoming":
            return {"from": self.chat_id, "status": status, "idMessage": self.id_message}
        head = {"idMessage": self.id_message, "from": self.chat_id, "isVideo": self.is_video, "status": status}
        return {**head, **self._outgoing_fields()}

    def _outgoing_fields(self) -> dict[str, Any]:
        return {"duration": self.duration, "participants": [{"id": self.chat_id, "status": self.status}]}


@attrs.define(eq=False, kw_only=True)
class PhoneCalls:
    """The calls of one account.

    Attributes:
        log: Every call, oldest first.
    """

    _account: Account = attrs.field(alias="account", repr=False)
    _timeline: Timeline = attrs.field(alias="timeline", repr=False)
    _settings: Mapping[str, Any] = attrs.field(alias="settings", repr=False)
    _lifecycle: Lifecycle = attrs.field(alias="lifecycle", repr=False)
    _notifications: NotificationQueue = attrs.field(alias="notifications", repr=False)
    _chats: Chats = attrs.field(alias="chats", repr=False)
    _random: Random = attrs.field(alias="random", repr=False)
    log: list[PhoneCall] = attrs.field(factory=list[PhoneCall], init=False)

    def incoming(self, chat_id: str, status: str = "offer", *, is_video: bool = False) -> str:
        """Receive a call from a contact.

        Args:
            chat_id: The caller.
            status: `offer` leaves the call ringing; any other status is how it ends at once.
            is_video: Whether it is a video call.

        Returns:
            The id of the call.
        """
        _check_status(status, INCOMING)
        ends = () if status == "offer" else (status,)
        return self._call("incoming", chat_id, ("offer", *ends), is_video=is_video)

    def end(self, id_message: str, status: str) -> None:
        """End an incoming call.

        Args:
            id_message: The id of the call.
            status: How it ends: `pickUp`, `hangUp`, `missed` or `declined`.

        Raises:
            ValueError: There is no such call or status.
        """
        _check_status(status, INCOMING[1:])
        self._timeline.settle()
        call = self.find(id_message)
        if call is None:
            raise ValueError("'idMessage' must be the id of a call")
        self._report(call, status)

    def find(self, id_message: str) -> PhoneCall | None:
        """Return a call by its id, or None."""
        return next((call for call in self.log if call.id_message == id_message), None)

    def outgoing(
        self,
        chat_id: str,
        status: str = "pickUp",
        *,
        is_video: bool = False,
        duration: int = 0,
        id_message: str | None = None,
    ) -> str:
        """Call a contact from the phone of the account's owner.

        Args:
            chat_id: The contact.
            status: How the call ends.
            is_video: Whether it is a video call.
            duration: Seconds for which it lasts.
            id_message: The id of the call; None generates one.

        Returns:
            The id of the call.
        """
        _check_status(status, OUTGOING)
        return self._call("outgoing", chat_id, (status,), is_video=is_video, duration=duration, id_message=id_message)

    def _call(
        self,
        direction: Literal["incoming", "outgoing"],
        chat_id: str,
        statuses: tuple[str, ...],
        *,
        is_video: bool,
        duration: int = 0,
        id_message: str | None = None,
    ) -> str:
        self._timeline.settle()
        self._chats.open(chat_id)
        call = PhoneCall(
            id_message=id_message or incoming_id(self._random),
            type=direction,
            chat_id=chat_id,
            timestamp=int(self._timeline.now),
            status=statuses[0],
            is_video=is_video,
            duration=duration,
        )
        self.log.append(call)
        for status in statuses:
            self._report(call, status)
        return call.id_message

    def _report(self, call: PhoneCall, status: str) -> None:
        call.status = status
        if self._lifecycle.is_linked and all(self._settings.get(name) == "yes" for name in _SETTINGS[call.type]):
            sender, fields = self._account.instance_data(), call.notification_fields(status)
            self._notifications.add(bodies.event(f"{call.type}Call", sender, fields, self._timeline.now))


def _check_status(status: str, known: tuple[str, ...]) -> None:
    if status not in known:
        raise ValueError(f"'status' must be one of [{', '.join(known)}]")
