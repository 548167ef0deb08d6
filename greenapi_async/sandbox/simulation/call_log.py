"""The log of the API calls of an instance, never with the token."""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

import attrs

from greenapi_async.sandbox.simulation.listeners import Listeners

KEPT: Final = 1000
"""Calls that the log holds; the oldest go first."""


@attrs.define
class LoggedCall:
    """One call; its status is None until it is answered, and stays so when the connection was dropped."""

    method: str
    verb: str
    at: float
    status: int | None = None
    number: int = 0
    """Counts the calls of an instance."""
    took: float | None = None
    """Seconds until the answer; None while it is awaited."""
    error: str | None = None
    """What the answer said was wrong."""

    def as_dict(self) -> dict[str, Any]:
        """Give the row of the control API."""
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
    """The last calls, oldest first."""

    _calls: deque[LoggedCall] = attrs.field(factory=lambda: deque[LoggedCall](maxlen=KEPT), init=False)
    _began: int = attrs.field(default=0, init=False)
    changes: Listeners = attrs.field(factory=Listeners, init=False)
    """Told of each call that began or ended."""

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[LoggedCall]:
        return iter(self._calls)

    def __getitem__(self, index: int) -> LoggedCall:
        return self._calls[index]

    def begin(self, method: str, verb: str, at: float) -> LoggedCall:
        """Log a call that is not answered yet."""
        self._began += 1
        call = LoggedCall(method, verb, at, number=self._began)
        self._calls.append(call)
        self.changes.tell()
        return call

    def end(self, call: LoggedCall, at: float) -> None:
        """Log that nothing more comes of a call."""
        call.took = max(at - call.at, 0.0)
        self.changes.tell()

    def clear(self) -> None:
        """Forget all that was logged."""
        self._calls.clear()
