"""The contract of ``Inbox``, kept by all implementations."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import attrs
import pytest

from greenapi_async import InvalidArgumentError, PostgresInbox
from greenapi_async.inbox import Entry, Inbox, MemoryInbox, SQLiteInbox

from .conftest import SQL_CASES

if TYPE_CHECKING:
    from tests.inbox.conftest import Clock

pytestmark = pytest.mark.anyio

Make = Callable[..., Entry]
ALL = 1000
every_inbox = pytest.mark.parametrize(("inbox", "anyio_backend"), SQL_CASES, indirect=True)
"""Without it, a test depends on the clock of this computer, or is only about the process itself."""


def bodies(entries: Sequence[Entry]) -> str:
    return "".join(entry.body[7:-2] for entry in entries)


async def fill(inbox: Inbox, make_entry: Make, names: str) -> list[int]:
    for name in names:
        assert await inbox.put(make_entry(name))
    return [entry.id for entry in await inbox.waiting((1101,), 0, ALL)]


@every_inbox
async def test_an_entry_is_returned_as_it_was_put(inbox: Inbox, make_entry: Make, clock: "Clock") -> None:
    assert await inbox.put(make_entry("a", receipt_id=7, recovered=True, error="no object"))
    [entry] = await inbox.waiting((1101,), 0, ALL)
    assert entry == Entry(
        id=entry.id,
        id_instance=1101,
        body='{"n": "a"}',
        receipt_id=7,
        error="no object",
        recovered=True,
        stored=entry.stored if isinstance(inbox, PostgresInbox) else datetime.fromtimestamp(clock.now, UTC),
        interrupted=entry.interrupted,
        lane=entry.lane,
    )


@every_inbox
async def test_a_duplicate_is_rejected(inbox: Inbox, make_entry: Make) -> None:
    assert await inbox.put(make_entry("a", unless=(b"1", b"2"), keys=(b"1", b"3")))
    assert not await inbox.put(make_entry("b", unless=(b"0", b"3"), keys=(b"4",)))
    assert await inbox.put(make_entry("c", unless=(b"4",), keys=(b"3",)))
    assert await inbox.put(make_entry("d", unless=(), keys=()))
    assert bodies(await inbox.waiting((1101,), 0, ALL)) == "acd"


@every_inbox
async def test_waiting_entries_are_ordered_and_paged_by_id(inbox: Inbox, make_entry: Make) -> None:
    ids = await fill(inbox, make_entry, "abcdef")
    assert ids == sorted(set(ids))
    assert bodies(await inbox.waiting((1101,), ids[1], 3)) == "cde"
    assert bodies(await inbox.waiting((1101,), ids[1] - 1, 1)) == "b"
    assert not await inbox.waiting((1101,), ids[5], 3)
    assert not await inbox.waiting((1101,), 0, 0)


@every_inbox
async def test_waiting_filters_by_instance(inbox: Inbox, make_entry: Make) -> None:
    for name, instance in zip("abcdef", (1, 2, 3, 1, 2, 3), strict=True):
        await inbox.put(make_entry(name, id_instance=instance))
    assert bodies(await inbox.waiting((3,), 0, ALL)) == "cf"
    assert bodies(await inbox.waiting([2, 1, 2], 0, 3)) == "abd"
    assert not await inbox.waiting((4,), 0, ALL)
    assert not await inbox.waiting((), 0, ALL)


@every_inbox
async def test_done_deletes_the_entry_and_keeps_its_keys(inbox: Inbox, make_entry: Make) -> None:
    first, _ = await fill(inbox, make_entry, "ab")
    await inbox.done(first)
    await inbox.done(first)
    await inbox.done(987654)
    assert bodies(await inbox.waiting((1101,), 0, ALL)) == "b"
    assert not await inbox.put(make_entry("a"))


@every_inbox
async def test_ids_are_not_reused(inbox: Inbox, make_entry: Make) -> None:
    [first] = await fill(inbox, make_entry, "a")
    await inbox.done(first)
    [second] = await fill(inbox, make_entry, "b")
    assert second > first


@every_inbox
async def test_a_failed_entry_keeps_waiting_with_its_failure(inbox: Inbox, make_entry: Make, clock: "Clock") -> None:
    first, second = await fill(inbox, make_entry, "ab")
    due = datetime.fromtimestamp(clock.now, timezone(timedelta(hours=3))) + timedelta(microseconds=1)
    await inbox.failed(first, 2, due, "ValueError: \U0001f600")
    await inbox.failed(987654, 1, due, "")
    failed, other = await inbox.waiting((1101,), 0, ALL)
    assert (failed.id, failed.attempts, failed.due, failed.failure) == (first, 2, due, "ValueError: \U0001f600")
    assert failed.due is not None
    assert failed.due.tzinfo is UTC
    assert (other.id, other.attempts, other.due, other.failure) == (second, 0, None, None)
    assert list(await inbox.waiting((1101,), first - 1, 1)) == [failed]


@every_inbox
async def test_a_quarantined_entry_does_not_wait(inbox: Inbox, make_entry: Make, clock: "Clock") -> None:
    ids = await fill(inbox, make_entry, "abc")
    await inbox.failed(ids[1], 4, datetime.fromtimestamp(clock.now, UTC), "first")
    await inbox.quarantine(ids[1], 5, "last")
    await inbox.quarantine(ids[0], 5, "poison")
    await inbox.quarantine(987654, 5, "")
    await inbox.failed(ids[0], 9, datetime.fromtimestamp(clock.now, UTC), "too late")
    assert bodies(await inbox.waiting((1101,), 0, ALL)) == "c"
    quarantined = await inbox.quarantined()
    assert [(entry.body[7:-2], entry.attempts, entry.due, entry.failure) for entry in quarantined] == [
        ("a", 5, None, "poison"),
        ("b", 5, None, "last"),
    ]
    assert not await inbox.put(make_entry("a"))


@every_inbox
async def test_a_released_entry_is_requeued_at_the_end(inbox: Inbox, make_entry: Make, clock: "Clock") -> None:
    ids = await fill(inbox, make_entry, "abc")
    before = (await inbox.waiting((1101,), 0, ALL))[0]
    await inbox.quarantine(ids[0], 5, "poison")
    clock.pass_hours(1)
    [quarantined] = await inbox.quarantined()
    await inbox.release(quarantined.id)
    entries = await inbox.waiting((1101,), 0, ALL)
    assert bodies(entries) == "bca"
    assert attrs.evolve(entries[2], id=before.id) == before
    assert entries[2].id > ids[2]
    assert not await inbox.quarantined()


@every_inbox
async def test_a_dropped_entry_is_deleted(inbox: Inbox, make_entry: Make) -> None:
    ids = await fill(inbox, make_entry, "ab")
    await inbox.quarantine(ids[0], 5, "poison")
    [quarantined] = await inbox.quarantined()
    await inbox.drop(quarantined.id)
    assert not await inbox.quarantined()
    assert bodies(await inbox.waiting((1101,), 0, ALL)) == "b"


@every_inbox
async def test_only_quarantined_entries_can_be_released_or_dropped(inbox: Inbox, make_entry: Make) -> None:
    ids = await fill(inbox, make_entry, "ab")
    for id_ in (ids[0], 987654):
        with pytest.raises(InvalidArgumentError, match=f"{id_} is not in quarantine"):
            await inbox.release(id_)
        with pytest.raises(InvalidArgumentError, match=f"{id_} is not in quarantine"):
            await inbox.drop(id_)
    assert [entry.id for entry in await inbox.waiting((1101,), 0, ALL)] == ids


@every_inbox
async def test_done_deletes_a_quarantined_entry(inbox: Inbox, make_entry: Make) -> None:
    [id_] = await fill(inbox, make_entry, "a")
    await inbox.quarantine(id_, 1, "poison")
    [quarantined] = await inbox.quarantined()
    await inbox.done(quarantined.id)
    assert not await inbox.quarantined()


async def test_put_and_release_wake_all_waiters(inbox: Inbox, make_entry: Make) -> None:
    [id_] = await fill(inbox, make_entry, "a")
    await inbox.quarantine(id_, 1, "poison")
    woken: list[str] = []

    async def listen(change: str, seen: int) -> None:
        await inbox.wait_for_change(seen)
        woken.append(change)

    for change, expected in ("put", ["put"] * 2), ("release", ["put"] * 2 + ["release"] * 2):
        seen = await inbox.wait_for_change(0)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen, change, seen)
            tasks.start_soon(listen, change, seen)
            await anyio.wait_all_tasks_blocked()
            assert change not in woken
            await (inbox.put(make_entry("b")) if change == "put" else inbox.release(id_))
        assert woken == expected


@every_inbox
async def test_a_change_between_reading_and_waiting_is_not_missed(inbox: Inbox, make_entry: Make) -> None:
    seen = await inbox.wait_for_change(0)
    await inbox.put(make_entry("a"))
    with anyio.fail_after(5):
        later = await inbox.wait_for_change(seen)
        again = await inbox.wait_for_change(seen)
    assert seen < later <= again, "every reader sees it; PostgreSQL may tell of it once more meanwhile"


async def test_duplicates_and_done_wake_nobody(inbox: Inbox, make_entry: Make) -> None:
    [id_] = await fill(inbox, make_entry, "a")
    woken: list[str] = []

    seen = await inbox.wait_for_change(0)

    async def listen() -> None:
        await inbox.wait_for_change(seen)
        woken.append("by nothing")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await inbox.put(make_entry("a"))
        await inbox.done(id_)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert not woken


async def test_a_key_is_kept_for_a_day(inbox: Inbox, make_entry: Make, clock: "Clock") -> None:
    await inbox.put(make_entry("a"))
    for hour in range(24):
        clock.pass_hours(1)
        await inbox.put(make_entry(f"hour {hour}"))
    assert not await inbox.put(make_entry("a"))
    for hour in range(3):
        clock.pass_hours(1)
        await inbox.put(make_entry(f"next day {hour}"))
    assert await inbox.put(make_entry("a"))


async def test_after_an_outage_keys_from_before_it_are_kept_for_an_hour(
    inbox: Inbox, make_entry: Make, clock: "Clock"
) -> None:
    await inbox.put(make_entry("a"))
    clock.pass_hours(500)
    assert not await inbox.put(make_entry("a"))
    assert await inbox.put(make_entry("b"))
    clock.pass_hours(0.9)
    assert not await inbox.put(make_entry("a"))
    clock.pass_hours(0.2)
    assert await inbox.put(make_entry("a"))
    assert not await inbox.put(make_entry("b"))


async def test_a_clock_set_back_does_not_break_retention(inbox: Inbox, make_entry: Make, clock: "Clock") -> None:
    clock.pass_hours(10_000)
    await inbox.put(make_entry("future"))
    clock.pass_hours(-10_000)
    await inbox.put(make_entry("a"))
    for hour in range(27):
        clock.pass_hours(1)
        await inbox.put(make_entry(f"hour {hour}"))
        assert hour >= 24 or not await inbox.put(make_entry("future"))
    assert await inbox.put(make_entry("a"))


@pytest.fixture(params=["memory", "sqlite"])
async def clocked(
    request: pytest.FixtureRequest, path: Path, clock: "Clock", monotonic: "Clock"
) -> AsyncIterator[Inbox]:
    """Inbox whose wall clock can jump while its monotonic clock goes on."""
    kinds: dict[str, Inbox] = {
        "memory": MemoryInbox(clock=clock, monotonic=monotonic),
        "sqlite": SQLiteInbox(path, clock=clock, monotonic=monotonic),
    }
    async with kinds[request.param] as inbox:
        yield inbox


@pytest.mark.parametrize("jump", [100_000, 30, 2, -2, -30, -100_000])
async def test_a_jump_of_the_wall_clock_neither_drops_nor_prolongs_keys(
    clocked: Inbox, make_entry: Make, clock: "Clock", monotonic: "Clock", jump: float
) -> None:
    def pass_hour() -> None:
        clock.pass_hours(1)
        monotonic.pass_hours(1)

    await clocked.put(make_entry("a"))
    pass_hour()
    clock.pass_hours(jump)
    await clocked.put(make_entry("b"))
    for hour in range(23):
        assert not await clocked.put(make_entry("a")), hour
        pass_hour()
        await clocked.put(make_entry(f"hour {hour}"))
    assert not await clocked.put(make_entry("a"))
    assert not await clocked.put(make_entry("b"))
    clock.pass_hours(-jump)  # it is set right
    for hour in range(3):
        pass_hour()
        await clocked.put(make_entry(f"next day {hour}"))
    assert await clocked.put(make_entry("a"))
    assert await clocked.put(make_entry("b"))
