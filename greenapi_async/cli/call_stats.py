"""What a bot called, counted as it happens: the log of calls itself forgets."""

from collections import Counter
from itertools import takewhile
from typing import Final

from greenapi_async.sandbox.simulation.call_log import CallLog, LoggedCall

__all__ = ["Tally"]

_QUEUE: Final = {"receiveNotification", "deleteNotification"}


class Tally:
    """Looks at a log of calls whenever something changed there."""

    def __init__(self, log: CallLog) -> None:
        self._log = log
        self._seen = 0
        self._open: list[LoggedCall] = []
        self.polls = 0
        """Calls of receiveNotification that were let in, or may be."""
        self.others = 0
        """Calls that are not about the queue of notifications."""
        self.failed: Counter[str] = Counter()
        """By method and status; a poll that its caller gave up is no failure."""

    @property
    def open_others(self) -> int:
        """Calls that are not about the queue, and not answered yet."""
        return sum(call.method not in _QUEUE for call in self._open)

    def look(self) -> None:
        """Count what is new."""
        fresh = list(takewhile(lambda call: call.number > self._seen, reversed(self._log)))
        if fresh:
            self._seen = fresh[0].number
        self.polls += sum(call.method == "receiveNotification" and call.status in {None, 200} for call in fresh)
        self.others += sum(call.method not in _QUEUE for call in fresh)
        self._open += fresh[::-1]
        for call in self._open:
            if call.took is not None and call.status != 499 and not 200 <= (call.status or 0) < 300:
                self.failed[f"{call.method}: {call.status or 'no answer'}"] += 1
        self._open = [call for call in self._open if call.took is None]
