"""Retry policy: whether a failed request is repeated, and after which delay.

Two questions decide. If the request was certainly not executed (nothing was sent, 429, the instance is starting), it is
retried until ``patience`` is used up. If it may have been executed (5xx, 499, no response, a truncated response), only
idempotent methods are retried, at most ``repeats`` times; if the retry of a deletion gets "not found", the deletion has
succeeded. Everything else is raised. Delays grow exponentially with jitter and honour ``Retry-After``.
Source: manual 1.3.11; its advice to repeat three times on 502 would send messages twice, so it is opt-in
(``replay_sends``).
"""

import random
from collections.abc import Callable
from typing import Any

import attrs

from greenapi_async import errors
from greenapi_async.http.endpoint import Endpoint, ErrorPattern

__all__ = [
    "Failure",
    "Retry",
    "RetryPolicy",
    "backoff",
    "is_already_done",
    "is_ambiguous",
    "needs_intervention",
    "unknown_outcome",
]

_NEEDS_INTERVENTION = (
    errors.UnauthorizedError,
    errors.ForbiddenError,
    errors.NotFoundError,
    errors.WebhookUrlSetError,
    errors.InstanceExpiredError,
    errors.InstanceDeletedError,
    errors.InvalidArgumentError,
)
_IS_SUSPENDED = ErrorPattern(403, "account is suspended")
_NOT_EXECUTED = (errors.ConnectionFailedError, errors.RateLimitedError, errors.InstanceStartingError)
_AMBIGUOUS = (errors.TransportError, errors.ServerError, errors.DecodeError)


MAX_RETRY_AFTER = 300.0
"""Seconds; a longer ``Retry-After`` is capped."""


@attrs.frozen
class Failure:
    """A failed attempt of a call, as the retry policy sees it."""

    endpoint: Endpoint[Any]
    error: errors.GreenAPIError
    number: int
    """1 for the first failure of the call."""
    ambiguous: int
    """Failures of the call after which the request may have been executed."""
    since_first: float
    """Seconds since the first failure of the call."""
    jitter: float = attrs.field(factory=random.random)
    """Random number from 0 to 1."""


RetryPolicy = Callable[[Failure], float | None]
"""Returns the seconds before the next attempt, or None to raise."""


def _not_negative(_: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise errors.InvalidArgumentError(f"Retry: {attribute.name} is {value!r}; expected a number, 0 or more")


@attrs.frozen(kw_only=True)
class Retry:
    """Retry behaviour of failed calls.

    Attributes:
        repeats: Retries of a read, a deletion or a setting if it is unknown whether the server executed it; default 3.
        patience: Seconds, from the first failure, for retrying a request that was certainly not executed; default 60.
        wait_initial: Seconds before the first retry, default 0.2; the delay doubles with each failure.
        wait_max: Maximum delay in seconds, default 30; a longer ``Retry-After`` of the server is honoured, up to 300.
        replay_sends: Also retry sends if it is unknown whether the server executed them, as the vendor advises for 502;
            default False. Messages may then arrive twice.

    Raises:
        InvalidArgumentError: A number is negative.
    """

    repeats: int = attrs.field(default=3, validator=_not_negative)
    patience: float = attrs.field(default=60.0, validator=_not_negative)
    wait_initial: float = attrs.field(default=0.2, validator=_not_negative)
    wait_max: float = attrs.field(default=30.0, validator=_not_negative)
    replay_sends: bool = False

    def decide(self, failure: Failure) -> float | None:
        """Return the seconds before the next attempt, or None to raise."""
        if isinstance(failure.error, errors.TransportError) and failure.error.permanent:
            return None
        delay = self.delay(failure.error, failure.number, failure.jitter)
        if isinstance(failure.error, _NOT_EXECUTED):
            return delay if failure.since_first + delay <= self.patience else None
        may_repeat = failure.endpoint.idempotent or self.replay_sends
        if isinstance(failure.error, _AMBIGUOUS) and may_repeat and failure.ambiguous <= self.repeats:
            return delay
        return None

    def delay(self, error: errors.GreenAPIError, failures: int, jitter: float) -> float:
        """Return the backoff with jitter, or the server's ``Retry-After`` if that is longer.

        Args:
            error: The last failure.
            failures: Number of consecutive failures.
            jitter: Random number from 0 to 1.
        """
        wait = backoff(failures, initial=self.wait_initial, maximum=self.wait_max, jitter=jitter)
        retry_after = error.retry_after if isinstance(error, errors.ResponseError) else None
        if retry_after is None and isinstance(error, errors.RateLimitedError):
            retry_after = 1.0
        return max(wait, min(retry_after or 0.0, MAX_RETRY_AFTER))


def backoff(failures: int, *, initial: float, maximum: float, jitter: float, factor: float = 2.0) -> float:
    """Return the seconds to wait after consecutive failures: exponential backoff with jitter.

    Args:
        failures: Number of consecutive failures, from 1.
        initial: Seconds after the first failure.
        maximum: Maximum number of seconds.
        jitter: Random number from 0 to 1; it changes the delay by up to a quarter.
        factor: Growth from failure to failure.
    """
    return min(maximum, initial * factor ** min(failures - 1, 30) * (0.75 + jitter / 2))


def is_ambiguous(error: errors.GreenAPIError) -> bool:
    """Return whether the request may have been executed."""
    return isinstance(error, _AMBIGUOUS) and not isinstance(error, _NOT_EXECUTED)


def is_already_done(failure: Failure) -> bool:
    """Return whether the error means that an earlier attempt of the call has taken effect, so that the call succeeds.

    The first "not found" of a deletion is an error; after an attempt that may have been executed it is success.
    """
    endpoint, error = failure.endpoint, failure.error
    repeated = failure.ambiguous > is_ambiguous(error)
    return (repeated or endpoint.already_done_at_first) and any(
        pattern.matches(error) for pattern in endpoint.already_done
    )


def unknown_outcome(failure: Failure) -> errors.DeliveryUnknownError | None:
    """Return the error to raise instead if it is unknown whether a request that must not be repeated took effect."""
    endpoint, error = failure.endpoint, failure.error
    if endpoint.idempotent or not is_ambiguous(error):
        return None
    if any(pattern.matches(error) for pattern in endpoint.without_effect):
        return None
    reason = f"no clear answer ({type(error).__name__}: {error.reason})"
    unknown = errors.DeliveryUnknownError(reason, method=endpoint.name, status=error.status)
    if endpoint.outcome_check:
        unknown.advice = f"The request may have been executed. {endpoint.outcome_check}"
    return unknown


def needs_intervention(error: errors.GreenAPIError) -> bool:
    """Return whether a human must act, so that retrying is useless; such errors end the polling loop.

    A suspended account of MAX or Telegram is not: it still receives, and the limits end by themselves.
    """
    return isinstance(error, _NEEDS_INTERVENTION) and not _IS_SUSPENDED.matches(error)
