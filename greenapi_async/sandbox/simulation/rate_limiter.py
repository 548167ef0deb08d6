"""Which calls come too fast: a sliding window for each method."""

from collections import deque

import attrs


@attrs.define
class Pace:
    """Remember one instance's calls for as long as the rates look back."""

    _calls: dict[str, deque[float]] = attrs.field(factory=dict[str, deque[float]], init=False)

    def admit(self, method: str, per_second: float, now: float) -> bool:
        """Count a call and say whether it is within the rate; one that is not does not count."""
        seconds, most = (1.0, int(per_second)) if per_second >= 1 else (1 / per_second, 1)
        calls = self._calls.setdefault(method, deque())
        while calls and calls[0] <= now - seconds:
            calls.popleft()
        if len(calls) >= most:
            return False
        calls.append(now)
        return True
