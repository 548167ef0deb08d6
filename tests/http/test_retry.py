from typing import Any

import pytest

from greenapi_async import Retry, errors
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.http.retry import Failure, is_already_done, is_ambiguous, needs_intervention, unknown_outcome

READ = Endpoint("GET", "getSettings", str, idempotent=True)
SEND = Endpoint("POST", "sendMessage", str, idempotent=False)

NOT_CARRIED_OUT = [errors.ConnectionFailedError(), errors.RateLimitedError(), errors.InstanceStartingError()]
UNCLEAR = [errors.ServerError(), errors.TimeoutExpiredError(), errors.TransportError(), errors.DecodeError()]
FINAL = [
    errors.BadRequestError(),
    errors.UnauthorizedError(),
    errors.NotFoundError(),
    errors.QuotaExceededError(),
    errors.ValidationFailedError(),
    errors.RefusedError(),
]


def named(error: errors.GreenAPIError) -> str:
    return type(error).__name__


def failure(
    error: errors.GreenAPIError,
    endpoint: Endpoint[str] = READ,
    number: int = 1,
    since_first: float = 0,
    jitter: float = 0.5,
) -> Failure:
    return Failure(endpoint, error, number, number if is_ambiguous(error) else 0, since_first, jitter)


@pytest.mark.parametrize("error", NOT_CARRIED_OUT, ids=named)
@pytest.mark.parametrize("endpoint", [READ, SEND], ids=["read", "send"])
def test_what_was_not_carried_out_goes_again_while_patience_lasts(
    error: errors.GreenAPIError, endpoint: Endpoint[str]
) -> None:
    assert Retry().decide(failure(error, endpoint, number=9)) is not None
    assert Retry(patience=60).decide(failure(error, endpoint, number=9, since_first=59.9)) is None


@pytest.mark.parametrize("error", UNCLEAR, ids=named)
def test_a_read_goes_again_three_times_after_an_unclear_failure(error: errors.GreenAPIError) -> None:
    assert Retry().decide(failure(error, number=3)) is not None
    assert Retry().decide(failure(error, number=4)) is None


@pytest.mark.parametrize("error", UNCLEAR, ids=named)
def test_a_send_never_goes_again_after_an_unclear_failure(error: errors.GreenAPIError) -> None:
    assert Retry().decide(failure(error, SEND)) is None


@pytest.mark.parametrize("error", UNCLEAR, ids=named)
def test_a_send_goes_again_when_the_user_asks_for_it(error: errors.GreenAPIError) -> None:
    assert Retry(replay_sends=True).decide(failure(error, SEND)) is not None


@pytest.mark.parametrize("error", FINAL, ids=named)
@pytest.mark.parametrize("endpoint", [READ, SEND], ids=["read", "send"])
def test_what_the_caller_must_correct_is_raised(error: errors.GreenAPIError, endpoint: Endpoint[str]) -> None:
    assert Retry(replay_sends=True).decide(failure(error, endpoint)) is None


def test_delays_grow_from_a_fifth_of_a_second_and_are_capped() -> None:
    delays = [Retry().delay(errors.ServerError(), number, 0.5) for number in range(1, 12)]
    assert delays[:3] == pytest.approx([0.2, 0.4, 0.8])
    assert delays == sorted(delays)
    assert delays[-1] == 30
    assert Retry().delay(errors.ServerError(), 10**9, 1) == 30


def test_delays_are_jittered() -> None:
    low, high = (Retry().delay(errors.ServerError(), 1, jitter) for jitter in (0, 1))
    assert (low, high) == pytest.approx((0.15, 0.25))


def test_the_servers_own_wish_is_honoured() -> None:
    assert Retry().decide(failure(errors.RateLimitedError(retry_after=7))) == 7
    assert Retry().decide(failure(errors.RateLimitedError())) == 1
    assert Retry(patience=60).decide(failure(errors.RateLimitedError(retry_after=3600))) is None


GONE = ErrorPattern(404, "gone")
DELETE = Endpoint("POST", "delete", str, idempotent=True, already_done=(GONE,))
DELETE_AT_FIRST = Endpoint("POST", "delete", str, idempotent=True, already_done=(GONE,), already_done_at_first=True)


@pytest.mark.parametrize(
    ("endpoint", "error", "ambiguous", "expected"),
    [
        (DELETE, errors.NotFoundError("It is GONE", status=404), 0, False),
        (DELETE, errors.NotFoundError("It is GONE", status=404), 1, True),
        (DELETE, errors.NotFoundError("no such method", status=404), 1, False),
        (DELETE, errors.BadRequestError("gone", status=400), 1, False),
        (READ, errors.NotFoundError("gone", status=404), 1, False),
        (DELETE_AT_FIRST, errors.NotFoundError("gone", status=404), 0, True),
        (DELETE_AT_FIRST, errors.BadRequestError("gone", status=400), 1, False),
    ],
)
def test_only_a_repeated_request_can_find_its_own_effect(
    endpoint: Endpoint[str], error: errors.GreenAPIError, ambiguous: int, expected: bool
) -> None:
    # other failures, after which the request was certainly not executed, do not count
    assert is_already_done(Failure(endpoint, error, 5, ambiguous, 0, 0.5)) is expected


def test_an_ambiguous_error_does_not_count_as_an_earlier_attempt() -> None:
    endpoint = Endpoint("POST", "delete", str, idempotent=True, already_done=(ErrorPattern(500, "gone"),))
    error = errors.ServerError("gone", status=500)
    assert not is_already_done(Failure(endpoint, error, 1, 1, 0, 0.5))
    assert is_already_done(Failure(endpoint, error, 2, 2, 0, 0.5))


def test_an_unknown_outcome_has_the_advice_of_the_method() -> None:
    checked = Endpoint("GET", "reboot", str, idempotent=False, outcome_check="Look at the state.")
    unknown = unknown_outcome(failure(errors.ServerError("Bad Gateway", status=502), checked))
    assert unknown is not None
    assert unknown.advice == "The request may have been executed. Look at the state."
    assert (unknown.method, unknown.status) == ("reboot", 502)
    sent = unknown_outcome(failure(errors.TransportError(), SEND))
    assert sent is not None
    assert sent.advice == errors.DeliveryUnknownError.advice
    assert unknown_outcome(failure(errors.TransportError(), READ)) is None
    assert unknown_outcome(failure(errors.BadRequestError(), SEND)) is None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.UnauthorizedError(), True),
        (errors.ForbiddenError(), True),
        (errors.NotFoundError(), True),
        (errors.WebhookUrlSetError(), True),
        (errors.InstanceExpiredError(), True),
        (errors.InstanceDeletedError(), True),
        (errors.NotAuthorizedError(), False),
        (errors.InstanceStartingError(), False),
        (errors.BadRequestError(), False),
        (errors.QuotaExceededError(), False),
        (errors.ServerError(), False),
        (errors.TransportError(), False),
        (errors.DecodeError(), False),
    ],
    ids=lambda value: named(value) if isinstance(value, errors.GreenAPIError) else "",
)
def test_the_loop_ends_only_where_a_person_must_act(error: errors.GreenAPIError, expected: bool) -> None:
    assert needs_intervention(error) is expected


@pytest.mark.parametrize("options", [{"repeats": -1}, {"patience": -0.1}, {"wait_initial": "1"}, {"wait_max": True}])
def test_invalid_options_are_rejected(options: dict[str, Any]) -> None:
    [name] = options
    with pytest.raises(errors.InvalidArgumentError, match=f"Retry: {name} is .*expected a number"):
        Retry(**options)
