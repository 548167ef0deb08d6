"""The queue of notifications: its head is served until it is deleted."""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import attrs

from greenapi_async.sandbox.simulation.limits import KEPT


@attrs.define(eq=False)
class Notification:
    """A notification that waits; it gets its receipt when it is first served."""

    body: Mapping[str, Any]
    queued_at: float
    receipt_id: int | None = None
    attempts: int = 0
    """How often it was pushed."""


@attrs.define
class NotificationQueue:
    """Keep notifications in order, each for 24 hours."""

    _waiting: deque[Notification] = attrs.field(factory=deque[Notification], init=False)
    _last_receipt: int = attrs.field(default=0, init=False)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def head(self) -> Notification | None:
        """What waits the longest."""
        return self._waiting[0] if self._waiting else None

    def add(self, body: Mapping[str, Any], at: float) -> None:
        """Put a notification at the end."""
        self._waiting.append(Notification(body, at))

    def serve(self) -> dict[str, Any] | None:
        """Give the head with its receipt, the same one until it is deleted."""
        if not self._waiting:
            return None
        head = self._waiting[0]
        if head.receipt_id is None:
            self._last_receipt += 1
            head.receipt_id = self._last_receipt
        return {"receiptId": head.receipt_id, "body": head.body}

    def delete(self, receipt_id: int) -> bool:
        """Remove the head if this is its receipt."""
        if not self._waiting or self._waiting[0].receipt_id != receipt_id:
            return False
        self._waiting.popleft()
        return True

    def remove(self, notification: Notification) -> None:
        """Remove a notification if it is still there."""
        with suppress(ValueError):
            self._waiting.remove(notification)

    def bodies(self) -> list[Mapping[str, Any]]:
        """Give everything that waits, without serving it."""
        return [notification.body for notification in self._waiting]

    def clear(self) -> None:
        """Forget everything that waits."""
        self._waiting.clear()

    def drop_expired(self, now: float) -> None:
        """Forget what has waited for 24 hours."""
        while self._waiting and now - self._waiting[0].queued_at >= KEPT:
            self._waiting.popleft()
