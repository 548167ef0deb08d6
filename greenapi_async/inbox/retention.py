"""Retention rule for deduplication keys.

A key is kept for at least 24 hours, as long as the server keeps its queue. During an outage no keys are stored, yet the
server redelivers notifications from before it, and recovery reads them from the journal. So age is measured from the
previous run of the rule instead of from now: keys stored in the 24 hours before an outage of any length are kept for an
hour after it.
"""

__all__ = ["KEYS_AT_ONCE", "Retention"]

DAY = 24 * 3600
HOUR = 3600
KEYS_AT_ONCE = 1000
"""Number of keys that one ``put`` may delete, so that it takes only a few milliseconds longer."""


class Retention:
    """Hourly rule that decides which keys to delete.

    Attributes:
        last_run: Seconds since the epoch of the previous run, to be stored with the keys; None before the first.
    """

    def __init__(self, last_run: int | None = None) -> None:
        self.last_run = last_run
        self._cutoff: int | None = None

    def cutoff(self, now: int) -> int | None:
        """Return the time before which keys can be deleted; None if no key can."""
        if self.last_run is None or now < self.last_run:
            self.last_run = now
        elif now - self.last_run >= HOUR:
            self._cutoff = self.last_run - DAY
            self.last_run = now
        return self._cutoff

    def finished(self) -> None:
        """Record that no key older than the cutoff is left."""
        self._cutoff = None
