"""Cancellation of a caller, at any moment and of either kind, leaves no partial and no stuck operation."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from greenapi_async import InboxUnavailableError
from greenapi_async.inbox import Entry, SQLiteInbox, connection

pytestmark = pytest.mark.anyio

Make = Callable[..., Entry]
MOMENTS = range(12)


def bodies(entries: Sequence[Entry]) -> str:
    return "".join(entry.body[7:-2] for entry in entries)


class Gate:
    """Operation that blocks the worker thread until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, _: Connection) -> None:
        self.reached.set()
        assert self.opened.wait(30)


@pytest.fixture
def gate() -> Gate:
    return Gate()


async def change(inbox: SQLiteInbox, name: str, id_: int) -> None:
    match name:
        case "done":
            await inbox.done(id_)
        case "failed":
            [entry] = await inbox.waiting((1101,), id_ - 1, 1)
            await inbox.failed(id_, 1, entry.stored, "failure")
        case _:
            await inbox.quarantine(id_, 1, "failure")


async def has_changed(inbox: SQLiteInbox, name: str) -> bool:
    entries = await inbox.waiting((1101,), 0, 10)
    match name:
        case "done":
            return not entries
        case "failed":
            return entries[0].attempts == 1
        case _:
            return not entries and len(await inbox.quarantined()) == 1


@pytest.mark.parametrize("name", ["done", "failed", "quarantine"])
async def test_a_change_is_completed_when_its_scope_is_cancelled(
    sqlite: SQLiteInbox, make_entry: Make, name: str
) -> None:
    await sqlite.put(make_entry("a"))
    [entry] = await sqlite.waiting((1101,), 0, 10)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(change, sqlite, name, entry.id)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert await has_changed(sqlite, name)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", ["done", "failed", "quarantine"])
def test_a_change_is_completed_when_its_task_is_cancelled(path: Path, make_entry: Make, name: str, moment: int) -> None:
    async def main() -> None:
        async with SQLiteInbox(path) as inbox:
            await inbox.put(make_entry("a"))
            [entry] = await inbox.waiting((1101,), 0, 10)
            task = asyncio.create_task(change(inbox, name, entry.id))
            for _ in range(moment + 3 * (name == "failed") + 1):
                await asyncio.sleep(0)
            task.cancel()
            task.cancel()
            await asyncio.wait([task])
            assert await has_changed(inbox, name)

    asyncio.run(main())


def native(task: "asyncio.Task[Any]", _: anyio.CancelScope) -> None:
    task.cancel()


def scoped(_: object, scope: anyio.CancelScope) -> None:
    scope.cancel()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("cancel", [native, scoped])
def test_a_cancelled_put_is_atomic(
    path: Path, make_entry: Make, cancel: Callable[["asyncio.Task[Any]", anyio.CancelScope], None], moment: int
) -> None:
    """Operations that share its commit are not affected, and waiters are woken."""

    async def put_in(scope: anyio.CancelScope, inbox: SQLiteInbox) -> None:
        with scope:
            await inbox.put(make_entry("x"))

    async def main() -> None:
        async with SQLiteInbox(path) as inbox:
            await inbox.waiting((1101,), 0, 10)
            scope = anyio.CancelScope()
            task = asyncio.create_task(put_in(scope, inbox))
            others = [asyncio.create_task(inbox.put(make_entry(name))) for name in "ab"]
            for _ in range(moment):
                await asyncio.sleep(0)
            cancel(task, scope)
            await asyncio.wait([task])
            await asyncio.gather(*others)
            await inbox.wait_for_change(0)
            is_stored = "x" in bodies(await inbox.waiting((1101,), 0, 10))
            assert await inbox.put(make_entry("x")) is not is_stored
            in_memory = await inbox.waiting((1101,), 0, 10)
        async with inbox:
            assert list(await inbox.waiting((1101,), 0, 10)) == list(in_memory)
            assert sorted(bodies(in_memory)) == ["a", "b", "x"]

    asyncio.run(main())


async def test_an_operation_that_has_not_begun_is_withdrawn(sqlite: SQLiteInbox, make_entry: Make, gate: Gate) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sqlite.connection.run, sqlite.connection.bare, gate)
        await anyio.to_thread.run_sync(gate.reached.wait, 30)
        async with anyio.create_task_group() as cancelled:
            cancelled.start_soon(sqlite.put, make_entry("a"))
            tasks.start_soon(sqlite.put, make_entry("b"))
            await anyio.wait_all_tasks_blocked()
            cancelled.cancel_scope.cancel()
        gate.opened.set()
    assert bodies(await sqlite.waiting((1101,), 0, 10)) == "b"


async def test_a_cancelled_caller_waits_for_an_operation_that_has_begun(
    sqlite: SQLiteInbox, make_entry: Make, gate: Gate
) -> None:
    batch = Gate()
    await sqlite.waiting((1101,), 0, 10)
    seen = await sqlite.wait_for_change(0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sqlite.connection.run, sqlite.connection.bare, gate)
        await anyio.to_thread.run_sync(gate.reached.wait, 30)
        tasks.start_soon(sqlite.connection.run, sqlite.connection.bare, batch)
        await anyio.wait_all_tasks_blocked()
        async with anyio.create_task_group() as cancelled:
            cancelled.start_soon(sqlite.put, make_entry("a"))
            await anyio.wait_all_tasks_blocked()
            gate.opened.set()
            await anyio.to_thread.run_sync(batch.reached.wait, 30)
            cancelled.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                await anyio.wait_all_tasks_blocked()
            batch.opened.set()
        assert bodies(await sqlite.waiting((1101,), 0, 10)) == "a"
        assert await sqlite.wait_for_change(seen) > seen


async def test_entering_while_another_context_closes_keeps_the_file_open(path: Path, gate: Gate) -> None:
    inbox = SQLiteInbox(path)
    opened = await inbox.connection.run(inbox.connection.bare, lambda connection: connection)
    async with anyio.create_task_group() as tasks:
        await inbox.__aenter__()
        tasks.start_soon(inbox.connection.run, inbox.connection.bare, gate)
        await anyio.to_thread.run_sync(gate.reached.wait, 30)
        tasks.start_soon(inbox.__aexit__, None, None, None)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(inbox.__aenter__)
        await anyio.wait_all_tasks_blocked()
        gate.opened.set()
    assert await inbox.connection.run(inbox.connection.bare, lambda connection: connection) is opened
    await inbox.__aexit__(None, None, None)


def test_a_cancelled_task_waits_for_its_operation_in_the_thread(path: Path, make_entry: Make, gate: Gate) -> None:
    """So no operation can reopen the file later, and operations that share the commit are completed."""

    async def main() -> None:
        async with SQLiteInbox(path) as inbox:
            leader = asyncio.create_task(inbox.connection.run(inbox.connection.bare, gate))
            follower = asyncio.create_task(inbox.put(make_entry("a")))
            await asyncio.to_thread(gate.reached.wait, 30)
            leader.cancel()
            await anyio.wait_all_tasks_blocked()
            assert not leader.done()
            gate.opened.set()
            assert await follower
            assert bodies(await inbox.waiting((1101,), 0, 10)) == "a"
            with pytest.raises(asyncio.CancelledError):
                await leader

    asyncio.run(main())


def test_a_cancelled_task_waits_for_an_operation_that_joined_a_batch(path: Path, make_entry: Make, gate: Gate) -> None:
    async def main() -> None:
        batch = Gate()
        async with SQLiteInbox(path) as inbox:
            bare = inbox.connection.bare
            await inbox.waiting((1101,), 0, 10)
            others = [asyncio.create_task(inbox.connection.run(bare, gate))]
            await asyncio.to_thread(gate.reached.wait, 30)
            others.append(asyncio.create_task(inbox.connection.run(bare, batch)))
            put = asyncio.create_task(inbox.put(make_entry("a")))
            await anyio.wait_all_tasks_blocked()
            gate.opened.set()
            await asyncio.to_thread(batch.reached.wait, 30)
            for _ in range(3):
                put.cancel()
                await anyio.wait_all_tasks_blocked()
            assert not put.done()
            batch.opened.set()
            with pytest.raises(asyncio.CancelledError):
                await put
            assert bodies(await inbox.waiting((1101,), 0, 10)) == "a"
            await asyncio.gather(*others)

    asyncio.run(main())


async def test_a_disk_that_hangs_raises_unavailable(
    sqlite: SQLiteInbox, make_entry: Make, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT", 0.1)
    for work in (
        lambda: sqlite.connection.run(sqlite.connection.bare, gate),
        lambda: sqlite.put(make_entry("a")),
        lambda: sqlite.done(1),
    ):
        with pytest.raises(InboxUnavailableError, match=r"inbox\.db: no response within 0\.1 seconds"):
            await work()
    monkeypatch.undo()
    gate.opened.set()
    assert await sqlite.waiting((1101,), -1, 10) == []
    assert await sqlite.put(make_entry("a"))


def test_entries_of_an_event_loop_that_ended_are_read_in_the_next(path: Path, make_entry: Make, gate: Gate) -> None:
    inbox = SQLiteInbox(path)

    async def interrupted() -> None:
        await inbox.waiting((1101,), 0, 10)
        for work in (inbox.connection.run(inbox.connection.bare, gate), inbox.put(make_entry("a"))):
            asyncio.ensure_future(work)  # noqa: RUF006  asyncio.run cancels them, as at Ctrl-C
        await asyncio.to_thread(gate.reached.wait, 30)
        asyncio.get_running_loop().call_soon(gate.opened.set)

    async def main() -> str:
        await inbox.put(make_entry("b"))
        cached = await inbox.waiting((1101,), 0, 10)
        [[stored]] = await inbox.connection.run(
            inbox.connection.bare, lambda opened: opened.execute("SELECT count(*) FROM entries").fetchall()
        )
        assert len(cached) == stored
        return bodies(cached)

    asyncio.run(interrupted())
    assert asyncio.run(main()) in {"ab", "b"}
    assert asyncio.run(main()) in {"ab", "b"}


async def test_entering_in_a_cancelled_scope_leaves_nothing_open(path: Path) -> None:
    inbox = SQLiteInbox(path)
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with inbox:
            await anyio.lowlevel.checkpoint()
    async with SQLiteInbox(path), anyio.create_task_group():
        pass
