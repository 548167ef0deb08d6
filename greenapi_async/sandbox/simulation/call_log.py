"""The log of an instance's API calls; it never contains the token."""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

import attrs

from greenapi_async.sandbox.simulation.listeners import Listeners

__all__ = ["CallLog", "LoggedCall"]

CAPACITY: Final = 1000
"""Calls that the log holds; older ones are dropped."""


@attrs.define
class LoggedCall:
    """One API call.

    Attributes:
        method: The called method.
        verb: The HTTP method.
        at: When the call came.
        status: The status of the response; None until it is sent, and if the connection was dropped.
        number: Sequence number of the call, counted from 1 for each instance.
        took: Seconds until the response; None while the call is open.
        error: The error message of the response.
    """

    method: str
    verb: str
    at: float
    status: int | None = None
    number: int = 0
    took: float | None = None
    error: str | None = None

    def as_row(self) -> dict[str, Any]:
        """Return the row of the control API."""
        return {
            "number": self.number,
            "method": self.method,
            "verb": self.verb,
            "status": self.status,
            "at": self.at,
            "took": self.took,
            "error": self.error,
            "open": self.took is None,
        }


@attrs.define(eq=False)
class CallLog:
    """The latest calls, oldest first.

    Attributes:
        changes: Notified when a call begins and when it ends.
    """

    _calls: deque[LoggedCall] = attrs.field(factory=lambda: deque[LoggedCall](maxlen=CAPACITY), init=False)
    _count: int = attrs.field(default=0, init=False)
    changes: Listeners = attrs.field(factory=Listeners, init=False)

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[LoggedCall]:
        return iter(self._calls)

    def __getitem__(self, index: int) -> LoggedCall:
        return self._calls[index]

    def begin(self, method: str, verb: str, at: float) -> LoggedCall:
        """Log a call that has no response yet.

        Args:
            method: The called method.
            verb: The HTTP method.
            at: When the call came.
        """
        self._count += 1
        call = LoggedCall(method, verb, at, number=self._count)
        self._calls.append(call)
        self.changes.notify()
        return call

    def end(self, call: LoggedCall, at: float) -> None:
        """Log the end of a call.

        Args:
            call: What `begin` returned.
            at: When it ended.
        """
        call.took = max(at - call.at, 0.0)
        self.changes.notify()

    def clear(self) -> None:
        """Remove every logged call."""
        self._calls.clear()
