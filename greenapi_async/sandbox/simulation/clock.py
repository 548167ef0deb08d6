"""A clock that moves only when it is told to."""

import attrs


@attrs.define
class ManualClock:
    """Stand in for `time.time` where a test decides what time it is."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move forward; call `sandbox.settle()` afterwards to wake the polls that are waiting."""
        self.now += seconds
