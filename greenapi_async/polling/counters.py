"""Counters of a polling loop or a run, for operators."""

import time
from datetime import UTC, datetime

import attrs

__all__ = ["Counters"]


@attrs.define(kw_only=True, eq=False)
class Counters:
    """Counts since a loop or run was created; reading them never blocks.

    Attributes:
        received: Notifications that the server served, duplicates included.
        duplicate: Duplicates that were dropped.
        acknowledged: Deletions that the server confirmed.
        yielded: Notifications passed to the body of ``async for`` or to the handler; each retry counts again.
        retried: Failed attempts of the handler that were scheduled for a retry.
        quarantined: Notifications quarantined after their last attempt.
        waiting: Notifications currently in progress or waiting, quarantine excluded.
    """

    received: int = 0
    duplicate: int = 0
    acknowledged: int = 0
    yielded: int = 0
    retried: int = 0
    quarantined: int = 0
    waiting: int = 0
    oldest: float | None = attrs.field(default=None, repr=False)
    contact: float | None = attrs.field(default=None, repr=False)

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
