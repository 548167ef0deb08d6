"""When the marks of an inbox may go.

A mark stays for at least 24 hours, as long as the server keeps its queue. While we were away nothing was marked, yet
the server kept what it had delivered twice, and the journal is asked for what was missed: so age is measured not from
now but from the previous purge. What was marked in the 24 hours before an outage of any length is there for an hour
after it.
"""

__all__ = ["MARKS_AT_ONCE", "Purge"]

DAY = 24 * 3600
HOUR = 3600
MARKS_AT_ONCE = 1000
"""How many marks one put may remove, so that none stalls: a few milliseconds."""


class Purge:
    """Tells an inbox which marks to remove; ``previous`` is to be kept as long as the marks."""

    def __init__(self, previous: int | None = None) -> None:
        self.previous = previous
        self._cutoff: int | None = None

    def cutoff(self, now: int) -> int | None:
        """Give the time before which marks may go; None while none may."""
        if self.previous is None or now < self.previous:
            self.previous = now
        elif now - self.previous >= HOUR:
            self._cutoff = self.previous - DAY
            self.previous = now
        return self._cutoff

    def finished(self) -> None:
        """Note that no mark is left before the cutoff."""
        self._cutoff = None
