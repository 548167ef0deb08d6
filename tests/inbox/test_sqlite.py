"""What an inbox in a file promises beyond what all do: it lasts, shares commits, stays small, and reads from memory."""

import gc
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

import anyio
import pytest

from greenapi_async import InboxError, InvalidArgumentError
from greenapi_async.inbox import Entry, SQLiteInbox
from greenapi_async.inbox.connection import SQLiteFile, Tables

if TYPE_CHECKING:
    from tests.inbox.conftest import Clock

pytestmark = pytest.mark.anyio

Make = Callable[..., Entry]


def bodies(entries: Sequence[Entry]) -> str:
    return "".join(entry.body[7:-2] for entry in entries)


async def statements_of(inbox: SQLiteInbox) -> list[str]:
    """Record what SQLite is told from now on."""
    statements: list[str] = []
    await inbox.file.run(lambda connection: connection.set_trace_callback(statements.append))
    statements.clear()
    return statements


async def marks_in(inbox: SQLiteInbox) -> int:
    return await inbox.file.run(lambda connection: int(connection.execute("SELECT count(*) FROM marks").fetchone()[0]))


async def test_all_is_there_when_the_file_is_opened_again(path: Path, arrival: Make, clock: "Clock") -> None:
    async with SQLiteInbox(path, clock=clock) as inbox:
        for name in "abc":
            await inbox.put(arrival(name))
        first, second, third = await inbox.waiting((1101,), 0, 10)
        await inbox.done(first.id)
        await inbox.failed(second.id, 3, second.stored, "ValueError")
        await inbox.quarantine(third.id, 5, "poison")
        failed = await inbox.waiting((1101,), 0, 10)
        aside = await inbox.quarantined()
    async with SQLiteInbox(path, clock=clock) as inbox:
        assert await inbox.waiting((1101,), 0, 10) == failed
        assert await inbox.quarantined() == aside
        assert not await inbox.put(arrival("a"))
        await inbox.done(second.id)
        await inbox.drop(third.id)
    async with SQLiteInbox(path, clock=clock) as inbox:
        await inbox.put(arrival("d"))
        [entry] = await inbox.waiting((1101,), 0, 10)
        assert entry.id > third.id


async def test_it_is_closed_when_all_who_entered_have_left(path: Path, arrival: Make) -> None:
    inbox = SQLiteInbox(path)
    async with inbox:
        async with inbox:
            await inbox.put(arrival("a"))
        with pytest.raises(InboxError):
            await SQLiteInbox(path).quarantined()
    async with SQLiteInbox(path) as other:
        assert bodies(await other.waiting((1101,), 0, 10)) == "a"
        await other.put(arrival("b"))
    assert bodies(await inbox.waiting((1101,), 0, 10)) == "ab"
    async with inbox:
        pass
    assert {file.name for file in path.parent.iterdir()} == {path.name}


async def test_one_that_nobody_closed_locks_nothing_when_it_is_gone(path: Path, arrival: Make) -> None:
    for n in range(5):
        inbox = SQLiteInbox(path)
        await inbox.put(arrival(str(n)))
        del inbox
        gc.collect()
    async with SQLiteInbox(path) as inbox:
        assert len(await inbox.waiting((1101,), 0, 100)) == 5


def test_it_goes_on_in_another_event_loop(path: Path, arrival: Make) -> None:
    inbox = SQLiteInbox(path)

    async def put(name: str) -> str:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(inbox.put, arrival(name))
            tasks.start_soon(inbox.put, arrival(name))
            await inbox.news(0)
        return bodies(await inbox.waiting((1101,), 0, 10))

    assert anyio.run(put, "a") == "a"
    assert anyio.run(put, "b") == "ab"
    assert anyio.run(put, "c", backend="trio") == "abc"


async def test_many_share_a_commit(sqlite: SQLiteInbox, arrival: Make) -> None:
    statements = await statements_of(sqlite)
    async with anyio.create_task_group() as tasks:
        for n in range(200):
            tasks.start_soon(sqlite.put, arrival(str(n)))
    assert len(await sqlite.waiting((1101,), 0, 1000)) == 200
    assert statements.count("COMMIT") <= 5


async def test_what_was_just_put_is_read_from_memory(sqlite: SQLiteInbox, arrival: Make) -> None:
    await sqlite.put(arrival("a"))
    [first] = await sqlite.waiting((1101,), 0, 10)
    statements = await statements_of(sqlite)
    await sqlite.put(arrival("b"))
    assert any("INSERT" in statement for statement in statements)
    statements.clear()
    assert bodies(await sqlite.waiting((1101,), first.id, 10)) == "b"
    assert not statements


async def test_what_left_the_memory_is_read_from_the_file(sqlite: SQLiteInbox, arrival: Make) -> None:
    for n in range(9):
        await sqlite.put(arrival(str(n), body=f'{{"n": "{n}"}}'.ljust(1_000_000)))
    statements = await statements_of(sqlite)
    entries = await sqlite.waiting((1101,), 0, 100)
    assert "".join(entry.body.rstrip()[7:-2] for entry in entries) == "012345678"
    assert statements
    statements.clear()
    assert len(await sqlite.waiting((1101,), entries[-4].id, 100)) == 3
    assert not statements


async def test_one_that_fails_spoils_no_other(sqlite: SQLiteInbox, arrival: Make) -> None:
    outcomes: dict[str, object] = {}

    async def put(name: str, **fields: object) -> None:
        try:
            outcomes[name] = await sqlite.put(arrival(name, **fields))
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
    assert str(sqlite.file.path) in str(outcomes["b"])
    assert sorted(bodies(await sqlite.waiting((1101,), 0, 10))) == ["a", "c"]
    assert await sqlite.put(arrival("b"))


async def test_a_traceback_may_quote_what_is_no_text(sqlite: SQLiteInbox, arrival: Make, path: Path) -> None:
    await sqlite.put(arrival("a", error="\ud83d"))
    [entry] = await sqlite.waiting((1101,), 0, 10)
    await sqlite.failed(entry.id, 1, entry.stored, "\ud83d is half")
    in_memory = await sqlite.waiting((1101,), 0, 10)
    await sqlite.__aexit__(None, None, None)
    async with sqlite:
        assert await sqlite.waiting((1101,), 0, 10) == in_memory
    await sqlite.__aenter__()
    assert (in_memory[0].error, in_memory[0].failure) == ("\\ud83d", "\\ud83d is half")


async def test_marks_go_a_day_later_although_the_process_never_runs_an_hour(
    path: Path, arrival: Make, clock: "Clock"
) -> None:
    inbox = SQLiteInbox(path, clock=clock)
    for n in range(300):
        clock.pass_hours(0.25)
        async with inbox:
            await inbox.put(arrival(str(n)))
    async with inbox:
        assert await marks_in(inbox) <= 26 * 4
        assert not await inbox.put(arrival("203"))  # 24 hours old


async def test_a_restart_after_an_outage_does_not_shorten_the_hour(path: Path, arrival: Make, clock: "Clock") -> None:
    inbox = SQLiteInbox(path, clock=clock)
    for hours, known in ((0, False), (500, True), (0.5, True), (0.4, True), (0.2, False)):
        clock.pass_hours(hours)
        async with inbox:
            await inbox.put(arrival(f"at {clock.now}"))
            assert await inbox.put(arrival("a")) is not known


async def test_no_put_removes_more_than_some_marks(sqlite: SQLiteInbox, arrival: Make, clock: "Clock") -> None:
    await sqlite.put(arrival("many", keys=tuple(str(n).encode() for n in range(2500))))
    clock.pass_hours(1)
    await sqlite.put(arrival("a"))
    clock.pass_hours(30)
    await sqlite.put(arrival("b"))
    clock.pass_hours(1)
    left: list[int] = []
    for name in "cdefg":
        await sqlite.put(arrival(name))
        left.append(await marks_in(sqlite))
    assert left == [1503, 504, 4, 5, 6]  # "a" goes too


async def test_the_file_stays_as_it_is_under_steady_traffic(
    sqlite: SQLiteInbox, arrival: Make, clock: "Clock", path: Path
) -> None:
    sizes: list[int] = []
    for day in range(4):
        for n in range(200):
            clock.pass_hours(24 / 200)
            name = f"{day} {n}"
            await sqlite.put(arrival(name, body="x" * 5000, keys=tuple(f"{name} {mark}".encode() for mark in range(9))))
            [entry] = await sqlite.waiting((1101,), 0, 10)
            await sqlite.done(entry.id)
        await sqlite.__aexit__(None, None, None)
        sizes.append(path.stat().st_size)  # noqa: ASYNC240
        await sqlite.__aenter__()
    assert sizes[3] <= sizes[1] * 1.1
    assert sizes[3] < 500_000


async def test_the_log_is_written_back(sqlite: SQLiteInbox, arrival: Make, path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    for n in range(40):
        await sqlite.put(arrival(str(n), body="x" * 1_000_000))
    assert log.stat().st_size < 10_000_000


@pytest.mark.parametrize("late", [False, True])
async def test_others_keep_tables_in_the_same_file(sqlite: SQLiteInbox, arrival: Make, late: bool) -> None:
    def count(connection: Connection) -> list[int]:
        return [connection.execute("SELECT count(*) FROM notes").fetchone()[0]]

    notes = Tables(("CREATE TABLE IF NOT EXISTS notes (text TEXT)",), count)
    if not late:
        await sqlite.__aexit__(None, None, None)
    sqlite.file.add(notes)
    assert notes.session is None
    for counted in range(2):
        await sqlite.file.run(lambda connection: connection.execute("INSERT INTO notes VALUES ('a')").rowcount)
        await sqlite.put(arrival(str(counted)))
        assert notes.session == [counted]
        async with sqlite:
            pass
        if late:
            await sqlite.__aexit__(None, None, None)
        assert notes.session is None
    assert len(await sqlite.waiting((1101,), 0, 10)) == 2
    await sqlite.__aenter__()


async def test_an_error_of_sqlites_in_an_operation_is_ours(path: Path) -> None:
    file = SQLiteFile(path)
    with pytest.raises(InboxError, match="no such table") as caught:
        await file.run(lambda connection: connection.execute("SELECT * FROM absent").fetchall())
    assert str(path) in str(caught.value)
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    async with file:
        pass
