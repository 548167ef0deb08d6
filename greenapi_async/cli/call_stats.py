"""Statistics of a bot's API calls. They are counted as they happen, because the call log keeps only the latest."""

from collections import Counter
from itertools import takewhile
from typing import Final

from greenapi_async.sandbox.simulation.call_log import CallLog, LoggedCall

__all__ = ["CallStats"]

_QUEUE_METHODS: Final = {"receiveNotification", "deleteNotification"}


class CallStats:
    """Counters of API calls.

    Attributes:
        polls: Number of accepted calls of receiveNotification, including pending ones.
        others: Number of calls of methods other than receiveNotification and deleteNotification.
        failed: Number of failed calls by method and status. A poll cancelled by the bot is not a failure.
    """

    def __init__(self, log: CallLog) -> None:
        self._log = log
        self._last_number = 0
        self._pending: list[LoggedCall] = []
        self.polls = 0
        self.others = 0
        self.failed: Counter[str] = Counter()

    @property
    def pending_others(self) -> int:
        """Number of calls counted in ``others`` that have no response yet."""
        return sum(call.method not in _QUEUE_METHODS for call in self._pending)

    def update(self) -> None:
        """Count the calls since the last update."""
        new = list(takewhile(lambda call: call.number > self._last_number, reversed(self._log)))
        if new:
            self._last_number = new[0].number
        self.polls += sum(call.method == "receiveNotification" and call.status in {None, 200} for call in new)
        self.others += sum(call.method not in _QUEUE_METHODS for call in new)
        self._pending += new[::-1]
        for call in self._pending:
            if call.took is not None and call.status != 499 and not 200 <= (call.status or 0) < 300:
                self.failed[f"{call.method}: {call.status or 'no response'}"] += 1
        self._pending = [call for call in self._pending if call.took is None]
