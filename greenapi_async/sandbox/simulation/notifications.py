"""The notification queue: its head is served under one receipt id until it is deleted.

Source: manual 1.3.4. Notifications are kept for 24 hours, in order.
"""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import attrs

from greenapi_async.sandbox.simulation.lids import Lids
from greenapi_async.sandbox.simulation.limits import RETENTION_SECONDS
from greenapi_async.sandbox.simulation.timeline import Timeline

__all__ = ["Notification", "NotificationQueue"]

CLEAR_INTERVAL: Final = 60
"""Seconds between two clearings of the queue."""


@attrs.define(eq=False)
class Notification:
    """A queued notification."""

    body: Mapping[str, Any]
    queued_at: float
    receipt_id: int | None = None
    """Assigned when the notification is first served."""
    attempts: int = 0
    """Number of pushes to the webhook URL."""


@attrs.define(eq=False)
class NotificationQueue:
    """The notifications of one instance that were not acknowledged yet."""

    _timeline: Timeline
    _settings: Mapping[str, Any]
    _lids: Lids
    _waiting: deque[Notification] = attrs.field(factory=deque[Notification], init=False)
    _last_receipt: int = attrs.field(default=0, init=False)
    _cleared_at: float | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._timeline.add_expiry(self._drop_expired)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def head(self) -> Notification | None:
        """The oldest notification."""
        return self._waiting[0] if self._waiting else None

    def add(self, body: Mapping[str, Any], *, setting: str | None = None, unchanged: bool = False) -> None:
        """Queue a notification.

        Args:
            body: The notification.
            setting: The setting that must be `yes` for it to be queued; None queues it in any case.
            unchanged: Whether it is served as it is, instead of with each `@lid` that is in use.
        """
        if setting is None or self._settings[setting] == "yes":
            self._waiting.append(Notification(body if unchanged else self._lids.show(body), self._timeline.now))
            self._timeline.changes.notify()

    def receive(self) -> dict[str, Any] | None:
        """Serve the head with its receipt id, the same one until it is deleted; None if the queue is empty."""
        self._timeline.settle()
        head = self.head
        if head is None:
            return None
        if head.receipt_id is None:
            self._last_receipt += 1
            head.receipt_id = self._last_receipt
        return {"receiptId": head.receipt_id, "body": head.body}

    def delete(self, receipt_id: int) -> bool:
        """Remove the head if this is its receipt id; return whether it was."""
        self._timeline.settle()
        deleted = self.head is not None and self.head.receipt_id == receipt_id
        if deleted:
            self._waiting.popleft()
        self._timeline.changes.notify()
        return deleted

    def remove(self, notification: Notification) -> None:
        """Remove a notification if it is still queued."""
        with suppress(ValueError):  # it was deleted in the meantime
            self._waiting.remove(notification)

    def bodies(self) -> list[Mapping[str, Any]]:
        """Return every queued body without serving it."""
        return [notification.body for notification in self._waiting]

    def clear(self) -> None:
        """Remove every notification."""
        self._waiting.clear()

    def try_clear(self) -> float:
        """Remove every notification unless that was done less than a minute ago.

        Returns:
            The seconds left until it is possible again; 0 if the queue was cleared.
        """
        self._timeline.settle()
        now = self._timeline.now
        if self._cleared_at is not None and now < self._cleared_at + CLEAR_INTERVAL:
            return self._cleared_at + CLEAR_INTERVAL - now
        self._cleared_at = now
        self.clear()
        return 0

    def _drop_expired(self, now: float) -> None:
        while self._waiting and now - self._waiting[0].queued_at >= RETENTION_SECONDS:
            self._waiting.popleft()
