"""The queue of messages to be sent: one leaves at a time, and the next not before the sending delay."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from greenapi_async.sandbox.simulation.limits import KEPT
from greenapi_async.sandbox.simulation.messages import Message


@attrs.frozen
class Queued:
    """A message that waits, with the method and the parameters that put it there."""

    message: Message
    method: str
    body: Mapping[str, Any]
    queued_at: float


@attrs.define
class Outbox:
    """Keep messages in order, each for 24 hours."""

    _waiting: deque[Queued] = attrs.field(factory=deque[Queued], init=False)
    _last_left: float | None = attrs.field(default=None, init=False)

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Queued]:
        return iter(self._waiting)

    def add(self, queued: Queued) -> None:
        """Put a message at the end."""
        self._waiting.append(queued)

    def due(self, delay: float) -> float | None:
        """Say when the head may leave, the delay counted from the previous leaving."""
        if not self._waiting:
            return None
        queued_at = self._waiting[0].queued_at
        return queued_at if self._last_left is None else max(queued_at, self._last_left + delay)

    def leave(self, at: float) -> Message | None:
        """Take the head out; None when it has waited too long and is dropped instead."""
        queued = self._waiting.popleft()
        if at - queued.queued_at > KEPT:
            return None
        self._last_left = at
        return queued.message

    def clear(self) -> None:
        """Forget everything that waits."""
        self._waiting.clear()

    def drop_expired(self, now: float) -> None:
        """Forget what has waited for more than 24 hours."""
        while self._waiting and now - self._waiting[0].queued_at > KEPT:
            self._waiting.popleft()
