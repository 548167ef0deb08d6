"""Estimate of when a message was sent, on the server's clock: the journal's times are compared with it.

Local clocks are not trusted: they may be wrong, and may be set between the send and the search. In increasing doubt:

- The process that sends measures the time since then, on its monotonic clock, and subtracts it from the server's time.
- After a restart the record of the send has the server's time, if a response had shown it before.
- Otherwise only local times are left. If the local clock agrees with the server's now, the record is taken to be at
  most ``UNVERIFIED`` seconds wrong; if not, ``WRONG`` seconds; if it lies in the future, it says nothing.
- While the server's time is unknown, no message is excluded.

The result is a range. An older message is a different one, a younger message is the one, and for a message within the
range it is unknown.
"""

import math

import attrs

from greenapi_async.inbox.outbox import KEEP_SECONDS, OutboxRecord

__all__ = ["Elapsed", "SendTime", "estimate_send_time"]

MARGIN = 120.0
"""Seconds by which times of the server may differ: it has several clocks, and the measurement is not exact."""
AGREEMENT = 60.0
"""Seconds by which the local clock may differ from the server's and still count as right."""
UNVERIFIED = 2 * 3600.0
WRONG = 24 * 3600.0


@attrs.frozen
class Elapsed:
    """Seconds since the outbox was asked for the record: monotonic (stops in suspend) and local (can be set)."""

    monotonic: float
    local: float

    @property
    def longest(self) -> float:
        """The longer of the two."""
        return max(self.monotonic, self.local)


@attrs.frozen
class SendTime:
    """When a message was sent, if it was sent, in seconds since the epoch on the server's clock.

    Attributes:
        earliest: It was not sent earlier.
        certain: The upper end of the range: a message from after it is the one.
        minutes: How far to go back in the journal, from the server's now.
    """

    earliest: float
    certain: float
    minutes: int

    def excludes(self, timestamp: float) -> bool:
        """Return whether a message with this time is a different one."""
        return timestamp < self.earliest - MARGIN

    def is_doubtful(self, timestamp: float) -> bool:
        """Return whether a message with this time may be a different one."""
        return not self.excludes(timestamp) and timestamp < self.certain - MARGIN


def estimate_send_time(record: OutboxRecord, elapsed: Elapsed, server_now: float | None) -> SendTime:
    """Estimate when the message of a record was sent.

    Args:
        record: The record; if ``is_new``, the message was sent right after it had been created.
        elapsed: Time since the record was created or, if it is not new, read.
        server_now: The server's time; None if unknown.
    """
    times: list[float] = []
    if record.server_time is not None:
        times.append(record.server_time.timestamp())
    if record.is_new and server_now is not None:
        times += [server_now - elapsed.monotonic, server_now - elapsed.longest]
    is_measured = bool(times)
    if not is_measured:
        times.append(record.begun.timestamp())
        if server_now is not None:
            times.append(server_now - record.age - elapsed.longest)
    is_future = server_now is not None and max(times) > server_now + AGREEMENT
    if server_now is None or is_future:
        doubt = math.inf
    elif is_measured:
        doubt = 0.0
    else:
        doubt = UNVERIFIED if max(times) - min(times) <= AGREEMENT else WRONG
    earliest, certain = min(times) - doubt, max(times)
    if server_now is not None:
        certain, reach = min(certain, server_now), server_now - earliest
    else:
        reach = elapsed.longest + WRONG if record.is_new else math.inf
    return SendTime(earliest, certain, math.ceil((min(max(reach, 0.0), KEEP_SECONDS) + MARGIN) / 60))
