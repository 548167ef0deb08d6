from greenapi_async.sandbox.api.methods import METHODS
from greenapi_async.sandbox.simulation.limits import QUOTAS, RATES
from greenapi_async.sandbox.simulation.rate_limiter import RateLimiter


def test_a_call_over_the_limit_is_rejected_and_not_counted() -> None:
    rate_limiter = RateLimiter()
    assert [rate_limiter.allow("qr", 3, now=10.0) for _ in range(5)] == [True, True, True, False, False]
    assert not rate_limiter.allow("qr", 3, now=10.999)
    assert rate_limiter.allow("qr", 3, now=11.0)


def test_the_window_slides() -> None:
    rate_limiter = RateLimiter()
    assert [rate_limiter.allow("qr", 3, now=at) for at in (10.0, 10.5, 10.9, 11.0, 11.4, 11.5)] == [
        True,
        True,
        True,
        True,
        False,
        True,
    ]


def test_a_limit_of_0_1_is_one_call_in_ten_seconds() -> None:
    rate_limiter = RateLimiter()
    assert rate_limiter.allow("setProfilePicture", 0.1, now=0)
    assert not rate_limiter.allow("setProfilePicture", 0.1, now=9.9)
    assert rate_limiter.allow("setProfilePicture", 0.1, now=10)


def test_each_method_has_its_own_window() -> None:
    rate_limiter = RateLimiter()
    assert rate_limiter.allow("reboot", 1, now=0)
    assert rate_limiter.allow("logout", 1, now=0)


def test_the_tables_are_complete() -> None:
    assert len(RATES) == 58
    assert len(QUOTAS) == 34
    assert QUOTAS["checkWhatsapp"].business == 30_000


def test_every_method_uses_its_row_of_the_tables() -> None:
    assert all(method.per_second == RATES.get(name) for name, method in METHODS.items())
