"""``PostgresInbox``: what holds between several processes, here as several inboxes in one process."""

# The work of background tasks is done by hand, so that nothing waits.
# pyright: reportPrivateUsage=false

import asyncio
import json
import logging
import secrets
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import attrs
import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from greenapi_async import InboxError, InboxUnavailableError, InvalidArgumentError, PostgresInbox
from greenapi_async.inbox import Entry, lane_feed
from greenapi_async.inbox.postgres import lane_statements
from greenapi_async.inbox.postgres.lane_statements import NewEntry, Stored
from greenapi_async.inbox.postgres.membership import GIVE_BACK_EVERY
from greenapi_async.inbox.records import PutRecord
from tests.postgres_server import PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]

INSTANCE = 1101
ALL = 1000
Open = Callable[..., Awaitable[PostgresInbox]]


class Clock:
    """Clock of a process that can be suspended."""

    def __init__(self) -> None:
        self.suspended = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.suspended


@pytest_asyncio.fixture
async def inboxes(postgres_dsn: str) -> AsyncIterator[Open]:
    """Open inboxes on one schema, each like a process of its own."""
    schema = f"test_{secrets.token_hex(4)}"
    async with AsyncExitStack() as stack:

        async def open_(*, lease: float = 25.0, clock: Callable[[], float] = time.monotonic) -> PostgresInbox:
            return await stack.enter_async_context(PostgresInbox(postgres_dsn, schema=schema, lease=lease, clock=clock))

        yield open_


def make_entry(name: str, chat: str = "1@c.us") -> Entry:
    body = {"n": name, "senderData": {"chatId": chat}}
    return Entry(id_instance=INSTANCE, body=json.dumps(body), unless=(name.encode(),), keys=(name.encode(),))


def names(entries: Sequence[Entry]) -> str:
    return "".join(json.loads(entry.body)["n"] for entry in entries)


async def read(inbox: PostgresInbox, after: int = 0) -> Sequence[Entry]:
    return await inbox.waiting((INSTANCE,), after, ALL)


async def read_until(inbox: PostgresInbox, expected: str) -> Sequence[Entry]:
    """Read whenever there may be something new, until these entries wait."""
    seen = 0
    async with asyncio.timeout(20):
        while True:
            entries = await read(inbox)
            if names(entries) == expected:
                return entries
            seen = await inbox.wait_for_change(seen)


async def expire(inbox: PostgresInbox) -> None:
    """Let the lease of an inbox's process end, by the clock of the database only; the process does not notice yet."""
    await inbox._membership.stop()
    await inbox.connection.rows(
        "UPDATE processes SET lease_until = clock_timestamp() - interval '1 second' WHERE id = %s", (inbox.lease.id,)
    )


async def test_a_chat_belongs_to_one_process_until_it_is_idle(inboxes: Open) -> None:
    first, second = await inboxes(), await inboxes()
    await first.put(make_entry("a"))
    [entry] = await read(first)
    await second.put(make_entry("b"))
    assert not await read(second)
    entries = await read_until(first, "ab")
    for entry in entries:
        await first.done(entry.id)
    async with asyncio.timeout(10):
        while await first.connection.rows("SELECT 1 FROM lanes", ()):
            await first._holdings.give_back_idle()
            await asyncio.sleep(0.05)
    await second.put(make_entry("c"))
    assert names(await read(second)) == "c"
    assert not await read(first)


async def test_free_places_limit_what_a_process_takes(inboxes: Open) -> None:
    store, first, second = await inboxes(), await inboxes(), await inboxes()
    for number in range(6):
        await store.put(make_entry(str(number), f"{number}@c.us"))
    async with (
        first.joined((INSTANCE,), lambda: 2, lambda _: None),
        second.joined((INSTANCE,), lambda: 3, lambda _: None),
    ):
        assert names(await read(first)) == "01"
        assert names(await read(second)) == "234"
        assert names(await read(first)) == "01", "those are not in progress yet"


async def test_two_processes_that_store_one_notification_store_it_once(inboxes: Open) -> None:
    several = [await inboxes() for _ in range(3)]
    for number in range(20):
        stored = await asyncio.gather(*(each.put(make_entry(f"{number} ")) for each in several))
        assert sorted(stored) == [False, False, True]


async def test_what_a_process_has_lost_it_cannot_change(inboxes: Open) -> None:
    first, second = await inboxes(), await inboxes()
    lost: list[int] = []
    async with first.joined((INSTANCE,), lambda: 5, lost.extend):
        for number, name in enumerate("abc"):
            await first.put(make_entry(name, f"{number}@c.us"))
        entries = await read(first)
        await expire(first)
        await second._holdings.compare()
        taken = await read(second)
        assert names(taken) == "abc"
        assert [entry.interrupted for entry in taken] == [True] * 3
        await first.failed(entries[1].id, 7, datetime.now(UTC), "late")
        await first.quarantine(entries[2].id, 7, "late")
        await first.done(entries[0].id)
        assert sorted(lost) == [entry.id for entry in entries]
        assert not any(first.begin(entry.id) for entry in entries)
    assert not await second.quarantined()
    rows = await second.connection.rows("SELECT attempts, quarantined FROM entries", ())
    assert rows == [(0, False)] * 3


async def test_a_process_that_was_suspended_notices_before_it_starts_a_handler(inboxes: Open) -> None:
    clock = Clock()
    first = await inboxes(lease=5.0, clock=clock)
    lost: list[int] = []
    async with first.joined((INSTANCE,), lambda: 5, lost.extend):
        await first.put(make_entry("a"))
        [entry] = await read(first)
        assert first.begin(entry.id)
        first.end(entry.id)
        clock.suspended = 6.0
        assert not first.begin(entry.id)
        assert lost == [entry.id]


async def test_a_lost_chat_is_claimed_again_under_a_new_lease(inboxes: Open) -> None:
    clock = Clock()
    first = await inboxes(lease=4.0, clock=clock)
    await first.put(make_entry("a"))
    [before] = await read(first)
    lease = first.lease.id
    clock.suspended = 5.0
    assert not first.begin(before.id)
    async with asyncio.timeout(60):
        while not (entries := await read(first)):
            await asyncio.sleep(0.1)
            if first.lease.id != lease and first.lease.id:
                await first._holdings.compare()
    assert entries[0].id > before.id
    assert entries[0].interrupted
    assert first.begin(entries[0].id)


async def test_leaving_gives_everything_back_at_once(inboxes: Open, postgres_dsn: str) -> None:
    second = await inboxes()
    async with PostgresInbox(postgres_dsn, schema=second.connection.schema) as first:
        for name in "abc":
            await first.put(make_entry(name))
        entries = await read(first)
        await first.done(entries[0].id)
        assert not await read(second)
    taken = await read_until(second, "bc")
    assert [entry.interrupted for entry in taken] == [False, False]


async def test_a_chat_that_gets_an_entry_while_it_is_given_back_is_not_forgotten(inboxes: Open) -> None:
    first, second = await inboxes(), await inboxes()
    for number in range(30):
        await first.put(make_entry(f"{number}a"))
        [entry] = await read_until(first, f"{number}a")
        await first.done(entry.id)
        lanes = list(first._feed.lanes.values())
        await asyncio.gather(
            first._holdings._delete_empty(lanes),
            second.put(make_entry(f"{number}b")),
        )
        found: list[tuple[PostgresInbox, Entry]] = []
        for _ in range(1000):
            found = found or [(inbox, entry) for inbox in (first, second) for entry in await read(inbox)]
        [(holder, entry)] = found
        await holder.done(entry.id)
        await second._holdings._delete_empty(list(second._feed.lanes.values()))


async def test_a_claim_whose_answer_was_lost_is_found(inboxes: Open) -> None:
    store, first = await inboxes(), await inboxes()
    assert not await read(first)
    await store.put(make_entry("a"))
    await first._statements.claim(first.lease.id, [INSTANCE], 1)
    assert not await read(first)
    await first._holdings.compare()
    assert names(await read(first)) == "a"


async def test_retries_are_due_by_the_clock_of_the_database(inboxes: Open, postgres_dsn: str) -> None:
    second = await inboxes()
    async with PostgresInbox(postgres_dsn, schema=second.connection.schema) as first:
        await first.put(make_entry("a"))
        [entry] = await read(first)
        due = datetime.now(UTC) + timedelta(seconds=600)
        await first.failed(entry.id, 2, due, "failure")
    [entry] = await read_until(second, "a")
    assert (entry.attempts, entry.failure) == (2, "failure")
    assert entry.due is not None
    assert abs((entry.due - due).total_seconds()) < 5
    [row] = await second.connection.rows("SELECT extract(epoch FROM due - clock_timestamp())::float8 FROM entries", ())
    assert 500 < row[0] < 600


async def test_characters_that_postgresql_cannot_store_do_no_harm(inboxes: Open) -> None:
    first, second = await inboxes(), await inboxes()
    body = '{"n": "a\0\ud800\\u0000", "senderData": {"chatId": "1\0@c.us"}}'
    assert await first.put(Entry(id_instance=INSTANCE, body=body, error="no\0thing \udfff"))
    [entry] = await read(first)
    assert json.loads(entry.body)["n"] == "a\0\ud800\0"
    await first.quarantine(entry.id, 1, "ValueError: \0\ud800")
    [entry] = await second.quarantined()
    assert entry.error == "no\\u0000thing \\udfff"
    assert entry.failure == "ValueError: \\u0000\\ud800"


async def test_a_damaged_row_concerns_itself_only(inboxes: Open) -> None:
    first = await inboxes()
    for name in "abcd":
        await first.put(make_entry(name))
    await first.connection.rows(
        "UPDATE entries SET attempts = -1, stored = 'infinity', due = '-infinity', body = 'no JSON'"
        " WHERE id = (SELECT min(id) + 1 FROM entries)",
        (),
    )
    entries = await read(first)
    assert [entry.error is not None for entry in entries] == [False, True, False, False]
    assert json.loads(entries[1].body) == {"body": "no JSON"}


async def test_ids_in_quarantine_are_the_same_in_all_processes(inboxes: Open) -> None:
    first, second = await inboxes(), await inboxes()
    for name in "ab":
        await first.put(make_entry(name))
    entries = await read(first)
    await first.quarantine(entries[0].id, 5, "poison")
    [here], [there] = await first.quarantined(), await second.quarantined()
    assert here.id == there.id
    with pytest.raises(InvalidArgumentError):
        await second.release(entries[0].id)
    await second.release(there.id)
    assert not await first.quarantined()
    await read_until(first, "ba")


async def test_keys_are_kept_for_a_day_and_for_an_hour_after_an_outage(inboxes: Open) -> None:
    inbox = await inboxes()

    async def pass_hours(hours: float) -> None:
        await inbox.connection.rows(
            "UPDATE dedup_keys SET stored = stored - make_interval(secs => %s)", (hours * 3600,)
        )
        await inbox.connection.rows(
            "UPDATE retention SET last_run = last_run - make_interval(secs => %s)", (hours * 3600,)
        )
        for _ in range(3):
            await inbox._holdings.compare()

    assert await inbox.put(make_entry("a"))
    for hour in range(24):
        await pass_hours(1.001)
        assert not await inbox.put(make_entry("a", f"{hour}@c.us")), hour
    await pass_hours(2)
    await pass_hours(1.1)
    assert await inbox.put(make_entry("a"))
    await pass_hours(500)
    assert not await inbox.put(make_entry("a")), "the server delivers again what was sent before the outage"
    await pass_hours(1.1)
    assert await inbox.put(make_entry("a"))


async def test_chats_of_one_person_become_one(inboxes: Open) -> None:
    store, first, second = await inboxes(), await inboxes(), await inboxes()
    await store.put(make_entry("a", "7@lid"))
    await store.put(make_entry("b", "8@lid"))
    await store.put(make_entry("c", "79@c.us"))
    async with first.joined((INSTANCE,), lambda: 1, lambda _: None):
        assert names(await read(first)) == "a", "held before it is known who that is"
        for each in "7@lid", "8@lid":
            await store.connection.rows(
                "INSERT INTO identities (instance, id, main) VALUES (%s, %s, '79@c.us')", (INSTANCE, each)
            )
        assert names(await read(second)) == "bc"
        await store.put(make_entry("d", "8@lid"))
        await read_until(second, "bcd")
    assert {entry.interrupted for entry in await read(second)} == {False}
    lanes = await store.connection.rows("SELECT lane FROM lanes ORDER BY lane", ())
    assert ("79@c.us",) in lanes
    assert ("8@lid",) not in lanes


async def test_a_long_chat_is_read_in_pages(inboxes: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_statements, "PAGE", 7)
    monkeypatch.setattr(lane_statements, "PAGES", 10)
    store, first = await inboxes(), await inboxes()
    for number in range(50):
        await store.put(make_entry(f"{number} ", f"{number % 3}@c.us"))
    found: list[Entry] = []
    while entries := await first.waiting((INSTANCE,), found[-1].id if found else 0, 5):
        found += entries
    assert [entry.id for entry in found] == list(range(1, 51))
    for chat in range(3):
        numbers = [int(json.loads(entry.body)["n"]) for entry in found if f"{chat}@c.us" in entry.body]
        assert numbers == list(range(chat, 50, 3))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_work_goes_on_when_the_database_returns(how: signal.Signals) -> None:
    with PostgresServer() as server:
        async with PostgresInbox(server.dsn) as first, PostgresInbox(server.dsn) as second:
            await first.put(make_entry("a"))
            [entry] = await read(first)
            server.stop(how)
            with pytest.raises(InboxUnavailableError):
                await first.done(entry.id)
            server.start()
            assert first.begin(entry.id), "its lease has not expired"
            first.end(entry.id)
            await first.done(entry.id)
            await second.put(make_entry("b"))
            await read_until(first, "b")


async def test_it_needs_asyncio() -> None:
    async def put() -> None:
        await PostgresInbox("postgresql://127.0.0.1/nowhere").put(make_entry("a"))

    with pytest.raises(InvalidArgumentError, match="asyncio"):
        await asyncio.to_thread(lambda: anyio.run(put, backend="trio"))


async def test_a_suspended_transaction_of_a_dead_process_does_not_hold_up_the_others(inboxes: Open) -> None:
    first, second = await inboxes(), await inboxes()
    for number in range(2):
        await first.put(make_entry(str(number), f"{number}@c.us"))
    await read(first)
    await expire(first)
    blocking = await first.connection.connect()
    async with blocking, asyncio.timeout(10):
        await blocking.execute("BEGIN")
        await blocking.execute("SELECT 1 FROM lanes WHERE lane = '0@c.us' FOR UPDATE")
        await second._holdings.compare()
        assert names(await read(second)) == "1"
        await blocking.execute("ROLLBACK")
        await second._holdings.compare()
        assert sorted(names(await read(second))) == ["0", "1"]


async def test_records_and_the_removal_of_an_entry_are_one_transaction(inboxes: Open) -> None:
    first, second = await inboxes(), await inboxes()
    for name in "ab":
        await first.put(make_entry(name))
    here, lost = await read(first)
    assert await first.records.apply([PutRecord(collection="journal", key="1", value={"answer": "a"})], done=[here.id])
    assert names(await read(first)) == "b"
    await expire(first)
    await second._holdings.compare()
    assert names(await read(second)) == "b"
    with pytest.raises(InboxError, match="not held"):
        await first.records.apply([PutRecord(collection="journal", key="2", value={"answer": "b"})], done=[lost.id])
    assert await second.records.get("journal", "1") is not None
    assert await second.records.get("journal", "2") is None


async def test_a_chat_that_was_taken_over_while_dead_processes_are_cleared_away_keeps_its_holder(inboxes: Open) -> None:
    clearing, other = await inboxes(), await inboxes()
    await other.connection.rows(
        "INSERT INTO lanes (instance, lane, since, holder, fence)"
        " SELECT 1, number::text, now(), 'dead', number FROM generate_series(1, 3) AS number",
        (),
    )

    async def pause_at_the_first_lane(connection: AsyncConnection[Any]) -> None:
        await connection.execute(
            "CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF old.lane = '1' THEN PERFORM pg_advisory_xact_lock(7); END IF; RETURN new; END $$"
        )
        await connection.execute("CREATE TRIGGER pause BEFORE UPDATE ON lanes FOR EACH ROW EXECUTE FUNCTION pause()")

    await other.connection.run(pause_at_the_first_lane)
    async with await other.connection.connect() as blocking:
        await blocking.execute("SELECT pg_advisory_lock(7)")
        compare = asyncio.create_task(clearing._holdings.compare())
        async with asyncio.timeout(10):
            while not await other.connection.rows(  # noqa: ASYNC110  as the server gives no signal
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", ()
            ):
                await asyncio.sleep(0.01)
        await blocking.execute("INSERT INTO processes VALUES ('new', now(), now() + interval '1 minute')")
        await blocking.execute("UPDATE lanes SET holder = 'new', fence = 4 WHERE lane = '3'")
        await blocking.execute("SELECT pg_advisory_unlock(7)")
        await compare
    rows = await other.connection.rows("SELECT holder FROM lanes ORDER BY lane", ())
    assert rows == [(None,), (None,), ("new",)]


async def test_an_answer_that_was_overtaken_by_the_loss_of_the_chat_claims_nothing(
    inboxes: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await inboxes(), await inboxes()
    await first.put(make_entry("a"))
    await read_until(first, "a")
    put = first._statements.put

    async def put_slowly(me: str | None, batch: Sequence[NewEntry]) -> Stored:
        stored = await put(me, batch)
        await first._holdings.give_back(list(first._feed.lanes.values()))
        assert names(await read_until(second, "ab")) == "ab"
        return stored

    monkeypatch.setattr(first._statements, "put", put_slowly)
    await first.put(make_entry("b"))
    assert not first._feed.lanes
    assert await read(first) == []


async def test_handlers_that_start_together_share_a_connection_to_read_their_bodies(
    inboxes: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_feed, "MAX_BODIES", 5)
    inbox = await inboxes()
    for number in range(50):
        await inbox.put(make_entry(str(number)))
    entries = await read(inbox)
    await inbox.connection.aclose()
    counted = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    [[before]] = await inbox.connection.rows(counted, ())
    again = await asyncio.gather(*(inbox.waiting((INSTANCE,), entry.id - 1, 1) for entry in entries))
    assert [entry for [entry] in again] == list(entries)
    [[after]] = await inbox.connection.rows(counted, ())
    assert after - before < 5


async def test_the_loss_and_the_return_of_the_database_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with PostgresServer() as server:
        async with PostgresInbox(server.dsn, lease=5.0) as inbox:
            await read(inbox)
            polling = asyncio.create_task(inbox.pollers.keep())
            await asyncio.sleep(0)
            server.stop()
            async with asyncio.timeout(60):
                while inbox.lease.id:  # noqa: ASYNC110  it gives no signal
                    await asyncio.sleep(0.1)
                for _ in range(3 * round(GIVE_BACK_EVERY / 0.1)):
                    with pytest.raises(InboxUnavailableError, match=r"Connection refused.*PostgreSQL runs"):
                        await inbox.records.get("collection", "key")
                    await asyncio.sleep(0.1)
                server.start()
                while len(caplog.records) < 5:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            polling.cancel()
    records = sorted(record.getMessage().partition(":")[0] for record in caplog.records)
    assert records == [
        "Cannot take part in the distribution of instances at the moment",
        "PostgreSQL is available again",
        "PostgreSQL is unavailable. Retrying",
        "Takes part in the distribution of instances again",
        "The lease of this process has expired; other processes may have taken over its chats",
    ]


async def test_entries_whose_bodies_are_beyond_the_bounds_of_memory_are_all_returned(inboxes: Open) -> None:
    inbox = await inboxes()
    long = "." * (lane_feed.MAX_CHARACTERS // 20)
    for number in range(30):
        entry = make_entry(str(number))
        await inbox.put(attrs.evolve(entry, body=json.dumps(json.loads(entry.body) | {"long": long})))
    entries = await read(inbox)
    assert [entry.id for entry in entries] == list(range(1, 31))
    assert all(long in entry.body for entry in entries)


async def test_the_chat_of_a_person_of_whom_more_becomes_known_stays_in_its_lane_until_it_is_empty(
    inboxes: Open,
) -> None:
    store, first, second = await inboxes(), await inboxes(), await inboxes()
    await store.put(make_entry("a", "7@lid"))
    entries = await read_until(first, "a")
    await store.connection.rows(
        "INSERT INTO identities (instance, id, main) VALUES (%s, '7@lid', '79@c.us')", (INSTANCE,)
    )
    await store.put(make_entry("b", "7@lid"))
    assert await read(second) == [], "the handler of the first entry may be running"
    for entry in entries:
        await first.quarantine(entry.id, 1, "failure")
    entries = await read_until(first, "b")
    [quarantined] = await store.quarantined()
    await store.release(quarantined.id)
    assert await read(second) == []
    for entry in await read_until(first, "ba"):
        await first.done(entry.id)
    await first._holdings.give_back(list(first._feed.lanes.values()))
    await store.put(make_entry("c", "7@lid"))
    await read_until(second, "c")
    assert await store.connection.rows("SELECT lane FROM lanes", ()) == [("79@c.us",)]


async def test_a_living_process_whose_lease_was_taken_away_learns_it_at_once(inboxes: Open) -> None:
    first, second = await inboxes(), await inboxes()
    lost: list[int] = []
    async with first.joined((INSTANCE,), lambda: 10, lost.extend):
        await first.put(make_entry("a"))
        [entry] = await read_until(first, "a")
        assert first.begin(entry.id)
        async with asyncio.timeout(5):
            while not await second.connection.rows(  # noqa: ASYNC110  as a listener gives no signal
                "SELECT 1 FROM pg_stat_activity WHERE query LIKE %s", (f'%LISTEN "greenapi_{first.lease.id}"',)
            ):
                await asyncio.sleep(0.01)
        await second.connection.rows(  # as if the clock of the database had been set
            "UPDATE processes SET lease_until = clock_timestamp() - interval '1 hour' WHERE id = %s", (first.lease.id,)
        )
        await second._holdings.compare()
        async with asyncio.timeout(3):
            while not lost:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert lost == [entry.id]


async def test_leaving_frees_what_was_claimed_without_an_answer(inboxes: Open) -> None:
    first, second = await inboxes(), await inboxes()
    await second.put(make_entry("a"))
    await first.lease.acquire()
    assert await first._statements.claim(first.lease.id, (INSTANCE,), 1)
    assert await read(second) == []
    await first.lease.release()
    await read_until(second, "a")
    assert second._holdings.feed.lanes
    [entry] = await read(second)
    assert not entry.interrupted


@pytest.mark.parametrize("bodies", [1000, 1])
async def test_a_retry_whose_message_was_missed_is_found_by_a_comparison(
    inboxes: Open, monkeypatch: pytest.MonkeyPatch, bodies: int
) -> None:
    monkeypatch.setattr(lane_feed, "MAX_BODIES", bodies)
    inbox, retried = await inboxes(), set[int]()
    for name in "ABC":
        await inbox.put(make_entry(name, f"{name}@c.us"))
    first, second, _ = await read_until(inbox, "ABC")
    for entry in first, second:
        await inbox.failed(entry.id, 1, datetime.now(UTC) + timedelta(hours=1), "Traceback")
    inbox.retry_listeners.add(retried.add)
    await inbox._holdings.compare()
    assert not retried
    hurry = "UPDATE entries SET due = NULL WHERE body = %s RETURNING 1"  # what retry does, without a message
    assert await inbox.connection.rows(hurry, (second.body,))
    await inbox._holdings.compare()
    assert retried == {second.id}
    assert [entry.due is None for entry in await read(inbox)] == [False, True, True]
