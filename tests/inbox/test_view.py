"""Views of an inbox that another object, in this process or another one, uses."""

import os
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import aclosing, closing
from pathlib import Path

import anyio
import pytest

from greenapi_async import InboxError, InboxUnavailableError, InvalidArgumentError, PostgresInbox, SQLiteInbox
from greenapi_async.inbox import Entry, sql_readonly
from greenapi_async.inbox.database import APPLICATION_ID, VERSION
from greenapi_async.types import InboxView, PostgresInboxView, SQLiteInboxView, open_inbox_view

NEW = Entry(id_instance=1101, body='{"typeWebhook": "stateInstanceChanged", "stateInstance": "blocked"}')


async def check_view(inbox: SQLiteInbox | PostgresInbox, view: InboxView) -> None:
    """Check a view of an inbox with three entries, one of them quarantined."""
    for _ in range(3):
        await inbox.put(NEW)
    first, second, _ = await inbox.waiting({1101}, 0, 10)
    await inbox.quarantine(first.id, 5, "Traceback")
    await inbox.failed(second.id, 1, second.stored, "Traceback")
    counts = await view.counts()
    assert (counts.waiting, counts.failed, counts.quarantined) == (2, 1, 1)
    assert counts.oldest is not None
    rows = await view.entries()
    assert [row.quarantined for row in rows] == [True, False, False]
    assert [row.entry.id for row in rows] == sorted(row.entry.id for row in rows)
    assert await view.entries(quarantined=True) == rows[:1]
    assert await view.entries(quarantined=False, after=rows[1].entry.id) == rows[2:]
    assert await view.find(rows[0].entry.id) == rows[0]
    assert rows[0].entry.failure == "Traceback"
    with pytest.raises(InvalidArgumentError, match="no entry has the id 99"):
        await view.find(99)
    put_hurried, hurried = anyio.create_memory_object_stream[int](10)
    inbox.retry_listeners.add(put_hurried.send_nowait)
    await view.retry(rows[1].entry.id)
    with anyio.fail_after(10):
        assert await hurried.receive() == second.id
    hurried.close()
    put_hurried.close()
    inbox.retry_listeners.clear()
    [again] = [each for each in await inbox.waiting({1101}, 0, 10) if each.id == second.id]
    assert (again.attempts, again.due) == (1, None)
    for wrong in rows[0], rows[2]:
        with pytest.raises(InvalidArgumentError, match="does not wait for a retry"):
            await view.retry(wrong.entry.id)
    await view.release(rows[0].entry.id)
    assert (await view.counts()).quarantined == 0
    with pytest.raises(InvalidArgumentError, match="not in quarantine"):
        await view.drop(rows[0].entry.id)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "statements",
    [(), (f"PRAGMA application_id={APPLICATION_ID}", f"PRAGMA user_version={VERSION}")],
    ids=["empty", "without tables"],
)
async def test_a_view_waits_for_an_owner_that_is_creating_the_file(
    path: Path, statements: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    view = SQLiteInboxView(path)
    with monkeypatch.context() as patch:
        patch.setattr(sql_readonly, "READ_TIMEOUT", 0)
        with pytest.raises(InboxUnavailableError, match=r"has no tables yet.*Start the bot"):
            await view.counts()
    counted: list[int] = []

    async def count() -> None:
        counted.append((await view.counts()).waiting)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(count)
        async with SQLiteInbox(path) as inbox:
            await inbox.waiting({1101}, 0, 10)
    assert counted == [0]


@pytest.mark.anyio
async def test_a_view_of_an_sqlite_file_that_is_in_use(path: Path) -> None:
    view = open_inbox_view(path)
    assert isinstance(view, SQLiteInboxView)
    with pytest.raises(InboxError, match="does not exist"):
        await view.counts()
    async with SQLiteInbox(path) as inbox:
        await check_view(inbox, view)
        assert len(await inbox.waiting({1101}, 0, 10)) == 3  # the released one, too: the reader is told
        async with aclosing(view.follow()) as arrivals, anyio.create_task_group() as tasks:

            async def put() -> None:
                while True:
                    await anyio.sleep(0.1)
                    await inbox.put(NEW)

            tasks.start_soon(put)
            assert (await anext(arrivals)).body == NEW.body
            tasks.cancel_scope.cancel()


@pytest.mark.anyio
async def test_what_a_full_disk_has_cut_hides_nothing_that_arrives_later(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.put(NEW)
        async with aclosing(SQLiteInboxView(path).follow()) as arrivals, anyio.create_task_group() as tasks:

            async def put() -> None:
                while not tails(path):  # noqa: ASYNC110  a file
                    await anyio.sleep(0.1)
                cut_copy(path)
                while True:
                    await inbox.put(NEW)
                    await anyio.sleep(0.1)

            tasks.start_soon(put)
            with anyio.fail_after(60):
                assert (await anext(arrivals)).body == NEW.body
            tasks.cancel_scope.cancel()
    assert "the disk was full" in caplog.text


@pytest.mark.anyio
async def test_what_arrives_is_followed_again_after_a_suspension(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner removes the tail of a process that was suspended for longer than its lease."""
    monkeypatch.setattr("greenapi_async.inbox.view.TOUCH_INTERVAL", 0.3)
    async with (
        SQLiteInbox(path) as inbox,
        aclosing(SQLiteInboxView(path).follow()) as arrivals,
        anyio.create_task_group() as tasks,
    ):

        async def put() -> None:
            ended = set[Path]()
            while True:
                await anyio.sleep(0.1)
                ended = ended or end_tails(path)
                if tails(path) - ended:
                    await inbox.put(NEW)

        tasks.start_soon(put)
        with anyio.fail_after(20):
            assert (await anext(arrivals)).body == NEW.body
        tasks.cancel_scope.cancel()
    assert "Notifications may be missing" in caplog.text


def tails(inbox: Path) -> set[Path]:
    return set(Path(f"{inbox}.requests").glob("*.tail"))


def end_tails(inbox: Path) -> set[Path]:
    """Remove the tails and their leases, as the owner does; return the tails."""
    found = tails(inbox)
    for file in found:
        file.unlink()
        file.with_suffix(".lease").unlink()
    return found


def cut_copy(inbox: Path) -> None:
    """Leave in the only tail what a copy leaves of which only the beginning had room on the disk."""
    [tail] = Path(f"{inbox}.requests").glob("*.tail")
    with tail.open("ab") as file:
        file.write(b'\n{"id": 2, "instance": 1101, "bo')


@pytest.mark.slow
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_a_view_of_a_database_that_is_in_use(postgres_dsn: str) -> None:
    schema = f"test_{secrets.token_hex(4)}"
    view = PostgresInboxView(postgres_dsn, schema=schema)
    async with PostgresInbox(postgres_dsn, schema=schema) as inbox:
        await check_view(inbox, view)
        async with aclosing(view.follow()) as arrivals, anyio.create_task_group() as tasks:

            async def put() -> None:
                while True:
                    await anyio.sleep(0.2)
                    await inbox.put(NEW)

            tasks.start_soon(put)
            with anyio.fail_after(60):
                assert (await anext(arrivals)).body == NEW.body
            tasks.cancel_scope.cancel()


def test_an_entry_is_printed_with_what_it_is_about_and_its_failure() -> None:
    body = (
        '{"typeWebhook": "incomingMessageReceived", "idMessage": "3EB0", "senderData": {"chatId": "79001234567@c.us"}}'
    )
    entry = Entry(id=17, id_instance=1101, body=body, attempts=5, failure="Traceback\nValueError: no such order\n")
    first, *rest = str(entry).splitlines()
    assert first.startswith("entry 17 of instance 1101, incomingMessageReceived, chat 79001234567@c.us, message 3EB0, ")
    assert first.endswith("5 failed attempts")
    assert rest == ["Traceback", "ValueError: no such order"]
    assert "Traceback" not in repr(entry)
    for unreadable in "[]", "nonsense", '{"senderData": 1}':
        assert str(Entry(id=1, id_instance=2, body=unreadable)).startswith("entry 1 of instance 2, stored ")


@pytest.mark.anyio
async def test_requests_are_not_taken_from_a_folder_of_somebody_else(path: Path, tmp_path: Path) -> None:
    elsewhere, other = tmp_path / "documents", tmp_path / "other.db"
    elsewhere.mkdir()
    letter = elsewhere / "letter.txt"
    letter.write_text("Dear Anna")
    os.utime(letter, (0, 0))
    order = elsewhere / "a.request"
    order.write_text('{"action": "drop", "entry": 1}')
    for inbox_path, prepare in ((path, _link), (other, _open_to_all)):
        prepare(Path(f"{inbox_path}.requests"), elsewhere)
        async with SQLiteInbox(inbox_path) as inbox:
            await inbox.put(NEW)
            [entry] = await inbox.waiting({1101}, 0, 10)
            await inbox.quarantine(entry.id, 5, "Traceback")
            with pytest.raises(InboxUnavailableError, match="did not answer"):
                await SQLiteInboxView(inbox_path, timeout=1.5).drop(entry.id)
            assert len(await inbox.quarantined()) == 1
    assert letter.exists()
    assert order.exists()


def _link(folder: Path, target: Path) -> None:
    folder.symlink_to(target, target_is_directory=True)


def _open_to_all(folder: Path, _: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


@pytest.mark.anyio
async def test_strange_files_among_the_requests_do_not_stop_the_inbox(path: Path, tmp_path: Path) -> None:
    folder, outside = Path(f"{path}.requests"), tmp_path / "outside"
    _fill(folder, outside)
    async with SQLiteInbox(path) as inbox:
        await inbox.put(NEW)
        [entry] = await inbox.waiting({1101}, 0, 10)
        await inbox.quarantine(entry.id, 5, "Traceback")
        await SQLiteInboxView(path).drop(entry.id)
        await inbox.put(NEW)
        assert len(await inbox.waiting({1101}, 0, 10)) == 1
    assert outside.read_text() == "kept"
    assert (folder / "notes.txt").exists()


def _fill(folder: Path, outside: Path) -> None:
    folder.mkdir()
    outside.write_text("kept")
    os.mkfifo(folder / "a.request")
    (folder / "b.request").write_text("[" * 9000)
    (folder / "c.request").mkdir()
    (folder / "d.tail").symlink_to(outside)
    (folder / "d.lease").touch()
    (folder / "notes.txt").touch()
    os.utime(folder / "notes.txt", (0, 0))
