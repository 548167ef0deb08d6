"""Counters of a polling loop or a run, for operators."""

import time
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

import attrs

from greenapi_async._internal.metrics import Histogram, Metric, Sample

if TYPE_CHECKING:
    from greenapi_async.models.notifications import Notification

__all__ = ["Counters"]


RECENT: Final = 100


@attrs.frozen(kw_only=True)
class HandlerRun:
    """A run of a handler that has ended; its text is not kept.

    Attributes:
        number: Grows with each run.
        time: When it ended, in seconds since the epoch.
        seconds: How long it took.
        id_instance: The instance.
        chat: Id of the chat; None if the notification has none.
        message_id: Id of the message; None if the notification has none.
        type: Type of the notification, or of its message.
        error: Class of the exception that it raised; None if it succeeded.
    """

    number: int
    time: float
    seconds: float
    id_instance: int
    chat: str | None
    message_id: str | None
    type: str
    error: str | None


@attrs.define(kw_only=True, eq=False)
class Counters:
    """Counts since a loop or run was created; reading them never blocks.

    With webhooks, a run counts what it finds in the inbox as received and acknowledged. Duplicates are known only if
    the receiver is in the same process and uses the same inbox object.

    Attributes:
        received: Notifications that the server served or pushed, duplicates included.
        duplicate: Duplicates that were dropped.
        acknowledged: Deletions that the server confirmed, and pushed notifications that were stored.
        yielded: Notifications passed to the body of ``async for`` or to the handler; each retry counts again.
        retried: Failed attempts of the handler that were scheduled for a retry.
        quarantined: Notifications quarantined after their last attempt.
        waiting: Notifications currently in progress or waiting, quarantine excluded.
        running: Handlers that run at the moment.
        ready: Lanes that wait for a free handler slot.
        handled: Durations of the handler runs that succeeded.
        failed: Durations of the handler runs that failed.
        recent: The last 100 runs of handlers that have ended, the oldest first.
    """

    received: int = 0
    duplicate: int = 0
    acknowledged: int = 0
    yielded: int = 0
    retried: int = 0
    quarantined: int = 0
    waiting: int = 0
    running: int = attrs.field(default=0, repr=False)
    ready: int = attrs.field(default=0, repr=False)
    recent: deque[HandlerRun] = attrs.field(factory=lambda: deque[HandlerRun](maxlen=RECENT), repr=False)
    handled: Histogram = attrs.field(factory=Histogram, repr=False)
    failed: Histogram = attrs.field(factory=Histogram, repr=False)
    oldest: float | None = attrs.field(default=None, repr=False)
    contact: float | None = attrs.field(default=None, repr=False)
    webhook: float | None = attrs.field(default=None, repr=False)

    @property
    def lag(self) -> float:
        """Seconds since the oldest waiting notification was received; 0 if none is waiting."""
        return max(0.0, time.time() - self.oldest) if self.oldest is not None else 0.0

    @property
    def last_contact(self) -> datetime | None:
        """Time of the server's last answer to a poll, in UTC."""
        return datetime.fromtimestamp(self.contact, UTC) if self.contact is not None else None

    @property
    def since_contact(self) -> float | None:
        """Seconds since the server's last answer to a poll; None before the first."""
        return max(0.0, time.time() - self.contact) if self.contact is not None else None

    @property
    def last_webhook(self) -> datetime | None:
        """Time at which the server last pushed a notification, in UTC."""
        return datetime.fromtimestamp(self.webhook, UTC) if self.webhook is not None else None

    @property
    def since_webhook(self) -> float | None:
        """Seconds since the server last pushed a notification; None before the first."""
        return max(0.0, time.time() - self.webhook) if self.webhook is not None else None

    def note_pushed(self, time: float, *, duplicate: bool = False) -> None:
        """Count a notification that the server pushed, and that was stored or is a duplicate.

        Args:
            time: When it arrived, in seconds since the epoch.
            duplicate: Whether it was dropped.
        """
        self.received += 1
        self.acknowledged += 1
        self.duplicate += duplicate
        self.webhook = max(time, self.webhook or 0.0)

    def note_run(self, notification: "Notification", seconds: float, error: BaseException | None) -> None:
        """Count a run of the handler.

        Args:
            notification: The notification.
            seconds: How long it took.
            error: What it raised; None if it succeeded.
        """
        (self.handled if error is None else self.failed).record(seconds)
        run = HandlerRun(
            number=self.handled.count + self.failed.count,
            time=time.time(),
            seconds=seconds,
            id_instance=notification.id_instance or 0,
            chat=notification.chat_id,
            message_id=notification.id_message,
            type=notification.type_webhook or "unknown",
            error=None if error is None else type(error).__name__,
        )
        self.recent.append(run)

    def metrics(self, instances: Iterable[int]) -> list[Metric]:
        """Return the counts as metrics.

        Args:
            instances: Ids of the instances, an attribute of each value.
        """
        attributes = {"greenapi.instances": ",".join(map(str, instances))}
        metrics = [
            Metric(name, kind, unit, description, [Sample(value, attributes)])
            for name, (kind, unit, description) in _METRICS.items()
            if (value := getattr(self, name.rpartition(".")[2])) is not None
        ]
        outcomes = {"succeeded": self.handled, "failed": self.failed}
        samples = [Sample(value, {**attributes, "outcome": outcome}) for outcome, value in outcomes.items()]
        metrics.append(Metric("greenapi.handlers.duration", "histogram", "s", "Duration of handler runs", samples))
        return metrics


_METRICS: Final[dict[str, tuple[Literal["counter", "gauge"], str, str]]] = {
    "greenapi.notifications.received": ("counter", "{notification}", "Notifications received, duplicates included"),
    "greenapi.notifications.duplicate": ("counter", "{notification}", "Duplicate notifications dropped"),
    "greenapi.notifications.acknowledged": ("counter", "{notification}", "Notifications that the server may delete"),
    "greenapi.notifications.yielded": (
        "counter",
        "{notification}",
        "Notifications passed to handlers, retries included",
    ),
    "greenapi.notifications.retried": ("counter", "{notification}", "Failed handler attempts scheduled for a retry"),
    "greenapi.notifications.quarantined": ("counter", "{notification}", "Notifications that failed for good"),
    "greenapi.notifications.waiting": ("gauge", "{notification}", "Notifications in progress or waiting"),
    "greenapi.notifications.lag": ("gauge", "s", "Waiting time of the oldest notification"),
    "greenapi.notifications.since_contact": ("gauge", "s", "Time since the server last answered a poll"),
    "greenapi.notifications.since_webhook": ("gauge", "s", "Time since the server last pushed a notification"),
    "greenapi.handlers.running": ("gauge", "{handler}", "Handlers that run at the moment"),
    "greenapi.lanes.ready": ("gauge", "{lane}", "Chats that wait for a free handler slot"),
}
