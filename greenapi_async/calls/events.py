"""Events of a session of voice calls, and the iterator over them."""

from collections import deque
from typing import TYPE_CHECKING, Self, TypeAlias

import attrs

from greenapi_async.calls.changes import Changes
from greenapi_async.models.calls import CurrentCall

if TYPE_CHECKING:
    from greenapi_async.calls.call import Call

__all__ = [
    "CallEnded",
    "CallEvents",
    "CallFailure",
    "CallRings",
    "CallStateChanged",
    "CallsConnected",
    "CallsDisconnected",
    "CallsEvent",
]


@attrs.frozen
class CallsConnected:
    """The websocket is connected, for the first time or again."""


@attrs.frozen
class CallsDisconnected:
    """The websocket is lost.

    Attributes:
        code: Close code; 1006 if the connection ended without one.
        reason: The server's words, if any.
        permanent: True if the server has refused it, so that it is not connected again.
    """

    code: int
    reason: str
    permanent: bool


@attrs.frozen
class CallStateChanged:
    """The server told the state of the call."""

    state: CurrentCall


@attrs.frozen
class CallRings:
    """Somebody calls."""

    call: "Call"


@attrs.frozen
class CallEnded:
    """A call is over.

    Attributes:
        reason: The server's reason, such as ``hangup`` or ``timeout``, or ``connection-lost``.
    """

    call: "Call"
    reason: str


@attrs.frozen
class CallFailure:
    """Something failed that ended neither the call nor the session.

    Attributes:
        message: What failed, usually in the server's words.
    """

    message: str


CallsEvent: TypeAlias = CallsConnected | CallsDisconnected | CallStateChanged | CallRings | CallEnded | CallFailure


class CallEvents:
    """Async iterator over the events of a session from its creation on; it ends with the session."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._pending: deque[CallsEvent] = deque()
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> CallsEvent:
        while not self._pending:
            if self._ended:
                raise StopAsyncIteration
            await self._changes.wait()
        return self._pending.popleft()

    def add(self, event: CallsEvent) -> None:
        """Add an event."""
        self._pending.append(event)

    def end(self) -> None:
        """End the iteration after the events that are pending."""
        self._ended = True
