import pytest

from greenapi_async import Retry, errors
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.retry import Failure, is_ambiguous, needs_intervention

READ = Endpoint("GET", "getSettings", str, idempotent=True)
SEND = Endpoint("POST", "sendMessage", str, idempotent=False)

NOT_EXECUTED = [errors.ConnectionFailedError(), errors.RateLimitedError(), errors.InstanceStartingError()]
AMBIGUOUS = [errors.ServerError(), errors.TimeoutExpiredError(), errors.TransportError(), errors.DecodeError()]
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


@pytest.mark.parametrize("error", NOT_EXECUTED, ids=named)
@pytest.mark.parametrize("endpoint", [READ, SEND], ids=["read", "send"])
def test_requests_that_were_not_executed_are_retried_within_patience(
    error: errors.GreenAPIError, endpoint: Endpoint[str]
) -> None:
    assert Retry().decide(failure(error, endpoint, number=9)) is not None
    assert Retry(patience=60).decide(failure(error, endpoint, number=9, since_first=59.9)) is None


@pytest.mark.parametrize("error", AMBIGUOUS, ids=named)
def test_a_read_is_retried_three_times_after_an_ambiguous_failure(error: errors.GreenAPIError) -> None:
    assert Retry().decide(failure(error, number=3)) is not None
    assert Retry().decide(failure(error, number=4)) is None


@pytest.mark.parametrize("error", AMBIGUOUS, ids=named)
def test_a_send_is_never_retried_after_an_ambiguous_failure(error: errors.GreenAPIError) -> None:
    assert Retry().decide(failure(error, SEND)) is None


@pytest.mark.parametrize("error", AMBIGUOUS, ids=named)
def test_a_send_is_retried_if_replay_sends_is_set(error: errors.GreenAPIError) -> None:
    assert Retry(replay_sends=True).decide(failure(error, SEND)) is not None


@pytest.mark.parametrize("error", FINAL, ids=named)
@pytest.mark.parametrize("endpoint", [READ, SEND], ids=["read", "send"])
def test_errors_that_the_caller_must_correct_are_raised(error: errors.GreenAPIError, endpoint: Endpoint[str]) -> None:
    assert Retry(replay_sends=True).decide(failure(error, endpoint)) is None


def test_delays_grow_from_a_fifth_of_a_second_and_are_capped() -> None:
    delays = [Retry().delay(failure(errors.ServerError(), number=number)) for number in range(1, 12)]
    assert delays[:3] == pytest.approx([0.2, 0.4, 0.8])
    assert delays == sorted(delays)
    assert delays[-1] == 30
    assert Retry().delay(failure(errors.ServerError(), number=10**9, jitter=1)) == 30


def test_delays_are_jittered() -> None:
    low, high = (Retry().delay(failure(errors.ServerError(), jitter=jitter)) for jitter in (0, 1))
    assert (low, high) == pytest.approx((0.15, 0.25))


def test_retry_after_is_honoured() -> None:
    assert Retry().decide(failure(errors.RateLimitedError(retry_after=7))) == 7
    assert Retry().decide(failure(errors.RateLimitedError())) == 1
    assert Retry(patience=60).decide(failure(errors.RateLimitedError(retry_after=3600))) is None


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
def test_the_loop_ends_only_on_errors_that_need_intervention(error: errors.GreenAPIError, expected: bool) -> None:
    assert needs_intervention(error) is expected
