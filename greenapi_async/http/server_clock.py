"""Estimate of the server's clock, from the ``Date`` headers of responses and the local monotonic clock.

A ``Date`` header was written between the request and the response and has a resolution of one second, so each response
bounds the offset between the two clocks. The latest few are combined. While they disagree (the server's clock was
changed, or this machine was suspended and its monotonic clock stood still), the time is unknown.
"""

import functools
from collections import deque
from email.utils import parsedate_to_datetime

import attrs

__all__ = ["ServerClock"]

_OBSERVATIONS = 8
MAX_DISAGREEMENT = 60.0
"""Seconds by which the observations may contradict each other: an API has several servers."""


@attrs.define(eq=False)
class ServerClock:
    """Clock of the server, as far as its responses show it."""

    _offsets: deque[tuple[float, float]] = attrs.field(factory=lambda: deque(maxlen=_OBSERVATIONS), init=False)
    """Lowest and highest offset between the server's and the monotonic clock, for each observation."""

    def observe(self, date: str | None, *, sent: float, received: float) -> None:
        """Take the time from a response.

        Args:
            date: The ``Date`` header; None or an unreadable one is ignored.
            sent: Monotonic time at which the request was sent.
            received: Monotonic time at which the response was received.
        """
        written = _seconds(date or "")
        if written is not None:
            self._offsets.append((written - received, written + 1 - sent))

    def time(self, now: float) -> float | None:
        """Return the server's time in seconds since the epoch, or None if it is unknown.

        Args:
            now: Monotonic time.
        """
        if not self._offsets:
            return None
        lowest = max(low for low, _ in self._offsets)
        highest = min(high for _, high in self._offsets)
        if lowest - highest > MAX_DISAGREEMENT:
            return None
        return now + (lowest + highest) / 2


@functools.lru_cache(maxsize=8)  # many responses have the same second
def _seconds(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
