"""A manual clock for tests."""

import attrs

__all__ = ["ManualClock"]


@attrs.define
class ManualClock:
    """A replacement for `time.time` under the control of a test.

    Attributes:
        now: The current time in seconds since the epoch.
    """

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        """Return the current time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move the clock forward; call `sandbox.settle()` afterwards to wake the polls that are waiting."""
        self.now += seconds
