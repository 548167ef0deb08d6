"""What every inbox promises, of the one in memory and of the one in a file."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import anyio
import pytest

from greenapi_async import InvalidArgumentError
from greenapi_async.inbox import Entry, Inbox

if TYPE_CHECKING:
    from tests.inbox.conftest import Clock

pytestmark = pytest.mark.anyio

Make = Callable[..., Entry]
ALL = 1000


def bodies(entries: Sequence[Entry]) -> str:
    return "".join(entry.body[7:-2] for entry in entries)


async def fill(inbox: Inbox, arrival: Make, names: str) -> list[int]:
    for name in names:
        assert await inbox.put(arrival(name))
    return [entry.id for entry in await inbox.waiting((1101,), 0, ALL)]


async def test_what_was_put_waits_as_it_was(inbox: Inbox, arrival: Make, clock: "Clock") -> None:
    assert await inbox.put(arrival("a", receipt_id=7, recovered=True, error="no object"))
    [entry] = await inbox.waiting((1101,), 0, ALL)
    assert entry == Entry(
        id=entry.id,
        id_instance=1101,
        body='{"n": "a"}',
        receipt_id=7,
        error="no object",
        recovered=True,
        stored=datetime.fromtimestamp(clock.now, UTC),
    )


async def test_an_arrival_that_is_known_is_dropped(inbox: Inbox, arrival: Make) -> None:
    assert await inbox.put(arrival("a", unless=(b"1", b"2"), keys=(b"1", b"3")))
    assert not await inbox.put(arrival("b", unless=(b"0", b"3"), keys=(b"4",)))
    assert await inbox.put(arrival("c", unless=(b"4",), keys=(b"3",)))
    assert await inbox.put(arrival("d", unless=(), keys=()))
    assert bodies(await inbox.waiting((1101,), 0, ALL)) == "acd"


async def test_what_waits_is_given_by_id_beyond_one_and_up_to_a_limit(inbox: Inbox, arrival: Make) -> None:
    ids = await fill(inbox, arrival, "abcdef")
    assert ids == sorted(set(ids))
    assert bodies(await inbox.waiting((1101,), ids[1], 3)) == "cde"
    assert bodies(await inbox.waiting((1101,), ids[1] - 1, 1)) == "b"
    assert not await inbox.waiting((1101,), ids[5], 3)
    assert not await inbox.waiting((1101,), 0, 0)


async def test_each_instance_waits_for_itself(inbox: Inbox, arrival: Make) -> None:
    for name, instance in zip("abcdef", (1, 2, 3, 1, 2, 3), strict=True):
        await inbox.put(arrival(name, id_instance=instance))
    assert bodies(await inbox.waiting((3,), 0, ALL)) == "cf"
    assert bodies(await inbox.waiting([2, 1, 2], 0, 3)) == "abd"
    assert not await inbox.waiting((4,), 0, ALL)
    assert not await inbox.waiting((), 0, ALL)


async def test_what_is_done_is_forgotten_but_known(inbox: Inbox, arrival: Make) -> None:
    first, _ = await fill(inbox, arrival, "ab")
    await inbox.done(first)
    await inbox.done(first)
    await inbox.done(987654)
    assert bodies(await inbox.waiting((1101,), 0, ALL)) == "b"
    assert not await inbox.put(arrival("a"))


async def test_an_id_is_never_given_twice(inbox: Inbox, arrival: Make) -> None:
    [first] = await fill(inbox, arrival, "a")
    await inbox.done(first)
    [second] = await fill(inbox, arrival, "b")
    assert second > first


async def test_what_failed_goes_on_waiting_with_its_failure(inbox: Inbox, arrival: Make, clock: "Clock") -> None:
    first, second = await fill(inbox, arrival, "ab")
    due = datetime.fromtimestamp(clock.now, timezone(timedelta(hours=3))) + timedelta(microseconds=1)
    await inbox.failed(first, 2, due, "ValueError: \U0001f600")
    await inbox.failed(987654, 1, due, "")
    failed, other = await inbox.waiting((1101,), 0, ALL)
    assert (failed.id, failed.attempts, failed.due, failed.failure) == (first, 2, due, "ValueError: \U0001f600")
    assert failed.due is not None
    assert failed.due.tzinfo is UTC
    assert (other.id, other.attempts, other.due, other.failure) == (second, 0, None, None)
    assert list(await inbox.waiting((1101,), first - 1, 1)) == [failed]


async def test_quarantine_keeps_an_entry_aside(inbox: Inbox, arrival: Make, clock: "Clock") -> None:
    ids = await fill(inbox, arrival, "abc")
    await inbox.failed(ids[1], 4, datetime.fromtimestamp(clock.now, UTC), "first")
    await inbox.quarantine(ids[1], 5, "last")
    await inbox.quarantine(ids[0], 5, "poison")
    await inbox.quarantine(987654, 5, "")
    await inbox.failed(ids[0], 9, datetime.fromtimestamp(clock.now, UTC), "too late")
    assert bodies(await inbox.waiting((1101,), 0, ALL)) == "c"
    aside = await inbox.quarantined()
    assert [(entry.id, entry.attempts, entry.due, entry.failure) for entry in aside] == [
        (ids[0], 5, None, "poison"),
        (ids[1], 5, None, "last"),
    ]
    assert not await inbox.put(arrival("a"))


async def test_what_is_released_waits_behind_all_others(inbox: Inbox, arrival: Make, clock: "Clock") -> None:
    ids = await fill(inbox, arrival, "abc")
    before = (await inbox.waiting((1101,), 0, ALL))[0]
    await inbox.quarantine(ids[0], 5, "poison")
    clock.pass_hours(1)
    await inbox.release(ids[0])
    entries = await inbox.waiting((1101,), 0, ALL)
    assert bodies(entries) == "bca"
    assert entries[2] == Entry(id=entries[2].id, id_instance=1101, body=before.body, stored=before.stored)
    assert entries[2].id > ids[2]
    assert not await inbox.quarantined()


async def test_what_is_dropped_is_gone(inbox: Inbox, arrival: Make) -> None:
    ids = await fill(inbox, arrival, "ab")
    await inbox.quarantine(ids[0], 5, "poison")
    await inbox.drop(ids[0])
    assert not await inbox.quarantined()
    assert bodies(await inbox.waiting((1101,), 0, ALL)) == "b"


async def test_only_what_is_in_quarantine_can_be_released_or_dropped(inbox: Inbox, arrival: Make) -> None:
    ids = await fill(inbox, arrival, "ab")
    for id_ in (ids[0], 987654):
        with pytest.raises(InvalidArgumentError, match=f"{id_} is not in quarantine"):
            await inbox.release(id_)
        with pytest.raises(InvalidArgumentError, match=f"{id_} is not in quarantine"):
            await inbox.drop(id_)
    assert [entry.id for entry in await inbox.waiting((1101,), 0, ALL)] == ids


async def test_done_forgets_what_is_in_quarantine_too(inbox: Inbox, arrival: Make) -> None:
    [id_] = await fill(inbox, arrival, "a")
    await inbox.quarantine(id_, 1, "poison")
    await inbox.done(id_)
    assert not await inbox.quarantined()


async def test_news_of_what_is_put_or_released_wakes_all_who_wait(inbox: Inbox, arrival: Make) -> None:
    [id_] = await fill(inbox, arrival, "a")
    await inbox.quarantine(id_, 1, "poison")
    woken: list[str] = []

    async def listen(change: str, told: int) -> None:
        await inbox.news(told)
        woken.append(change)

    for change, expected in ("put", ["put"] * 2), ("release", ["put"] * 2 + ["release"] * 2):
        told = await inbox.news(0)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen, change, told)
            tasks.start_soon(listen, change, told)
            await anyio.wait_all_tasks_blocked()
            assert change not in woken
            await (inbox.put(arrival("b")) if change == "put" else inbox.release(id_))
        assert woken == expected


async def test_news_between_reading_and_listening_are_not_missed(inbox: Inbox, arrival: Make) -> None:
    told = await inbox.news(0)
    await inbox.put(arrival("a"))
    with anyio.fail_after(5):
        later = await inbox.news(told)
        assert await inbox.news(told) == later, "another reader hears the same"


async def test_nothing_new_is_no_news(inbox: Inbox, arrival: Make) -> None:
    [id_] = await fill(inbox, arrival, "a")
    woken: list[str] = []

    told = await inbox.news(0)

    async def listen() -> None:
        await inbox.news(told)
        woken.append("by nothing")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await inbox.put(arrival("a"))
        await inbox.done(id_)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert not woken


async def test_a_mark_is_known_for_a_day_and_then_forgotten(inbox: Inbox, arrival: Make, clock: "Clock") -> None:
    await inbox.put(arrival("a"))
    for hour in range(24):
        clock.pass_hours(1)
        await inbox.put(arrival(f"hour {hour}"))
    assert not await inbox.put(arrival("a"))
    for hour in range(3):
        clock.pass_hours(1)
        await inbox.put(arrival(f"next day {hour}"))
    assert await inbox.put(arrival("a"))


async def test_after_an_outage_marks_from_before_it_are_known_for_an_hour(
    inbox: Inbox, arrival: Make, clock: "Clock"
) -> None:
    await inbox.put(arrival("a"))
    clock.pass_hours(500)
    assert not await inbox.put(arrival("a"))
    assert await inbox.put(arrival("b"))
    clock.pass_hours(0.9)
    assert not await inbox.put(arrival("a"))
    clock.pass_hours(0.2)
    assert await inbox.put(arrival("a"))
    assert not await inbox.put(arrival("b"))


async def test_a_clock_set_back_forgets_nothing_and_stops_nothing(inbox: Inbox, arrival: Make, clock: "Clock") -> None:
    clock.pass_hours(10_000)
    await inbox.put(arrival("future"))
    clock.pass_hours(-10_000)
    await inbox.put(arrival("a"))
    for hour in range(27):
        clock.pass_hours(1)
        await inbox.put(arrival(f"hour {hour}"))
        assert hour >= 24 or not await inbox.put(arrival("future"))
    assert await inbox.put(arrival("a"))
