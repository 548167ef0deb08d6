"""A caller that is cancelled, at any moment and in either way, leaves no half and no stuck operation behind."""

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

from greenapi_async.inbox import Entry, SQLiteInbox

pytestmark = pytest.mark.anyio

Make = Callable[..., Entry]
MOMENTS = range(12)


def bodies(entries: Sequence[Entry]) -> str:
    return "".join(entry.body[7:-2] for entry in entries)


class Gate:
    """An operation that stays in the thread until it is opened."""

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
async def test_what_began_is_finished_when_its_scope_is_cancelled(
    sqlite: SQLiteInbox, arrival: Make, name: str
) -> None:
    await sqlite.put(arrival("a"))
    [entry] = await sqlite.waiting((1101,), 0, 10)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(change, sqlite, name, entry.id)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert await has_changed(sqlite, name)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", ["done", "failed", "quarantine"])
def test_what_began_is_finished_when_its_task_is_cancelled(path: Path, arrival: Make, name: str, moment: int) -> None:
    async def main() -> None:
        async with SQLiteInbox(path) as inbox:
            await inbox.put(arrival("a"))
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
def test_a_put_happens_or_does_not(
    path: Path, arrival: Make, cancel: Callable[["asyncio.Task[Any]", anyio.CancelScope], None], moment: int
) -> None:
    """And who shares its commit is not disturbed, and who waits for news is told."""

    async def put_in(scope: anyio.CancelScope, inbox: SQLiteInbox) -> None:
        with scope:
            await inbox.put(arrival("x"))

    async def main() -> None:
        async with SQLiteInbox(path) as inbox:
            await inbox.waiting((1101,), 0, 10)
            scope = anyio.CancelScope()
            task = asyncio.create_task(put_in(scope, inbox))
            others = [asyncio.create_task(inbox.put(arrival(name))) for name in "ab"]
            for _ in range(moment):
                await asyncio.sleep(0)
            cancel(task, scope)
            await asyncio.wait([task])
            await asyncio.gather(*others)
            await inbox.news(0)
            there = "x" in bodies(await inbox.waiting((1101,), 0, 10))
            assert await inbox.put(arrival("x")) is not there
            in_memory = await inbox.waiting((1101,), 0, 10)
        async with inbox:
            assert list(await inbox.waiting((1101,), 0, 10)) == list(in_memory)
            assert sorted(bodies(in_memory)) == ["a", "b", "x"]

    asyncio.run(main())


async def test_one_that_has_not_begun_is_taken_back(sqlite: SQLiteInbox, arrival: Make, gate: Gate) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sqlite.file.run, gate)
        await anyio.to_thread.run_sync(gate.reached.wait, 30)
        async with anyio.create_task_group() as cancelled:
            cancelled.start_soon(sqlite.put, arrival("a"))
            tasks.start_soon(sqlite.put, arrival("b"))
            await anyio.wait_all_tasks_blocked()
            cancelled.cancel_scope.cancel()
        gate.opened.set()
    assert bodies(await sqlite.waiting((1101,), 0, 10)) == "b"


async def test_one_that_was_stored_while_its_caller_left_is_told(
    sqlite: SQLiteInbox, arrival: Make, gate: Gate
) -> None:
    batch = Gate()
    await sqlite.waiting((1101,), 0, 10)
    told = await sqlite.news(0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sqlite.file.run, gate)
        await anyio.to_thread.run_sync(gate.reached.wait, 30)
        tasks.start_soon(sqlite.file.run, batch)
        await anyio.wait_all_tasks_blocked()
        async with anyio.create_task_group() as cancelled:
            cancelled.start_soon(sqlite.put, arrival("a"))
            await anyio.wait_all_tasks_blocked()
            gate.opened.set()
            await anyio.to_thread.run_sync(batch.reached.wait, 30)
            cancelled.cancel_scope.cancel()
        batch.opened.set()
        await sqlite.news(told)
        assert bodies(await sqlite.waiting((1101,), 0, 10)) == "a"


async def test_who_enters_while_another_leaves_finds_it_open(path: Path, gate: Gate) -> None:
    inbox = SQLiteInbox(path)
    connection = await inbox.file.run(lambda connection: connection)
    async with anyio.create_task_group() as tasks:
        await inbox.__aenter__()
        tasks.start_soon(inbox.file.run, gate)
        await anyio.to_thread.run_sync(gate.reached.wait, 30)
        tasks.start_soon(inbox.__aexit__, None, None, None)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(inbox.__aenter__)
        await anyio.wait_all_tasks_blocked()
        gate.opened.set()
    assert await inbox.file.run(lambda connection: connection) is connection
    await inbox.__aexit__(None, None, None)


def test_one_in_the_thread_is_waited_for_by_a_task_that_is_cancelled(path: Path, arrival: Make, gate: Gate) -> None:
    """So nothing is left behind that would open the file again, and who shares the commit learns of it."""

    async def main() -> None:
        async with SQLiteInbox(path) as inbox:
            leader = asyncio.create_task(inbox.file.run(gate))
            follower = asyncio.create_task(inbox.put(arrival("a")))
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


def test_what_was_put_by_a_loop_that_ended_is_told_to_the_next(path: Path, arrival: Make, gate: Gate) -> None:
    inbox = SQLiteInbox(path)

    async def interrupted() -> None:
        await inbox.waiting((1101,), 0, 10)
        for work in (inbox.file.run(gate), inbox.put(arrival("a"))):
            asyncio.ensure_future(work)  # noqa: RUF006  asyncio.run cancels them, as at Ctrl-C
        await asyncio.to_thread(gate.reached.wait, 30)
        asyncio.get_running_loop().call_soon(gate.opened.set)

    async def main() -> str:
        await inbox.put(arrival("b"))
        return bodies(await inbox.waiting((1101,), 0, 10))

    asyncio.run(interrupted())
    assert asyncio.run(main()) in {"ab", "b"}
    assert asyncio.run(main()) in {"ab", "b"}


async def test_one_who_enters_and_is_cancelled_leaves_nothing_open(path: Path) -> None:
    inbox = SQLiteInbox(path)
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with inbox:
            await anyio.lowlevel.checkpoint()
    async with SQLiteInbox(path), anyio.create_task_group():
        pass
