"""The contract of ``RecordStore``, kept by all implementations."""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import attrs
import pytest

from greenapi_async import InvalidArgumentError
from greenapi_async.inbox import Entry, MemoryInbox, SQLiteInbox
from greenapi_async.inbox.records import MAX_CHANGES, Change, DeleteRecord, PutRecord, RecordStore
from greenapi_async.inbox.records_sql import SQLRecords
from tests.postgres_time import pass_time

from .conftest import SQL_CASES, Clock

if TYPE_CHECKING:
    from greenapi_async.inbox.postgres.connection import PostgresConnection

pytestmark = pytest.mark.anyio
every = pytest.mark.parametrize(("kind", "anyio_backend"), SQL_CASES)

JOBS = "jobs"


@attrs.frozen
class Kept:
    """Records and their time."""

    records: RecordStore
    clock: Clock
    postgres: "PostgresConnection | None" = None

    def after(self, seconds: float) -> datetime:
        now = self.clock.now if self.postgres is None else time.time()
        return datetime.fromtimestamp(now, UTC) + timedelta(seconds=seconds)

    async def wait(self, seconds: float) -> None:
        self.clock.now += seconds
        if self.postgres is not None:
            await pass_time(self.postgres, seconds)

    async def put(self, key: str, **fields: object) -> int:
        """Store a new record and return its version."""
        change = put(key, **fields)
        assert await self.records.apply([change])
        return change.version


def put(key: str, **fields: object) -> PutRecord:
    return PutRecord(**{"collection": JOBS, "key": key, "value": key, **fields})  # type: ignore[arg-type]  # of the test


@pytest.fixture
async def kept(kind: str, path: Path, clock: Clock, request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    async with AsyncExitStack() as stack:
        if kind == "postgres":
            from greenapi_async.inbox.postgres.connection import PostgresConnection

            dsn: str = request.getfixturevalue("postgres_dsn")
            connection = await stack.enter_async_context(PostgresConnection(dsn, schema=f"records {path}"[-60:]))
            yield Kept(SQLRecords(connection), clock, connection)
        elif kind == "sqlite":
            inbox = await stack.enter_async_context(SQLiteInbox(path, clock=clock))
            yield Kept(inbox.records, clock)
        else:
            yield Kept(MemoryInbox(clock=clock).records, clock)


@pytest.fixture
def records(kept: Kept) -> RecordStore:
    return kept.records


@every
@pytest.mark.parametrize(
    "value", [{"text": 'NUL \0, ё, 👋, lone \ud83d, "?" and %s'}, [1, 2.5, None, True], "", 0, None]
)
async def test_a_value_is_returned_as_it_was_stored(kept: Kept, records: RecordStore, value: object) -> None:
    due, expires = kept.after(-5), kept.after(3600)
    version = await kept.put("Анна/%_?", value=value, due=due, expires=expires)
    stored = await records.get(JOBS, "Анна/%_?")
    assert stored is not None
    assert (stored.value, stored.version, stored.error) == (value, version, None)
    assert stored.due is not None
    assert abs(stored.due - due) < timedelta(milliseconds=1)
    assert stored.expires is not None
    assert abs(stored.expires - expires) < timedelta(milliseconds=1)
    assert await records.get(JOBS, "another") is None
    assert await records.get("another", "Анна/%_?") is None


@every
async def test_a_write_that_names_an_old_version_changes_nothing(kept: Kept, records: RecordStore) -> None:
    first = await kept.put("one")
    assert not await records.apply([put("one", value="new, but there is one")])
    assert await records.apply([second := put("one", value="second", replaces=first)])
    for stale in (put("one", value="late", replaces=first), DeleteRecord(collection=JOBS, key="one", version=first)):
        assert not await records.apply([stale])
    stored = await records.get(JOBS, "one")
    assert stored is not None
    assert (stored.value, stored.version) == ("second", second.version)
    assert not await records.apply([put("absent", replaces=first)])
    assert await records.get(JOBS, "absent") is None


@every
async def test_any_version_can_be_replaced_and_deleted(kept: Kept, records: RecordStore) -> None:
    for value in ("first", "second"):
        await kept.put("one", value=value, replaces="any")
        stored = await records.get(JOBS, "one")
        assert stored is not None
        assert stored.value == value
    for _ in range(2):
        assert await records.apply([DeleteRecord(collection=JOBS, key="one")])
        assert await records.get(JOBS, "one") is None


@every
async def test_a_change_whose_outcome_was_unknown_can_be_applied_again(records: RecordStore) -> None:
    first = put("one")
    second = put("one", replaces=first.version)
    delete = DeleteRecord(collection=JOBS, key="one", version=second.version)
    for change in (first, second, delete):
        for _ in range(2):
            assert await records.apply([change])


@every
async def test_a_version_is_not_used_again_for_a_new_record(kept: Kept, records: RecordStore) -> None:
    first = await kept.put("one")
    await records.apply([DeleteRecord(collection=JOBS, key="one", version=first)])
    await kept.put("one", value="new")
    assert not await records.apply([put("one", replaces=first)])


@every
async def test_all_changes_are_made_or_none(kept: Kept, records: RecordStore) -> None:
    version = await kept.put("b")
    changes: list[Change] = [
        put("c"),
        DeleteRecord(collection=JOBS, key="b", version=version),
        put("a"),
        put("d", replaces=version),
    ]
    assert not await records.apply(changes)
    assert [each.key for each in await records.page(JOBS)] == ["b"]
    assert await records.apply(changes[:-1])
    assert [each.key for each in await records.page(JOBS)] == ["a", "c"]


@every
async def test_pages_are_in_the_order_of_the_keys(kept: Kept, records: RecordStore) -> None:
    keys = ["a", "a/1", "a/10", "a/2", "a/Z", "a/z", "a/é", "a/👋", "a0", "b"]
    assert await records.apply([put(key) for key in reversed(keys)])
    await kept.put("a/other", collection="other")
    assert [each.key for each in await records.page(JOBS)] == keys
    paged: list[str] = []
    while page := await records.page(JOBS, prefix="a/", after=paged[-1] if paged else "", limit=2):
        assert len(page) <= 2
        paged += [each.key for each in page]
    assert paged == keys[1:8]
    assert await records.page(JOBS, prefix="a%") == []
    assert await records.page(JOBS, limit=0) == []


@every
async def test_records_are_due_in_the_order_of_their_times(kept: Kept, records: RecordStore) -> None:
    for key, seconds in (("late", 3600), ("second", -60), ("first", -120), ("third", -60)):
        await kept.put(key, due=kept.after(seconds))
    await kept.put("never")
    assert [each.key for each in await records.due(JOBS)] == ["first", "second", "third"]
    assert [each.key for each in await records.due(JOBS, limit=1)] == ["first"]
    assert [each.key for each in await records.due(JOBS, before=kept.after(-90))] == ["first"]
    assert [each.key for each in await records.due(JOBS, before=kept.after(7200))][3:] == ["late"]
    await kept.wait(3601)
    assert [each.key for each in await records.due(JOBS)][3:] == ["late"]


@every
async def test_a_claimed_record_is_given_to_nobody_else_until_its_lease_ends(kept: Kept, records: RecordStore) -> None:
    version = await kept.put("one", due=kept.after(-60))
    await kept.put("late", due=kept.after(3600))
    [mine] = await records.claim(JOBS, lease=30, limit=10)
    assert (mine.key, mine.value) == ("one", "one")
    assert mine.version != version
    assert 28 < await records.lease_left(JOBS, "one") <= 30
    assert [await records.lease_left(JOBS, key) for key in ("late", "absent")] == [0, 0]
    assert await records.claim(JOBS, lease=30, limit=10) == []
    await kept.wait(20)
    assert await records.renew(JOBS, {"one": mine.version, "late": 1, "absent": 1}, lease=30) == ["one"]
    await kept.wait(20)
    assert await records.claim(JOBS, lease=30) == []
    await kept.wait(11)
    assert await records.lease_left(JOBS, "one") == 0
    [taken] = await records.claim(JOBS, lease=30)
    assert (taken.value, taken.due is None) == ("one", False)
    assert await records.renew(JOBS, {"one": mine.version}, lease=30) == []
    assert not await records.apply([put("one", replaces=mine.version)])
    assert await records.apply([put("one", due=kept.after(-1), replaces=taken.version)])
    assert await records.lease_left(JOBS, "one") == 0  # a write ends the lease
    assert len(await records.claim(JOBS, lease=30)) == 1


@every
async def test_who_claims_at_once_gets_different_records(kept: Kept, records: RecordStore) -> None:
    assert await records.apply([put(str(number), due=kept.after(-number)) for number in range(1, 41)])
    claimed: list[str] = []

    async def claim() -> None:
        claimed.extend(each.key for each in await records.claim(JOBS, lease=600, limit=2))

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(claim)
    while more := await records.claim(JOBS, lease=600, limit=2):
        claimed += [each.key for each in more]
    assert sorted(claimed, key=int) == [str(number) for number in range(1, 41)]


@every
async def test_of_concurrent_writers_one_replaces_a_version(kept: Kept, records: RecordStore) -> None:
    version = await kept.put("one")
    for replaces in (version, None):
        won: list[bool] = []
        key = "one" if replaces else "new"

        async def replace(key: str, replaces: int | None, won: list[bool]) -> None:
            won.append(await records.apply([put("shared " + key, replaces="any"), put(key, replaces=replaces)]))

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(replace, key, replaces, won)
        assert won.count(True) == 1


@every
async def test_expired_records_are_gone_and_deleted_in_small_steps(kept: Kept, records: RecordStore) -> None:
    for number in range(3):
        await records.apply([put(f"{number} {each}", due=kept.after(0), expires=kept.after(60)) for each in range(100)])
    version = await kept.put("one", expires=kept.after(60))
    await kept.put("stays", expires=kept.after(600))
    await kept.wait(61)
    assert await records.get(JOBS, "one") is None
    assert [each.key for each in await records.page(JOBS)] == ["stays"]
    assert await records.due(JOBS) == []
    assert await records.claim(JOBS, lease=30) == []
    assert not await records.apply([put("one", replaces=version)])
    assert await records.apply([DeleteRecord(collection=JOBS, key="one", version=version)])
    assert await records.apply([put("one", value="new")])


@every
async def test_what_cannot_be_stored_is_rejected_before_anything_is(records: RecordStore) -> None:
    bad: list[Callable[[], Change]] = [
        lambda: put("NUL \0"),
        lambda: put(""),
        lambda: put("lone \ud83d"),
        lambda: put("x" * 501),
        lambda: put("one", value={1, 2}),
        lambda: put("one", value=float("nan")),
        lambda: put("one", due=datetime(2026, 1, 1)),  # noqa: DTZ001
        lambda: DeleteRecord(collection="", key="one"),
    ]
    for make in bad:
        with pytest.raises(InvalidArgumentError):
            make()
    with pytest.raises(InvalidArgumentError, match="two changes"):
        await records.apply([put("one"), DeleteRecord(collection=JOBS, key="one")])
    with pytest.raises(InvalidArgumentError, match="changes at once"):
        await records.apply([put(str(number)) for number in range(MAX_CHANGES + 1)])
    assert await records.page(JOBS) == []


async def test_entries_are_removed_with_a_change_or_not_at_all(
    inbox: MemoryInbox | SQLiteInbox, make_entry: Callable[..., Entry]
) -> None:
    for name in "abc":
        await inbox.put(make_entry(name))
    first, second, third = [each.id for each in await inbox.waiting((1101,), 0, 10)]
    await inbox.quarantine(second, 3, "failure")
    answer = put("anna", value={"answer": "a"})
    assert await inbox.records.apply([answer], done=[first, second, 999])
    assert [each.id for each in await inbox.waiting((1101,), 0, 10)] == [third]
    assert await inbox.quarantined() == []
    assert not await inbox.records.apply([put("anna")], done=[third])
    assert [each.id for each in await inbox.waiting((1101,), 0, 10)] == [third]
    assert not await inbox.put(make_entry("a"))  # the deduplication keys are kept


async def test_a_change_and_the_removal_of_an_entry_survive_a_restart(
    path: Path, make_entry: Callable[..., Entry]
) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("a"))
        assert await inbox.records.apply([put("anna")], done=[1])
    async with SQLiteInbox(path) as inbox:
        assert await inbox.waiting((1101,), 0, 10) == []
        assert [each.key for each in await inbox.records.page(JOBS)] == ["anna"]


async def test_leases_of_a_process_that_has_ended_are_free_at_once(path: Path, clock: Clock) -> None:
    due = datetime.fromtimestamp(clock.now - 1, UTC)
    for number in range(3):
        async with SQLiteInbox(path, clock=clock) as inbox:
            if not number:
                await inbox.records.apply([put("one", due=due)])
            assert len(await inbox.records.claim(JOBS, lease=1e9)) == 1
            assert await inbox.records.claim(JOBS, lease=1e9) == []


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_a_clock_that_is_set_ends_no_lease(kind: str, path: Path, clock: Clock, monotonic: Clock) -> None:
    memory = MemoryInbox(clock=clock, monotonic=monotonic)
    async with memory if kind == "memory" else SQLiteInbox(path, clock=clock, monotonic=monotonic) as inbox:
        await inbox.records.apply([put("one", due=datetime.fromtimestamp(clock.now, UTC))])
        assert len(await inbox.records.claim(JOBS, lease=30)) == 1
        clock.pass_hours(24)
        assert await inbox.records.claim(JOBS, lease=30) == []
        clock.pass_hours(-23)
        monotonic.now += 31
        assert len(await inbox.records.claim(JOBS, lease=30)) == 1


DAMAGES: Mapping[str, str] = {
    "no JSON": "value = '{'",
    "invalid UTF-8": "value = CAST(x'22ff22' AS TEXT)",
    "a blob": "value = x'ff'",
    "a text as the version": "version = 'abc'",
    "a time out of range": "expires = 9e99",
    "deep nesting": f"value = '{'[' * 100_000}'",
}


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES.keys())
async def test_a_damaged_record_concerns_itself_only(path: Path, change: str) -> None:
    due = datetime(2020, 1, 1, tzinfo=UTC)
    async with SQLiteInbox(path) as inbox:
        assert await inbox.records.apply([put(key, due=due) for key in "abc"])
        await inbox.connection.run(
            inbox.connection.bare, lambda opened: opened.execute(f"UPDATE records SET {change} WHERE key = 'b'")
        )
        records = inbox.records
        for found in (await records.page(JOBS), await records.due(JOBS), await records.claim(JOBS, lease=1, limit=9)):
            assert [each.value for each in found] in (["a", None, "c"], ["a", "b", "c"])
        assert await records.apply([put("b", value="mended", replaces="any")])
        mended = await records.get(JOBS, "b")
        assert mended is not None
        assert json.dumps(mended.value) == '"mended"'


async def test_a_page_of_unreadable_keys_is_not_the_end(path: Path) -> None:
    async with SQLiteInbox(path) as inbox:
        assert await inbox.records.apply([put(key) for key in ("a", "b1", "b2", "b3", "c")])
        await inbox.connection.run(
            inbox.connection.bare,
            lambda opened: opened.execute("UPDATE records SET key = CAST(x'62ff' AS TEXT) || key WHERE key LIKE 'b%'"),
        )
        assert [each.key for each in await inbox.records.page(JOBS, limit=1)] == ["a"]
        assert [each.key for each in await inbox.records.page(JOBS, after="a", limit=1)] == ["c"]
