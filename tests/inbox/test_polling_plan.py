"""The decision how many instances a process takes."""

from greenapi_async.inbox.poller_store import plan


def test_nobody_takes_more_than_the_rounded_up_average() -> None:
    assert plan("a", {"a": 0, "b": 0}, 7, free=7, beyond=False).claim == 4
    assert plan("b", {"a": 4, "b": 0}, 7, free=3, beyond=False).claim == 3
    assert plan("b", {"a": 4, "b": 3}, 7, free=0, beyond=False).ask == {}
    assert plan("c", {"a": 4, "b": 3, "c": 0}, 7, free=0, beyond=False).ask == {"a": 2}
    assert plan("b", {"a": 5, "b": 3, "c": 3}, 11, free=0, beyond=False).ask == {"a": 1}
    assert plan("b", {"a": 4, "b": 3, "c": 4}, 11, free=0, beyond=False).ask == {}
    assert plan("a", {"a": 0}, 2000, free=2000, beyond=False).claim == 500
