"""What operators look at: how much came in, what became of it, and when the server last answered."""

import time
from datetime import UTC, datetime

import attrs

__all__ = ["Counters"]


@attrs.define(kw_only=True, eq=False)
class Counters:
    """What a loop did since it was made; read it at any time, it never blocks."""

    received: int = 0
    """Notifications that the server served, those that came twice among them."""
    duplicate: int = 0
    """Those that were known and dropped."""
    acknowledged: int = 0
    """Deletions at the server that were answered."""
    yielded: int = 0
    """Handed to the body of ``async for``, or to the handler; a repeated attempt counts again."""
    retried: int = 0
    """Failed attempts of the handler that were put off to a later one."""
    quarantined: int = 0
    """Put aside after the last attempt."""
    waiting: int = 0
    """Now held: neither done nor in quarantine."""
    oldest: float | None = attrs.field(default=None, repr=False)
    contact: float | None = attrs.field(default=None, repr=False)

    @property
    def lag(self) -> float:
        """Seconds that the oldest notification has waited since it was received; 0 when none waits."""
        return max(0.0, time.time() - self.oldest) if self.oldest is not None else 0.0

    @property
    def last_contact(self) -> datetime | None:
        """When the server last answered a poll, in UTC."""
        return datetime.fromtimestamp(self.contact, UTC) if self.contact is not None else None

    @property
    def since_contact(self) -> float | None:
        """Seconds since the server last answered a poll; None before it did."""
        return max(0.0, time.time() - self.contact) if self.contact is not None else None
