"""``SQLiteInbox`` on files that cannot be used, for good or for now, in real processes."""

# ruff: noqa: ASYNC240  the files are small, and nothing else waits

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenapi_async import InboxError, InboxLockedError, InboxUnavailableError
from greenapi_async.inbox import Entry, SQLiteInbox

if TYPE_CHECKING:
    from tests.inbox.conftest import Child

pytestmark = pytest.mark.anyio

Make = Callable[..., Entry]
Start = Callable[..., "Child"]

PRELUDE = """
import sys, anyio, anyio.to_thread
from greenapi_async import GreenAPIError
from greenapi_async.inbox import Entry, SQLiteInbox

inbox = SQLiteInbox(sys.argv[1])

async def put(n, size=0):
    key = str(n).encode()
    try:
        body = '{"n": %d}' % n + " " * size
        return await inbox.put(Entry(id_instance=1101, body=body, unless=(key,), keys=(key,)))
    except GreenAPIError as error:
        return f"{type(error).__name__} {error}"

def say(*words):
    print(*words, flush=True)

def wait():
    sys.stdin.readline()
"""

HOLD = (
    PRELUDE
    + """
async def main():
    say(await put(1))
    wait()
anyio.run(main)
"""
)

STREAM = (
    PRELUDE
    + """
async def main():
    for n in range(1_000_000):
        if await put(n):
            say(n)
        if n % 3 == 0:
            await inbox.done(n + 1)
anyio.run(main)
"""
)

FULL = (
    PRELUDE
    + """
import os, resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

async def main():
    n = 0
    stored = []
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    refused = []
    while len(refused) < 2:  # the first error checkpoints the log, which can make room
        if (answer := await put(n, 20_000)) is True:
            stored.append(n)
            refused.clear()
            n += 1
        else:
            refused.append(answer)
    say(refused[0])
    say(refused[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    answer = await put(n, 20_000)
    waiting = [entry.body.strip() for entry in await inbox.waiting((1101,), 0, 1000)]
    say(answer, waiting == ['{"n": %d}' % n for n in [*stored, n]], len(stored) > 5)
anyio.run(main)
"""
)

READ_ONLY = (
    PRELUDE
    + """
import os
async def main():
    if not os.getuid():
        await anyio.to_thread.run_sync(int)  # imports what nobody may import
        os.setgid(65534)
        os.setuid(65534)
    say(await put(2))
    wait()
    say(await put(2), len(await inbox.waiting((1101,), 0, 10)))
anyio.run(main)
"""
)


async def test_a_second_process_is_rejected_until_the_first_ends(path: Path, make_entry: Make, child: Start) -> None:
    first = child(HOLD, path)
    assert first.answer() == "True"
    inbox = SQLiteInbox(path)
    for _ in range(2):
        with pytest.raises(InboxLockedError, match=f"{path} is in use by another process") as caught:
            await inbox.put(make_entry("a"))
        assert "Stop the other process" in str(caught.value)
    with pytest.raises(InboxLockedError):
        async with inbox:
            pass
    first.kill()
    async with inbox:
        assert await inbox.put(make_entry("a"))
        assert len(await inbox.waiting((1101,), 0, 10)) == 2


async def test_a_second_inbox_in_the_same_process_is_rejected(path: Path, make_entry: Make) -> None:
    async with SQLiteInbox(path) as inbox:
        with pytest.raises(InboxLockedError, match="another inbox of this process"):
            await SQLiteInbox(os.path.relpath(path)).put(make_entry("a"))
        assert await inbox.put(make_entry("a"))


async def test_entries_survive_kill_9(path: Path, child: Start) -> None:
    process = child(STREAM, path)
    printed = [int(process.answer()) for _ in range(200)]
    process.kill()
    async with SQLiteInbox(path) as inbox:
        found = {int(entry.body.split()[1][:-1]) for entry in await inbox.waiting((1101,), 0, 1_000_000)}
        assert {n for n in printed if n % 3} <= found
        assert not found & {n for n in printed[:-1] if n % 3 == 0}


async def test_a_full_disk_raises_unavailable_until_there_is_room(path: Path, child: Start) -> None:
    process = child(FULL, path)
    for _ in range(2):
        answer = process.answer()
        assert answer.startswith(f"InboxUnavailableError {path}: ")
        assert "Free disk space" in answer
    assert process.answer() == "True True True"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Folder that users other than root can enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def test_a_read_only_file_is_used_when_it_is_writable(open_folder: Path, make_entry: Make, child: Start) -> None:
    path = open_folder / "inbox.db"
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("1"))
    path.chmod(0o444)
    open_folder.chmod(0o555)
    process = child(READ_ONLY, path)
    assert process.answer().startswith(f"InboxUnavailableError {path}: ")
    path.chmod(0o666)
    open_folder.chmod(0o777)
    process.go_on()
    assert process.answer() == "True 2"


async def test_the_file_is_reopened_after_an_error(path: Path, make_entry: Make) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.put(make_entry("a"))
        await inbox.connection.run(
            inbox.connection.bare, lambda connection: connection.execute("PRAGMA max_page_count=1").fetchone()
        )
        with pytest.raises(InboxUnavailableError, match=r"full \(SQLITE_FULL\)"):
            await inbox.put(make_entry("b", body="x" * 100_000))
        assert await inbox.put(make_entry("b", body="x" * 100_000))
        assert len(await inbox.waiting((1101,), 0, 10)) == 2


async def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InboxError, match=str(tmp_path / "nowhere" / "inbox.db")) as caught:
        await SQLiteInbox(tmp_path / "nowhere" / "inbox.db").quarantined()
    assert not isinstance(caught.value, InboxUnavailableError)


async def test_a_folder_that_disappeared_can_come_back(tmp_path: Path, make_entry: Make) -> None:
    folder = tmp_path / "mounted"
    folder.mkdir()
    inbox = SQLiteInbox(folder / "inbox.db")
    async with inbox:
        await inbox.put(make_entry("a"))
    folder.rename(tmp_path / "away")
    with pytest.raises(InboxUnavailableError):
        await inbox.quarantined()
    (tmp_path / "away").rename(folder)
    async with inbox:
        assert not await inbox.put(make_entry("a"))


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()


def of_version(version: int, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA application_id={0x67724150}")
        connection.execute(f"PRAGMA user_version={version}")
    connection.close()


NO_INBOX: dict[str, tuple[Callable[[Path], object], str]] = {
    "a text": (lambda path: path.write_text("dear diary " * 1000), "not a database"),
    "another's": (foreign, "another application"),
    "a newer version": (partial(of_version, 1000), "a newer version"),
    "an older version": (partial(of_version, 2), "an older, incompatible version"),
    "a folder": (lambda path: path.mkdir(), "unable to open"),
}


@pytest.mark.parametrize(("make", "words"), NO_INBOX.values(), ids=NO_INBOX.keys())
async def test_a_file_that_is_not_an_inbox_is_rejected_unchanged(
    path: Path, make: Callable[[Path], object], words: str, make_entry: Make
) -> None:
    make(path)
    before = path.read_bytes() if path.is_file() else None
    inbox = SQLiteInbox(path)
    for _ in range(2):
        with pytest.raises(InboxError, match=words) as caught:
            await inbox.put(make_entry("a"))
        assert str(path) in str(caught.value)
        assert not isinstance(caught.value, InboxUnavailableError | InboxLockedError)
    assert before is None or path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_a_damaged_file_is_an_error(path: Path, make_entry: Make) -> None:
    async with SQLiteInbox(path) as inbox:
        for n in range(100):
            await inbox.put(make_entry(str(n)))
    path.write_bytes(path.read_bytes()[:4096] + os.urandom(path.stat().st_size - 4096))
    with pytest.raises(InboxError, match="malformed") as caught:
        await SQLiteInbox(path).waiting((1101,), 0, 1000)
    assert not isinstance(caught.value, InboxUnavailableError)
