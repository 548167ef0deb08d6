"""Full disks, read-only and lost files: nothing more is lost, and the consumer continues as soon as it can."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from greenapi_async import InboxLockedError
from greenapi_async.inbox import Entry, SQLiteInbox
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.output_lines import PATIENCE, Lines

ANNA = "79001234567@c.us"
NOBODY = 65534
WORKER = Path(__file__).with_name("disk_worker.py")
AVAILABLE = "INFO The inbox is available again"

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="needs rlimits and file modes"), pytest.mark.slow]
both = pytest.mark.parametrize("what", ["notifications", "process"])


class Consumer:
    """Process that consumes notifications, and the server that it polls."""

    def __init__(self, server: SandboxServer, program: "subprocess.Popen[bytes]", path: Path) -> None:
        [self.instance] = server.sandbox.instances.values()
        self.path = path
        self._server = server
        self._program = program
        self._lines = Lines(program.stdout)
        self._emptied = threading.Event()
        server.sandbox.chooser = self._on_call

    def _on_call(self, method: str) -> None:
        if method == "receiveNotification" and not len(self.instance.notifications):
            self._emptied.set()

    def receive(self, text: str) -> None:
        self._emptied.clear()
        self._server.call(lambda: self.instance.contact_writes(ANNA, text))

    @property
    def at_server(self) -> int:
        return self._server.call(lambda: len(self.instance.notifications))

    def command(self, word: str) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(f"{word}\n".encode())
        self._program.stdin.flush()

    def expect(self, *expected: str) -> None:
        """Check that it prints exactly these lines next, in any order."""
        assert sorted(self._lines.next() for _ in expected) == sorted(expected)

    def expect_warning(self) -> str:
        """Check that it logs a warning next, and return it."""
        line = self._lines.next()
        assert line.startswith("WARNING The inbox is unavailable. Retrying with backoff: "), line
        return line

    def expect_error(self, *words: str) -> None:
        """Check that it logs an error with these words next."""
        line = self._lines.next()
        assert line.startswith("ERROR "), line
        assert all(word in line for word in words), line

    def kill(self) -> None:
        """Kill the process with SIGKILL."""
        self._program.kill()
        self._program.wait(PATIENCE)

    def expect_eventually(self, *expected: str, ignored: str) -> None:
        """Check that it prints these lines, in any order, among any number of the ignored one."""
        seen: list[str] = []
        while len(seen) < len(expected):
            line = self._lines.next()
            if line != ignored:
                seen.append(line)
        assert sorted(seen) == sorted(expected)

    def read_until(self, *expected: str) -> list[str]:
        """Return what it prints until all of these lines were printed."""
        seen: list[str] = []
        while not set(expected) <= set(seen):
            seen.append(self._lines.next())
        return seen

    def settle(self) -> None:
        """Handle two messages: at the second, what a run does in the background at its start is over."""
        for text in ("first", "second"):
            self.receive(text)
            self.expect(f"handling {text}")
            self.expect("done")

    def expect_beginnings(self, *expected: str, ignored: str) -> None:
        """Check that it prints lines that begin so, in this order, among any number of the ignored one."""
        for beginning in expected:
            while (line := self._lines.next()) == ignored:
                pass
            assert line.startswith(beginning), line

    @property
    def reopened(self) -> str:
        """The record of a file that another program has opened and closed."""
        return (
            f"WARNING The file {self.path} was opened and closed by another program while it was in use. "
            "Reopening it; nothing is lost."
        )

    def stop(self) -> None:
        """Wait until the server's queue is empty, stop the process with SIGTERM, and check that it exits with 0."""
        assert self._emptied.wait(PATIENCE)
        assert self.at_server == 0
        self._program.send_signal(signal.SIGTERM)
        assert self._program.wait(PATIENCE) == 0

    async def left(self) -> list[str]:
        async with SQLiteInbox(self.path) as inbox:
            waiting = await inbox.waiting({self.instance.id_instance}, 0, 10)
            return [entry.body for entry in [*waiting, *await inbox.quarantined()]]


@contextmanager
def consumer(what: str, how: str, folder: Path, *, within: tuple[str, ...] = ()) -> Generator[Consumer]:
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    path = folder / "inbox.db"
    with SandboxServer(sandbox) as server:
        arguments = [what, how, str(path), server.url, str(instance.id_instance), instance.token]
        command = [*within, sys.executable, str(WORKER), *arguments]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
            try:
                yield Consumer(server, program, path)
            finally:
                program.kill()


@pytest.fixture
def folder() -> Generator[Path]:
    """Folder that the worker can write to, under any user id."""
    with tempfile.TemporaryDirectory() as name:
        if os.getuid() == 0:
            os.chown(name, NOBODY, NOBODY)
        yield Path(name)


@pytest.fixture(params=["limit", "tmpfs"])
def disk(request: pytest.FixtureRequest, folder: Path) -> tuple[str, tuple[str, ...]]:
    """Way to fill the disk, and the command that the worker runs under for that."""
    if request.param == "limit":
        return "limit", ()
    mount = f"mount -t tmpfs -o size=400k,mode=1777 tmpfs {folder}"
    within = ("unshare", "--mount", "sh", "-ec")
    try:
        subprocess.run([*within, mount], check=True, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("cannot mount a tmpfs")
    return "tmpfs", (*within, f'{mount}; exec "$0" "$@"')


@both
def test_a_full_disk_pauses_the_consumer(what: str, disk: tuple[str, tuple[str, ...]], folder: Path) -> None:
    how, within = disk
    with consumer(what, how, folder, within=within) as running:
        running.receive("one")
        running.expect("handling one")
        running.expect("done")
        running.command("full")
        running.expect("disk full")

        running.receive("slow")
        running.expect("not put")
        warning = running.expect_warning()
        assert str(running.path) in warning
        assert "SQLITE_IOERR" in warning if how == "limit" else "SQLITE_FULL" in warning
        running.expect("not put")
        assert running.at_server == 1
        running.command("room")
        running.expect_eventually("disk room", AVAILABLE, "handling slow", ignored="not put")

        running.command("full")
        running.expect("disk full")
        running.command("go")
        running.expect("not done")
        assert str(running.path) in running.expect_warning()
        running.expect("not done")
        running.command("room")
        running.expect_eventually("disk room", AVAILABLE, "done", ignored="not done")
        running.stop()
        if how == "limit":
            assert anyio.run(running.left) == []


@both
def test_a_file_that_becomes_read_only_pauses_the_consumer(what: str, folder: Path) -> None:
    with consumer(what, "limit", folder) as running:
        running.receive("one")
        running.expect("handling one")
        running.expect("done")
        running.command("full")  # so that the file is closed and reopened
        running.expect("disk full")
        running.receive("two")
        running.expect("not put")
        assert str(running.path) in running.expect_warning()
        running.path.chmod(0o444)
        running.command("room")
        running.expect_eventually("disk room", ignored="not put")
        running.expect("not put")
        running.expect("not put")
        assert running.at_server == 1
        running.path.chmod(0o644)
        running.expect_eventually(AVAILABLE, "handling two", "done", ignored="not put")
        running.stop()
        assert anyio.run(running.left) == []


@both
def test_a_file_that_is_read_only_at_the_start_delays_the_consumer(what: str, folder: Path) -> None:
    path = folder / "inbox.db"
    path.touch(0o444)
    with consumer(what, "limit", folder) as running:
        running.receive("one")
        assert str(path) in running.expect_warning()
        assert running.at_server == 1
        path.chmod(0o666)
        running.expect(AVAILABLE)
        running.expect("handling one")
        running.expect("done")
        running.stop()
        assert anyio.run(running.left) == []


@both
def test_a_file_that_was_deleted_is_created_again(what: str, folder: Path) -> None:
    with consumer(what, "limit", folder) as running:

        def check(lines: list[str]) -> None:
            """Check that the deletion was named; what meets it first may be an operation in the background."""
            named = {line.partition(" ")[0] for line in lines if "deleted" in line and str(running.path) in line}
            assert {"WARNING", "ERROR"} <= named, lines

        running.receive("one")
        running.expect("handling one")
        running.expect("done")
        running.path.unlink()
        running.receive("slow")
        check(running.read_until(AVAILABLE, "handling slow"))
        running.path.unlink()
        running.command("go")
        check(running.read_until(AVAILABLE, "done"))
        running.receive("two")
        running.expect("handling two")
        running.expect("done")
        running.stop()
        assert anyio.run(running.left) == []


@both
def test_a_folder_that_was_deleted_pauses_the_consumer(what: str, folder: Path) -> None:
    deep = folder / "deep"
    deep.mkdir(mode=0o777)
    deep.chmod(0o777)
    with consumer(what, "limit", deep) as running:
        running.settle()
        shutil.rmtree(deep)
        running.receive("two")
        running.expect("not put")
        assert str(running.path) in running.expect_warning()
        running.expect("not put")
        running.expect("not put")
        assert running.at_server == 1
        deep.mkdir()
        deep.chmod(0o777)
        expected = [f"ERROR The file {running.path} was deleted or moved away", AVAILABLE, "handling two", "done"]
        running.expect_beginnings(*expected, ignored="not put")
        running.stop()
        assert anyio.run(running.left) == []


async def use_once(path: Path) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.put(Entry(id_instance=1, body="{}"))
        for entry in await inbox.waiting({1}, 0, 10):
            await inbox.done(entry.id)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deleted", "replaced", "overwritten"])
@both
def test_what_is_received_after_the_file_was_lost_survives_a_kill(what: str, how: str, folder: Path) -> None:
    path, backup = folder / "inbox.db", folder / "backup.db"
    anyio.run(use_once, path)
    shutil.copyfile(path, backup)
    anyio.run(use_once, path)
    for file in path, backup:
        file.chmod(0o666)
    with consumer(what, "limit", folder) as running:
        running.settle()
        if how == "deleted":
            running.path.unlink()
        elif how == "replaced":
            backup.rename(running.path)
        else:
            shutil.copyfile(backup, running.path)
        running.receive("slow")
        running.expect("not put")
        assert how in running.expect_warning()
        running.expect_error(str(running.path), how)
        running.expect(AVAILABLE)
        running.expect("handling slow")
        running.kill()
        [body] = anyio.run(running.left)
        assert "slow" in body


@pytest.mark.slow
@both
def test_a_copy_and_a_reader_lose_nothing_when_the_consumer_is_killed(what: str, folder: Path) -> None:
    """SQLite alone would lose its lock with the copy, and its write-ahead log with the end of the reader."""
    with consumer(what, "limit", folder) as running:
        running.receive("one")
        running.expect("handling one")
        running.expect("done")
        for _ in range(3):
            running.command("copy")
            running.expect("disk copy")
            script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM entries').fetchall()"
            subprocess.run([sys.executable, "-c", script, str(running.path)], check=True)
            with pytest.raises(InboxLockedError):
                anyio.run(running.left)
            running.receive("one")
            running.expect_eventually("handling one", "done", ignored=running.reopened)
        running.receive("slow")
        running.expect("handling slow")
        running.kill()
        [body] = anyio.run(running.left)
        assert "slow" in body
