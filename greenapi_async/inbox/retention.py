"""Retention rule for deduplication keys.

A key is kept for at least 24 hours, as long as the server keeps its queue. During an outage no keys are stored, yet the
server redelivers notifications from before it, and recovery reads them from the journal. So age is measured from the
previous run of the rule instead of from now: keys stored in the 24 hours before an outage of any length are kept for an
hour after it.

The rule has a clock of its own, which never goes back. While the process runs, it goes by the monotonic clock, so a
wall clock that is set forward drops no keys, and one that is set back keeps none for longer. Only the time between two
runs is read from the wall clock, corrected by how much it was off in the run before.
"""

__all__ = ["KEYS_AT_ONCE", "Retention"]

DAY = 24 * 3600
HOUR = 3600
KEYS_AT_ONCE = 1000
"""Number of keys that one ``put`` may check and delete, so that it takes only a few milliseconds longer."""
MAX_DRIFT_ERROR = 60.0


class Retention:
    """Hourly rule that decides which keys to delete, and its clock.

    Args:
        wall: Seconds since the epoch, by the wall clock.
        monotonic: Seconds by the monotonic clock.
        last_run: Stored ``last_run`` of the previous process; None if there was none.
        drift: Stored ``drift`` of the previous process; None if there was none.

    Attributes:
        last_run: Time of the previous run of the rule, to be stored with the keys; None before the first.
        drift: Seconds by which the wall clock is ahead of the rule's clock, to be stored with the keys.
        position: The first key that this run of the rule has not checked.
    """

    def __init__(
        self, wall: float, monotonic: float, *, last_run: int | None = None, drift: float | None = None
    ) -> None:
        self._time = wall if drift is None else max(wall - drift, float(last_run or 0))
        self._monotonic = monotonic
        self._cutoff: int | None = None
        self._next_cutoff: int | None = None
        self.last_run = last_run
        self.drift = wall - self._time
        self.position: object = float("-inf")

    def advance(self, wall: float, monotonic: float) -> int:
        """Advance the rule's clock and return its time, in seconds.

        Args:
            wall: Seconds since the epoch, by the wall clock.
            monotonic: Seconds by the monotonic clock.
        """
        self._time += max(0.0, monotonic - self._monotonic)
        self._monotonic = monotonic
        drift = wall - self._time
        if abs(drift - self.drift) > MAX_DRIFT_ERROR:
            self.drift = drift
        return int(self._time)

    def cutoff(self, now: int) -> int | None:
        """Return the time before which keys can be deleted; None if no key can."""
        if self.last_run is None or now < self.last_run:
            self.last_run = now
        elif now - self.last_run >= HOUR:
            self._next_cutoff = self.last_run - DAY
            self.last_run = now
        if self._cutoff is None:
            self._start()
        return self._cutoff

    def finished(self) -> None:
        """Record that all keys were checked; if the rule has run again meanwhile, begin again with its cutoff."""
        self._start()

    def _start(self) -> None:
        self._cutoff, self._next_cutoff = self._next_cutoff, None
        self.position = float("-inf")
