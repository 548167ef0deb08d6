"""Voice calls: their state, and what is needed to connect their audio. Beyond the manual."""

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.states import CallState

__all__ = ["CallInfo", "CurrentCall", "DialedCall", "IceServer"]


@attrs.frozen(kw_only=True)
class CallInfo(Model):
    """The other side of a call.

    Attributes:
        id: Id of the call, equal to ``id_message`` of the notification ``IncomingCall``.
        wid: Chat id of the other side, ``...@c.us`` or ``...@lid``.
        name: Its name; None or empty if WhatsApp gives none.

    Source: the vendor's documentation, beyond the manual.
    """

    id: str | None = None
    wid: str | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class CurrentCall(Model):
    """Answer of callsState: the call of an instance, which has one at a time.

    Attributes:
        info: The call; None while idle.
        reason: Why the last call ended, for example ``hangup`` or ``timeout``; only while idle.

    Source: the vendor's documentation, beyond the manual.
    """

    state: CallState | str | None = None
    info: CallInfo | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class DialedCall(Model):
    """Answer of callsDial.

    Attributes:
        call_id: Id of the call; None if the server did not give one.

    Source: the vendor's documentation, beyond the manual.
    """

    call_id: str | None = None


@attrs.frozen(kw_only=True)
class IceServer(Model):
    """A STUN or TURN server, one item of the answer of callsGetIceServers.

    Attributes:
        urls: Its URLs; None if they cannot be read.

    Source: the vendor's documentation, beyond the manual.
    """

    urls: list[str] | None = None
    username: str | None = None
    credential: str | None = attrs.field(default=None, repr=False)
