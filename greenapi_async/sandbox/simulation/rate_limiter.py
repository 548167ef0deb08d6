"""The rate limit of each method: a sliding window over its recent calls."""

from collections import deque

import attrs

__all__ = ["RateLimiter"]


@attrs.define
class RateLimiter:
    """The recent calls of one instance, by method."""

    _calls: dict[str, deque[float]] = attrs.field(factory=dict[str, deque[float]], init=False)

    def allow(self, method: str, per_second: float, now: float) -> bool:
        """Count a call and return whether it is within the rate limit; a call over the limit does not count.

        Args:
            method: The called method.
            per_second: The limit; below 1 it is one call in `1 / per_second` seconds.
            now: The time of the call.
        """
        seconds, most = (1.0, int(per_second)) if per_second >= 1 else (1 / per_second, 1)
        calls = self._calls.setdefault(method, deque())
        while calls and calls[0] <= now - seconds:
            calls.popleft()
        if len(calls) >= most:
            return False
        calls.append(now)
        return True
