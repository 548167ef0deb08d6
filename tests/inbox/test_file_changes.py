"""``SQLiteInbox`` when another program opens, deletes, moves, replaces or overwrites its file."""

# ruff: noqa: ASYNC240  the files are small, and nothing else waits

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenapi_async import InboxLockedError, InboxUnavailableError
from greenapi_async.inbox import Entry, SQLiteInbox

if TYPE_CHECKING:
    from tests.inbox.conftest import Child

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be deleted")]

Make = Callable[..., Entry]
Start = Callable[..., "Child"]

READ = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM entries').fetchone())"
WRITE = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('DELETE FROM entries'); c.commit()"

STREAM = """
import sys, anyio
from pathlib import Path
from greenapi_async.inbox import Entry, SQLiteInbox

async def main():
    async with SQLiteInbox(sys.argv[1]) as inbox:
        for n in range(1_000_000):
            if n == 50:
                Path(sys.argv[1]).read_bytes()  # a backup
                print("copied", flush=True)
                sys.stdin.readline()
            await inbox.put(Entry(id_instance=1101, body='{"n": %d}' % n))
            print(n, flush=True)
anyio.run(main)
"""


def names(entries: Sequence[Entry]) -> str:
    return "".join(entry.body[7:-2] for entry in entries)


async def left(inbox: SQLiteInbox) -> str:
    return names(await inbox.waiting((1101,), -1, 1000))


def run(script: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


async def fails_once(inbox: SQLiteInbox, entry: Entry, words: str) -> None:
    """Check that the inbox stores an entry at the second attempt only."""
    with pytest.raises(InboxUnavailableError, match=words) as caught:
        await inbox.put(entry)
    assert str(inbox.connection.path) in str(caught.value)
    assert await inbox.put(entry)


async def test_a_copy_made_in_this_process_does_not_release_the_lock(path: Path, make_entry: Make) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("a"))
        path.read_bytes()
        with pytest.raises(InboxLockedError):
            await SQLiteInbox(path).quarantined()
        script = (
            "import anyio, sys; from greenapi_async.inbox import SQLiteInbox;"
            "anyio.run(SQLiteInbox(sys.argv[1]).quarantined)"
        )
        assert "InboxLockedError" in run(script, path).stderr
        assert await inbox.put(make_entry("b"))
        assert await left(inbox) == "ab"


@pytest.mark.slow
async def test_a_copy_and_a_second_process_lose_nothing_when_the_first_is_killed(path: Path, child: Start) -> None:
    process = child(STREAM, path)
    printed: list[int] = []
    while (line := process.answer()) != "copied":
        printed.append(int(line))
    assert run(STREAM, path).returncode != 0
    run(READ, path)
    process.go_on()
    while len(printed) < 150:
        printed.append(int(process.answer()))
    process.kill()
    async with SQLiteInbox(path) as inbox:
        found = [int(entry.body.split()[1][:-1]) for entry in await inbox.waiting((1101,), 0, 1_000_000)]
    assert set(printed) <= set(found)


async def test_a_lock_file_is_never_removed_and_a_symbolic_link_has_the_same(path: Path, make_entry: Make) -> None:
    link = path.with_name("link.db")
    link.symlink_to(path)
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("a"))
        path.read_bytes()
        with pytest.raises(InboxLockedError):
            await SQLiteInbox(link).quarantined()
    async with SQLiteInbox(link) as inbox:
        assert await left(inbox) == "a"
    assert {file.name for file in path.parent.iterdir()} == {"inbox.db", "inbox.db.lock", "link.db"}


@pytest.mark.slow
async def test_a_deleted_lock_file_is_created_again(
    path: Path, make_entry: Make, caplog: pytest.LogCaptureFixture
) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("1"))
        Path(f"{path}.lock").unlink()
        await inbox.put(make_entry("2"))
        assert len(await inbox.waiting((1101,), -1, 10)) == 2
        assert "lost its lock file" in caplog.text
        with pytest.raises(InboxLockedError):
            await SQLiteInbox(path).__aenter__()


async def test_without_its_lock_file_the_first_owner_gives_way_to_the_second(path: Path, make_entry: Make) -> None:
    async with SQLiteInbox(path) as first:
        await first.put(make_entry("1"))
        Path(f"{path}.lock").unlink()
        async with SQLiteInbox(path) as second:
            with pytest.raises(InboxLockedError):
                await first.put(make_entry("2"))
            await second.put(make_entry("3"))
        await first.put(make_entry("4"))
        assert len(await first.waiting((1101,), -1, 10)) == 3


async def test_other_programs_can_read_the_open_file(path: Path, make_entry: Make) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("a"))
        assert run(READ, path).stdout == "(1,)\n"
        path.read_bytes()
        await inbox.put(make_entry("b"))
        assert run(READ, path).stdout == "(2,)\n"
        assert await left(inbox) == "ab"


@pytest.mark.parametrize("script", [READ, WRITE])
async def test_a_program_that_came_and_went_before_the_next_put_loses_nothing(
    path: Path, make_entry: Make, script: str
) -> None:
    """It deletes the write-ahead log when it ends."""
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("a"))
        path.read_bytes()
        assert run(script, path).returncode == 0
        assert await inbox.put(make_entry("b"))
        assert await left(inbox) == ("ab" if script is READ else "b")
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


async def test_a_put_does_not_wait_for_a_reader_that_is_inside(path: Path, make_entry: Make, child: Start) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("a"))
        script = (
            "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\nc.execute('BEGIN')\n"
            "print(c.execute('SELECT count(*) FROM entries').fetchone()[0], flush=True)\n"
            "sys.stdin.readline()\nc.close()\nprint('closed', flush=True)"
        )
        reader = child(script, path)
        assert reader.answer() == "1"
        assert await inbox.put(make_entry("b"))
        reader.go_on()
        assert reader.answer() == "closed"
        assert await left(inbox) == "ab"
    assert {file.name for file in path.parent.iterdir()} == {"inbox.db", "inbox.db.lock"}


async def test_a_put_waits_for_another_program_that_writes(path: Path, make_entry: Make, child: Start) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("a"))
        script = (
            "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            "c.execute('BEGIN IMMEDIATE')\nprint('begun', flush=True)\nsys.stdin.readline()\n"
            "c.execute('DELETE FROM entries')\nc.execute('COMMIT')\nprint('closed', flush=True)"
        )
        writer = child(script, path)
        assert writer.answer() == "begun"
        with pytest.raises(InboxUnavailableError, match="used by another program"):
            await inbox.put(make_entry("b"))
        writer.go_on()
        assert writer.answer() == "closed"
        assert await inbox.put(make_entry("b"))
        assert await left(inbox) == "b"


async def test_a_deleted_file_is_created_again(path: Path, make_entry: Make, caplog: pytest.LogCaptureFixture) -> None:
    async with SQLiteInbox(path) as inbox:
        for name in "abc":
            await inbox.put(make_entry(name))
        first, second, third = await inbox.waiting((1101,), 0, 10)
        path.unlink()
        await fails_once(inbox, make_entry("d"), "deleted or moved away")
        [message] = errors(caplog)
        assert str(path) in message
        assert await inbox.put(make_entry("a")), "its key is gone with the file"
        new = await inbox.waiting((1101,), third.id, 10)
        assert names(new) == "da", "a consumer that has read up to the last entry sees what comes next"
        for entry in first, second, third:
            await inbox.done(entry.id)
            await inbox.failed(entry.id, 1, entry.stored, "failure")
            await inbox.quarantine(entry.id, 5, "failure")
        assert await left(inbox) == "da"
        assert await inbox.quarantined() == []
    async with SQLiteInbox(path) as inbox:
        assert await left(inbox) == "da"
    assert len(errors(caplog)) == 1


async def test_a_change_does_not_go_to_a_deleted_file(path: Path, make_entry: Make) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("a"))
        path.unlink()
        with pytest.raises(InboxUnavailableError, match="deleted"):
            await inbox.done(1)
        await inbox.done(1)


@pytest.mark.parametrize("everything", [True, False])
async def test_a_deleted_folder_pauses_until_it_is_back(tmp_path: Path, make_entry: Make, everything: bool) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    async with SQLiteInbox(folder / "inbox.db") as inbox:
        await inbox.put(make_entry("a"))
        if everything:
            shutil.rmtree(folder)
        else:
            folder.rename(tmp_path / "away")
        for _ in range(3):
            with pytest.raises(InboxUnavailableError):
                await inbox.put(make_entry("b"))
        if everything:
            folder.mkdir()
        else:
            (tmp_path / "away").rename(folder)
        assert await inbox.put(make_entry("b"))
        assert await left(inbox) == ("b" if everything else "ab")


async def test_a_file_that_was_moved_and_came_back_lost_nothing(
    path: Path, make_entry: Make, caplog: pytest.LogCaptureFixture
) -> None:
    away = path.with_name("away.db")
    async with SQLiteInbox(path) as inbox:
        for n in range(50):
            await inbox.put(make_entry(str(n), body="x" * 1000))
        path.rename(away)
        with pytest.raises(InboxUnavailableError):
            await inbox.put(make_entry("b"))
        away.rename(path)
        assert await inbox.put(make_entry("b"))
        assert len(await inbox.waiting((1101,), -1, 1000)) == 51
        assert not await inbox.put(make_entry("7"))
    assert errors(caplog) == []


@pytest.mark.parametrize(("how", "many"), [("replaced", 1), ("replaced", 400), ("overwritten", 400)])
async def test_a_backup_that_is_restored_is_used(
    path: Path, make_entry: Make, how: str, many: int, caplog: pytest.LogCaptureFixture
) -> None:
    backup = path.with_name("backup.db")
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("a"))
        await inbox.put(make_entry("b"))
    shutil.copyfile(path, backup)
    async with SQLiteInbox(path) as inbox:
        for n in range(many):
            await inbox.put(make_entry("c", body="x" * 3000, unless=(), keys=(str(n).encode(),)))
        newest = (await inbox.waiting((1101,), 0, 1000))[-1].id
        if how == "replaced":
            backup.rename(path)
        else:
            shutil.copyfile(backup, path)
        await fails_once(inbox, make_entry("d"), how)
        entries = await inbox.waiting((1101,), newest, 1000)
        assert sorted(names(entries)) == ["a", "b", "d"], "a running consumer sees all"
        assert not await inbox.put(make_entry("a"))
        for n in range(400):
            await inbox.put(make_entry("e", body="x" * 3000, unless=(), keys=(str(n).encode(),)))
    async with SQLiteInbox(path) as inbox:
        assert len(await inbox.waiting((1101,), 0, 1000)) == 403
    [message] = errors(caplog)
    assert str(path) in message
    assert how in message


async def test_a_backup_of_this_run_keeps_the_ids_of_its_entries(path: Path, make_entry: Make) -> None:
    backup = path.with_name("backup.db")
    inbox = SQLiteInbox(path)
    async with inbox:
        for name in "ab":
            await inbox.put(make_entry(name))
    shutil.copyfile(path, backup)
    async with inbox:
        first, _ = await inbox.waiting((1101,), 0, 10)
        await inbox.put(make_entry("c"))
        backup.rename(path)
        await fails_once(inbox, make_entry("d"), "replaced")
        await inbox.done(first.id)
        assert await left(inbox) == "bd"


async def test_an_id_does_not_denote_an_entry_of_another_inbox(path: Path, make_entry: Make) -> None:
    other = path.with_name("other.db")
    async with SQLiteInbox(other) as inbox:
        for name in "xyz":
            await inbox.put(make_entry(name))
        await inbox.quarantine(3, 5, "failure")
    async with SQLiteInbox(path) as inbox:
        for name in "abcd":
            await inbox.put(make_entry(name))
        before = await inbox.waiting((1101,), 0, 10)
        other.rename(path)
        with pytest.raises(InboxUnavailableError, match="replaced"):
            await inbox.put(make_entry("e"))
        for entry in before:
            await inbox.done(entry.id)
        assert await inbox.put(make_entry("e"))
        assert names(await inbox.waiting((1101,), before[-1].id, 10)) == "xye"
        [quarantined] = await inbox.quarantined()
        await inbox.release(quarantined.id)
        assert await left(inbox) == "xyez"


async def test_a_consumer_that_waits_is_woken_after_a_reopening(path: Path, make_entry: Make) -> None:
    """The file can hold entries that it has not seen, even if the first ``put`` is a duplicate."""
    other = path.with_name("other.db")
    async with SQLiteInbox(other) as inbox:
        await inbox.put(make_entry("a"))
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("b"))
        seen = await inbox.wait_for_change(0)
        other.rename(path)
        with pytest.raises(InboxUnavailableError):
            await inbox.put(make_entry("a"))
        assert not await inbox.put(make_entry("a"))
        assert await inbox.wait_for_change(0) > seen


async def test_a_deleted_log_loses_nothing(path: Path, make_entry: Make, caplog: pytest.LogCaptureFixture) -> None:
    async with SQLiteInbox(path) as inbox:
        for name in "abc":
            await inbox.put(make_entry(name))
        path.with_name("inbox.db-wal").unlink()
        assert await inbox.put(make_entry("d"))
        assert await left(inbox) == "abcd"
    async with SQLiteInbox(path) as inbox:
        assert await left(inbox) == "abcd"
    assert errors(caplog) == []


async def test_a_file_that_was_only_touched_loses_nothing(path: Path, make_entry: Make) -> None:
    async with SQLiteInbox(path) as inbox:
        for name in "abc":
            await inbox.put(make_entry(name))
        os.utime(path)
        assert await inbox.put(make_entry("d"))
        assert await left(inbox) == "abcd"
    async with SQLiteInbox(path) as inbox:
        assert await left(inbox) == "abcd"


async def test_a_backup_of_the_same_size_is_recognised(path: Path, make_entry: Make) -> None:
    inbox = SQLiteInbox(path)
    async with inbox:
        await inbox.put(make_entry("a", keys=()))
    backup = path.read_bytes()
    async with inbox:
        await inbox.done(1)
        await inbox.put(make_entry("b", keys=()))
    async with inbox:
        await inbox.put(make_entry("c", keys=()))
        assert path.stat().st_size == len(backup)
        path.write_bytes(backup)
        await fails_once(inbox, make_entry("d"), "overwritten")
        assert await left(inbox) == "ad"


async def test_a_file_replaced_before_the_end_is_not_damaged(path: Path, make_entry: Make) -> None:
    backup = path.with_name("backup.db")
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("a"))
    shutil.copyfile(path, backup)
    async with SQLiteInbox(path) as inbox:
        for n in range(30):
            await inbox.put(make_entry(str(n), body="x" * 10_000))
        backup.rename(path)
    async with SQLiteInbox(path) as inbox:
        assert await left(inbox) == "a"


def create_table(connection: sqlite3.Connection, name: str) -> None:
    connection.execute(f"CREATE TABLE {name} (a)")


async def test_checkpoints_are_not_mistaken_for_changes(
    sqlite: SQLiteInbox, make_entry: Make, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(1000):
        assert await sqlite.put(make_entry(str(n), body="x" * 5000))
        await sqlite.done(n + 1)
        if n % 20 == 0:  # a change of the schema
            await sqlite.connection.run(sqlite.connection.bare, create_table, f"t{n}")
    assert await left(sqlite) == ""
    assert not caplog.records
