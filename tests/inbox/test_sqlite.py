"""``SQLiteInbox`` beyond the contract: persistence, group commit, file size, cache."""

import gc
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

import anyio
import pytest

from greenapi_async import InboxError, InvalidArgumentError
from greenapi_async.inbox import Entry, SQLiteInbox
from greenapi_async.inbox.connection import SQLiteConnection
from greenapi_async.inbox.database import Schema

if TYPE_CHECKING:
    from tests.inbox.conftest import Clock

pytestmark = pytest.mark.anyio

Make = Callable[..., Entry]


def bodies(entries: Sequence[Entry]) -> str:
    return "".join(entry.body[7:-2] for entry in entries)


async def statements_of(inbox: SQLiteInbox) -> list[str]:
    """Record the SQL statements from now on."""
    statements: list[str] = []
    await inbox.connection.run(
        inbox.connection.bare, lambda connection: connection.set_trace_callback(statements.append)
    )
    statements.clear()
    return statements


async def count_keys(inbox: SQLiteInbox) -> int:
    return await inbox.connection.run(
        inbox.connection.bare,
        lambda connection: int(connection.execute("SELECT count(*) FROM dedup_keys").fetchone()[0]),
    )


async def test_everything_is_restored_when_the_file_is_reopened(path: Path, make_entry: Make, clock: "Clock") -> None:
    async with SQLiteInbox(path, clock=clock) as inbox:
        for name in "abc":
            await inbox.put(make_entry(name))
        first, second, third = await inbox.waiting((1101,), 0, 10)
        await inbox.done(first.id)
        await inbox.failed(second.id, 3, second.stored, "ValueError")
        await inbox.quarantine(third.id, 5, "poison")
        failed = await inbox.waiting((1101,), 0, 10)
        quarantined = await inbox.quarantined()
    async with SQLiteInbox(path, clock=clock) as inbox:
        assert await inbox.waiting((1101,), 0, 10) == failed
        assert await inbox.quarantined() == quarantined
        assert not await inbox.put(make_entry("a"))
        await inbox.done(second.id)
        await inbox.drop(third.id)
    async with SQLiteInbox(path, clock=clock) as inbox:
        await inbox.put(make_entry("d"))
        [entry] = await inbox.waiting((1101,), 0, 10)
        assert entry.id > third.id


async def test_the_file_is_closed_when_all_contexts_are_left(path: Path, make_entry: Make) -> None:
    inbox = SQLiteInbox(path)
    async with inbox:
        async with inbox:
            await inbox.put(make_entry("a"))
        with pytest.raises(InboxError):
            await SQLiteInbox(path).quarantined()
    async with SQLiteInbox(path) as other:
        assert bodies(await other.waiting((1101,), 0, 10)) == "a"
        await other.put(make_entry("b"))
    assert bodies(await inbox.waiting((1101,), 0, 10)) == "ab"
    async with inbox:
        pass
    assert {file.name for file in path.parent.iterdir()} == {path.name, f"{path.name}.lock"}


async def test_an_inbox_that_was_not_closed_releases_the_file_when_collected(path: Path, make_entry: Make) -> None:
    for n in range(5):
        inbox = SQLiteInbox(path)
        await inbox.put(make_entry(str(n)))
        del inbox
        gc.collect()
    async with SQLiteInbox(path) as inbox:
        assert len(await inbox.waiting((1101,), 0, 100)) == 5


def test_an_inbox_works_in_one_event_loop_after_another(path: Path, make_entry: Make) -> None:
    inbox = SQLiteInbox(path)

    async def put(name: str) -> str:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(inbox.put, make_entry(name))
            tasks.start_soon(inbox.put, make_entry(name))
            await inbox.wait_for_change(0)
        return bodies(await inbox.waiting((1101,), 0, 10))

    assert anyio.run(put, "a") == "a"
    assert anyio.run(put, "b") == "ab"
    assert anyio.run(put, "c", backend="trio") == "abc"


async def test_concurrent_puts_share_a_commit(sqlite: SQLiteInbox, make_entry: Make) -> None:
    statements = await statements_of(sqlite)
    async with anyio.create_task_group() as tasks:
        for n in range(200):
            tasks.start_soon(sqlite.put, make_entry(str(n)))
    assert len(await sqlite.waiting((1101,), 0, 1000)) == 200
    assert statements.count("COMMIT") <= 5


async def test_new_entries_are_read_from_the_cache(sqlite: SQLiteInbox, make_entry: Make) -> None:
    await sqlite.put(make_entry("a"))
    [first] = await sqlite.waiting((1101,), 0, 10)
    statements = await statements_of(sqlite)
    await sqlite.put(make_entry("b"))
    assert any("INSERT" in statement for statement in statements)
    statements.clear()
    assert bodies(await sqlite.waiting((1101,), first.id, 10)) == "b"
    assert not statements


async def test_evicted_entries_are_read_from_the_file(sqlite: SQLiteInbox, make_entry: Make) -> None:
    for n in range(9):
        await sqlite.put(make_entry(str(n), body=f'{{"n": "{n}"}}'.ljust(1_000_000)))
    statements = await statements_of(sqlite)
    entries = await sqlite.waiting((1101,), 0, 100)
    assert "".join(entry.body.rstrip()[7:-2] for entry in entries) == "012345678"
    assert statements
    statements.clear()
    assert len(await sqlite.waiting((1101,), entries[-4].id, 100)) == 3
    assert not statements


async def test_a_failing_operation_does_not_affect_others_in_its_batch(sqlite: SQLiteInbox, make_entry: Make) -> None:
    outcomes: dict[str, object] = {}

    async def put(name: str, **fields: object) -> None:
        try:
            outcomes[name] = await sqlite.put(make_entry(name, **fields))
        except InboxError as error:
            outcomes[name] = str(error)

    async def release() -> None:
        with pytest.raises(InvalidArgumentError):
            await sqlite.release(987654)
        outcomes["release"] = "refused"

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(put, "a")
        tasks.start_soon(release)
        tasks.start_soon(lambda: put("b", receipt_id=2**70))
        tasks.start_soon(put, "c")
    assert outcomes == {"a": True, "release": "refused", "b": outcomes["b"], "c": True}
    assert str(sqlite.connection.path) in str(outcomes["b"])
    assert sorted(bodies(await sqlite.waiting((1101,), 0, 10))) == ["a", "c"]
    assert await sqlite.put(make_entry("b"))


async def test_lone_surrogates_in_errors_are_escaped(sqlite: SQLiteInbox, make_entry: Make, path: Path) -> None:
    await sqlite.put(make_entry("a", error="\ud83d"))
    [entry] = await sqlite.waiting((1101,), 0, 10)
    await sqlite.failed(entry.id, 1, entry.stored, "\ud83d is half")
    in_memory = await sqlite.waiting((1101,), 0, 10)
    await sqlite.__aexit__(None, None, None)
    async with sqlite:
        assert await sqlite.waiting((1101,), 0, 10) == in_memory
    await sqlite.__aenter__()
    assert (in_memory[0].error, in_memory[0].failure) == ("\\ud83d", "\\ud83d is half")


async def test_keys_expire_even_if_no_process_runs_for_an_hour(path: Path, make_entry: Make, clock: "Clock") -> None:
    inbox = SQLiteInbox(path, clock=clock)
    for n in range(300):
        clock.pass_hours(0.25)
        async with inbox:
            await inbox.put(make_entry(str(n)))
    async with inbox:
        assert await count_keys(inbox) <= 26 * 4
        assert not await inbox.put(make_entry("203"))  # 24 hours old


async def test_a_restart_does_not_shorten_the_hour_after_an_outage(
    path: Path, make_entry: Make, clock: "Clock"
) -> None:
    inbox = SQLiteInbox(path, clock=clock)
    for hours, known in ((0, False), (500, True), (0.5, True), (0.4, True), (0.2, False)):
        clock.pass_hours(hours)
        async with inbox:
            await inbox.put(make_entry(f"at {clock.now}"))
            assert await inbox.put(make_entry("a")) is not known


@pytest.mark.parametrize("jump", [100_000, 30, -30, -100_000])
@pytest.mark.parametrize("when", ["while it runs", "while it is stopped"])
async def test_a_wrong_wall_clock_across_restarts_neither_drops_nor_keeps_all_keys(
    path: Path, make_entry: Make, clock: "Clock", monotonic: "Clock", when: str, jump: float
) -> None:
    """The clock jumps, the process is restarted, the clock is set right, and the process is restarted again."""

    async def run(name: str, hours: float) -> None:
        async with SQLiteInbox(path, clock=clock, monotonic=monotonic) as inbox:
            for n in range(int(hours * 4) + 1):
                await inbox.put(make_entry(f"{name} {n}"))
                assert not await inbox.put(make_entry("a"))
                clock.pass_hours(0.25)
                monotonic.pass_hours(0.25)

    async with SQLiteInbox(path, clock=clock, monotonic=monotonic) as inbox:
        await inbox.put(make_entry("a"))
        if when == "while it runs":
            clock.pass_hours(jump)
            await inbox.put(make_entry("b"))
    monotonic.now = 7  # the machine was restarted
    if when == "while it is stopped":
        clock.pass_hours(jump)
        await run("second", 0.25)  # after a jump forward, it looks like an outage
    else:
        await run("second", 12)
    async with SQLiteInbox(path, clock=clock, monotonic=monotonic) as inbox:
        clock.pass_hours(-jump)
        assert not await inbox.put(make_entry("a"))
    await run("third", 0 if when == "while it is stopped" and jump > 0 else 6)
    async with SQLiteInbox(path, clock=clock, monotonic=monotonic) as inbox:
        for n in range(27):
            clock.pass_hours(1)
            monotonic.pass_hours(1)
            await inbox.put(make_entry(f"last {n}"))
        assert await inbox.put(make_entry("a"))
        assert await count_keys(inbox) <= 40


async def test_keys_that_a_wrong_clock_has_stored_expire(path: Path, make_entry: Make, clock: "Clock") -> None:
    """By a version without a monotonic clock, for example."""
    async with SQLiteInbox(path, clock=clock) as inbox:
        await inbox.put(make_entry("a"))
        await inbox.connection.run(
            inbox.connection.bare, lambda opened: opened.execute("UPDATE dedup_keys SET stored = 9000000000").fetchall()
        )
    async with SQLiteInbox(path, clock=clock) as inbox:
        for hour in range(27):
            assert hour > 24 or not await inbox.put(make_entry("a"))
            clock.pass_hours(1)
            await inbox.put(make_entry(str(hour)))
        assert await inbox.put(make_entry("a"))


async def test_a_put_deletes_a_limited_number_of_keys(sqlite: SQLiteInbox, make_entry: Make, clock: "Clock") -> None:
    await sqlite.put(make_entry("many", keys=tuple(str(n).encode() for n in range(2500))))
    for names, hours in (("abc", 1), ("def", 30)):  # each three check all keys, of which none is too old yet
        clock.pass_hours(hours)
        for name in names:
            await sqlite.put(make_entry(name))
    clock.pass_hours(1)
    left: list[int] = []
    for name in "ghijk":
        await sqlite.put(make_entry(name))
        left.append(await count_keys(sqlite))
    assert left == [1507, 508, 6, 7, 8]  # "a" to "c" go too


async def test_keys_expire_also_if_few_notifications_arrive_in_an_hour(
    sqlite: SQLiteInbox, make_entry: Make, clock: "Clock"
) -> None:
    await sqlite.put(make_entry("many", keys=tuple(str(n).encode() for n in range(5500))))
    for hour in range(40):
        clock.pass_hours(1)
        await sqlite.put(make_entry(str(hour)))
    assert await count_keys(sqlite) < 50


async def test_the_file_does_not_grow_under_steady_traffic(
    sqlite: SQLiteInbox, make_entry: Make, clock: "Clock", path: Path
) -> None:
    sizes: list[int] = []
    for day in range(4):
        for n in range(200):
            clock.pass_hours(24 / 200)
            name = f"{day} {n}"
            await sqlite.put(
                make_entry(name, body="x" * 5000, keys=tuple(f"{name} {key}".encode() for key in range(9)))
            )
            [entry] = await sqlite.waiting((1101,), 0, 10)
            await sqlite.done(entry.id)
        await sqlite.__aexit__(None, None, None)
        sizes.append(path.stat().st_size)  # noqa: ASYNC240
        await sqlite.__aenter__()
    assert sizes[3] <= sizes[1] * 1.1
    assert sizes[3] < 500_000


async def test_the_write_ahead_log_is_checkpointed(sqlite: SQLiteInbox, make_entry: Make, path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    for n in range(40):
        await sqlite.put(make_entry(str(n), body="x" * 1_000_000))
    assert log.stat().st_size < 10_000_000


@pytest.mark.parametrize("late", [False, True])
async def test_other_schemas_share_the_file(sqlite: SQLiteInbox, make_entry: Make, late: bool) -> None:
    def begin(connection: Connection) -> tuple[Connection, int]:
        return connection, int(connection.execute("SELECT count(*) FROM notes").fetchone()[0])

    def insert(session: tuple[Connection, int], text: str) -> int:
        assert session is notes.session
        return session[0].execute("INSERT INTO notes VALUES (?)", (text,)).rowcount

    notes = Schema(("CREATE TABLE IF NOT EXISTS notes (text TEXT)",), begin)
    if not late:
        await sqlite.__aexit__(None, None, None)
    sqlite.connection.add(notes)
    assert notes.session is None
    for counted in range(2):
        assert await sqlite.connection.run(notes, insert, "a") == 1
        await sqlite.put(make_entry(str(counted)))
        assert notes.session is not None
        assert notes.session[1] == counted
        async with sqlite:
            pass
        if late:
            await sqlite.__aexit__(None, None, None)
        assert notes.session is None
    assert len(await sqlite.waiting((1101,), 0, 10)) == 2
    await sqlite.__aenter__()


async def test_an_sqlite_error_in_an_operation_is_translated(path: Path) -> None:
    connection = SQLiteConnection(path)
    with pytest.raises(InboxError, match="no such table") as caught:
        await connection.run(connection.bare, lambda opened: opened.execute("SELECT * FROM absent").fetchall())
    assert str(path) in str(caught.value)
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    async with connection:
        pass


def test_the_worker_thread_ends_when_the_file_is_closed(path: Path, make_entry: Make) -> None:
    def workers() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "greenapi_async inbox"]

    async def use() -> None:
        async with SQLiteInbox(path) as inbox:
            await inbox.put(make_entry("a"))
            [worker] = set(workers()) - set(before)
        worker.join(30)
        assert not worker.is_alive()
        inbox = SQLiteInbox(path)
        await inbox.put(make_entry("b"))
        [worker] = set(workers()) - set(before)
        del inbox
        gc.collect()
        worker.join(30)
        assert not worker.is_alive()

    before = workers()
    anyio.run(use)
