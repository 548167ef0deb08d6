"""Whether to send a request again, and after how long.

Two questions decide. Was it surely not carried out (nothing left, 429, the instance is starting)? Then it goes again,
for as long as ``patience`` lasts. If it may have been carried out (5xx, 499, no answer, half an answer), only what
``Replay.ALWAYS`` marks goes again, ``repeats`` times. Everything else is the caller's to correct.
Manual: 1.3.11; its advice to repeat three times on 502 would repeat messages, so it stands behind ``replay_sends``.
"""

from collections.abc import Callable
from typing import Any

import attrs

from greenapi_async import errors
from greenapi_async.http.endpoint import Endpoint

__all__ = ["Failure", "Retry", "RetryPolicy", "is_ambiguous", "needs_intervention"]

_A_PERSON_MUST_ACT = (
    errors.UnauthorizedError,
    errors.ForbiddenError,
    errors.NotFoundError,
    errors.WebhookUrlSetError,
    errors.InstanceExpiredError,
    errors.InstanceDeletedError,
    errors.InvalidArgumentError,
)
_NOT_CARRIED_OUT = (errors.ConnectionFailedError, errors.RateLimitedError, errors.InstanceStartingError)
_UNCLEAR = (errors.TransportError, errors.ServerError, errors.DecodeError)


LONGEST_WISH = 300.0
"""Seconds that a server's own wish is followed at most: a queue of notifications keeps no more than a day."""


@attrs.frozen
class Failure:
    """One failed attempt of a call."""

    endpoint: Endpoint[Any]
    error: errors.GreenAPIError
    number: int
    """1 for the first failure of the call."""
    ambiguous: int
    """How many failures of the call were such that the request may have been carried out."""
    since_first: float
    """Seconds since the first failure of the call."""
    jitter: float
    """A random number from 0 to 1."""


RetryPolicy = Callable[[Failure], float | None]


@attrs.frozen(kw_only=True)
class Retry:
    """How a call meets failure. Times are in seconds."""

    repeats: int = 3
    """How often a read or a deletion goes again after an unclear failure."""
    patience: float = 60.0
    """How long a call goes on trying what was surely not carried out, counted from its first failure."""
    wait_initial: float = 0.2
    wait_max: float = 30.0
    replay_sends: bool = False
    """Repeat sends after unclear failures as well, as the vendor advises for 502. Messages may then arrive twice."""

    def decide(self, failure: Failure) -> float | None:
        """Give the seconds to wait before the next attempt, or None to raise."""
        delay = self.delay(failure)
        if isinstance(failure.error, _NOT_CARRIED_OUT):
            return delay if failure.since_first + delay <= self.patience else None
        may_repeat = failure.endpoint.idempotent or self.replay_sends
        if isinstance(failure.error, _UNCLEAR) and may_repeat and failure.ambiguous <= self.repeats:
            return delay
        return None

    def delay(self, failure: Failure) -> float:
        """Give the growing, jittered seconds, or the server's own wish where it is longer."""
        growing = self.wait_initial * 2.0 ** min(failure.number - 1, 30) * (0.75 + failure.jitter / 2)
        wait = min(self.wait_max, growing)
        wished = failure.error.retry_after if isinstance(failure.error, errors.ResponseError) else None
        if wished is None and isinstance(failure.error, errors.RateLimitedError):
            wished = 1.0
        return max(wait, min(wished or 0.0, LONGEST_WISH))


def is_ambiguous(error: errors.GreenAPIError) -> bool:
    """Tell whether the request may have been carried out."""
    return isinstance(error, _UNCLEAR) and not isinstance(error, _NOT_CARRIED_OUT)


def needs_intervention(error: errors.GreenAPIError) -> bool:
    """Tell whether waiting is useless: what the polling loop does not outlive."""
    return isinstance(error, _A_PERSON_MUST_ACT)
