"""The estimate of the server's clock."""

from email.utils import formatdate

import pytest

from greenapi_async.http.server_clock import ServerClock

SERVER = 1_700_000_000


def observe(clock: ServerClock, server: float, *, sent: float, received: float) -> None:
    clock.observe(formatdate(int(server), usegmt=True), sent=sent, received=received)


def test_a_clock_that_was_never_seen_is_unknown() -> None:
    assert ServerClock().time(10) is None


def test_it_goes_on_from_a_response_with_the_monotonic_clock() -> None:
    clock = ServerClock()
    observe(clock, SERVER, sent=10, received=10.2)
    for later in (0, 5, 3600):
        assert clock.time(10.2 + later) == pytest.approx(SERVER + later, abs=1)


def test_a_short_exchange_sharpens_a_long_one() -> None:
    clock = ServerClock()
    observe(clock, SERVER + 20, sent=0, received=20)  # a long poll
    observe(clock, SERVER + 21, sent=21, received=21.1)
    assert clock.time(22) == pytest.approx(SERVER + 22, abs=1)


def test_servers_that_differ_by_seconds_are_one_clock() -> None:
    clock = ServerClock()
    observe(clock, SERVER, sent=10, received=10)
    observe(clock, SERVER + 30, sent=11, received=11)
    assert clock.time(11) == pytest.approx(SERVER + 15, abs=16)


@pytest.mark.parametrize("jump", [3600, -3600])
def test_after_a_jump_the_time_is_unknown_until_the_responses_agree_again(jump: float) -> None:
    clock = ServerClock()
    for second in range(20):
        observe(clock, SERVER + second, sent=second, received=second)
    observe(clock, SERVER + 20 + jump, sent=20, received=20)
    assert clock.time(20) is None
    for second in range(21, 30):
        observe(clock, SERVER + second + jump, sent=second, received=second)
    assert clock.time(30) == pytest.approx(SERVER + 30 + jump, abs=1)


@pytest.mark.parametrize("date", [None, "", "soon", "Tue, 99 Nov 2023 22:13:20 GMT", "1700000000"])
def test_an_unreadable_date_is_ignored(date: str | None) -> None:
    clock = ServerClock()
    clock.observe(date, sent=1, received=1)
    assert clock.time(1) is None
    observe(clock, SERVER, sent=1, received=1)
    clock.observe(date, sent=1, received=1)
    assert clock.time(1) == pytest.approx(SERVER, abs=1)
