"""Progress of a broadcast in numbers."""

import enum
from collections.abc import Mapping
from datetime import datetime

import attrs

from greenapi_async._internal.metrics import Metric, Sample
from greenapi_async.outgoing.broadcast_recipients import RecipientStatus

__all__ = ["BroadcastProgress", "BroadcastState"]


class BroadcastState(enum.StrEnum):
    """State of a broadcast.

    Attributes:
        LOADING: The recipients are being stored.
        SENDING: Messages are being sent.
        PAUSED: It waits until it may send again: for the hours, the daily limit, or another broadcast.
        HOLDING: It waits for the server: its queue is not empty, it cannot be reached, or the instance is starting.
        STANDBY: Another process sends it.
        DRAINING: All messages have been handed over; some have not left the server.
        FINISHED: Nothing is left to do.
        STOPPED: It cannot continue until a human acts; the next start continues.
        CANCELLED: It was ended for good.
    """

    LOADING = "loading"
    SENDING = "sending"
    PAUSED = "paused"
    HOLDING = "holding"
    STANDBY = "standby"
    DRAINING = "draining"
    FINISHED = "finished"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


@attrs.frozen(kw_only=True)
class BroadcastProgress:
    """Progress of a broadcast; each recipient is counted once.

    Attributes:
        name: Name of the broadcast.
        state: What it is doing.
        reason: Why it does not send; empty while it does.
        next_at: When it may send again, in UTC; None if that is not known.
        total: Number of recipients, those on the list twice counted once.
        waiting: Nothing has been sent yet.
        queued: In the server's queue.
        sent: Sent, and not reported as delivered.
        delivered: Delivered, and not reported as read.
        read: Read.
        failed: Not sent or not delivered.
        skipped: Not sent, because the recipient opted out or has no account.
        duplicates: Entries of the list that named a recipient again.
    """

    name: str
    state: BroadcastState
    reason: str = ""
    next_at: datetime | None = None
    total: int = 0
    waiting: int = 0
    queued: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    failed: int = 0
    skipped: int = 0
    duplicates: int = 0

    @property
    def done(self) -> int:
        """Recipients for whom nothing is left to be sent."""
        return self.total - self.waiting

    @property
    def handed_over(self) -> int:
        """Messages that the server has accepted and that have not failed."""
        return self.queued + self.sent + self.delivered + self.read

    def metrics(self) -> list[Metric]:
        """Return the number of recipients by status, for ``HealthApp(sources=[broadcast])``."""
        statuses = ("waiting", "queued", "sent", "delivered", "read", "failed", "skipped")
        samples = [Sample(getattr(self, each), {"greenapi.broadcast": self.name, "status": each}) for each in statuses]
        return [Metric("greenapi.broadcast.recipients", "gauge", "{recipient}", "Recipients of a broadcast", samples)]

    def __str__(self) -> str:
        counted = ("queued", "sent", "delivered", "read", "failed", "skipped")
        parts = [f"{count} {name}" for name in counted if (count := getattr(self, name))]
        parts.insert(0, f"{self.done} of {self.total}")
        state = f"{self.state}: {self.reason}" if self.reason else str(self.state)
        return f"{self.name}: {', '.join(parts)} ({state})"


def counts_to_fields(counts: Mapping[RecipientStatus, int]) -> dict[str, int]:
    """Return the numbers of ``BroadcastProgress``.

    Args:
        counts: Recipients by status.
    """
    numbers = {str(status): counts.get(status, 0) for status in RecipientStatus}
    numbers["waiting"] += numbers.pop("sending")
    return {**numbers, "total": sum(numbers.values())}
