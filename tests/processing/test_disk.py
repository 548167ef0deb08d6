"""A disk that is full, a file that cannot be written to: nothing is lost, and the loop goes on when it can."""

import os
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

from greenapi_async.inbox import SQLiteInbox
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.output_lines import PATIENCE, Lines

ANNA = "79001234567@c.us"
NOBODY = 65534
WORKER = Path(__file__).with_name("disk_worker.py")
AVAILABLE = "INFO The inbox is available again"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs rlimits and modes of files")
both = pytest.mark.parametrize("what", ["notifications", "process"])


class Loop:
    """A loop in a process of its own, and the server that it polls."""

    def __init__(self, server: SandboxServer, program: "subprocess.Popen[bytes]", path: Path) -> None:
        [self.instance] = server.sandbox.instances.values()
        self.path = path
        self._server = server
        self._program = program
        self._lines = Lines(program.stdout)
        self._emptied = threading.Event()
        server.sandbox.chooser = self._look

    def _look(self, method: str) -> None:
        if method == "receiveNotification" and not len(self.instance.notifications):
            self._emptied.set()

    def arrives(self, text: str) -> None:
        self._emptied.clear()
        self._server.call(lambda: self.instance.contact_writes(ANNA, text))

    @property
    def at_server(self) -> int:
        return self._server.call(lambda: len(self.instance.notifications))

    def order(self, word: str) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(f"{word}\n".encode())
        self._program.stdin.flush()

    def tells(self, *expected: str) -> None:
        """Prove that it tells this next, in any order."""
        assert sorted(self._lines.next() for _ in expected) == sorted(expected)

    def warns(self) -> str:
        """Prove that it warns next, and give the warning."""
        line = self._lines.next()
        assert line.startswith("WARNING The inbox is unavailable. Retrying with backoff: "), line
        return line

    def tells_at_last(self, *expected: str, instead: str) -> None:
        """Prove that it tells this, after that other thing any number of times."""
        seen: list[str] = []
        while len(seen) < len(expected):
            line = self._lines.next()
            if line != instead:
                seen.append(line)
        assert sorted(seen) == sorted(expected)

    def ends(self) -> None:
        """Stop it when the server has nothing left, and prove that it ends well, with nothing in the inbox."""
        assert self._emptied.wait(PATIENCE)
        assert self.at_server == 0
        self._program.send_signal(signal.SIGTERM)
        assert self._program.wait(PATIENCE) == 0

    async def left(self) -> list[str]:
        async with SQLiteInbox(self.path) as inbox:
            waiting = await inbox.waiting({self.instance.id_instance}, 0, 10)
            return [entry.body for entry in [*waiting, *await inbox.quarantined()]]


@contextmanager
def looping(what: str, how: str, folder: Path, *, within: tuple[str, ...] = ()) -> Generator[Loop]:
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    path = folder / "inbox.db"
    with SandboxServer(sandbox) as server:
        arguments = [what, how, str(path), server.url, str(instance.id_instance), instance.token]
        command = [*within, sys.executable, str(WORKER), *arguments]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
            try:
                yield Loop(server, program, path)
            finally:
                program.kill()


@pytest.fixture
def folder() -> Generator[Path]:
    """A folder that the worker may write to, whoever it is."""
    with tempfile.TemporaryDirectory() as name:
        if os.getuid() == 0:
            os.chown(name, NOBODY, NOBODY)
        yield Path(name)


@pytest.fixture(params=["limit", "tmpfs"])
def disk(request: pytest.FixtureRequest, folder: Path) -> tuple[str, tuple[str, ...]]:
    """How the disk gets full, and in what the worker has to run for that."""
    if request.param == "limit":
        return "limit", ()
    mount = f"mount -t tmpfs -o size=400k,mode=1777 tmpfs {folder}"
    within = ("unshare", "--mount", "sh", "-ec")
    try:
        subprocess.run([*within, mount], check=True, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing may be mounted here")
    return "tmpfs", (*within, f'{mount}; exec "$0" "$@"')


@both
def test_on_a_full_disk_it_waits_for_room(what: str, disk: tuple[str, tuple[str, ...]], folder: Path) -> None:
    how, within = disk
    with looping(what, how, folder, within=within) as loop:
        loop.arrives("one")
        loop.tells("handling one")
        loop.tells("done")
        loop.order("full")
        loop.tells("it is full")

        loop.arrives("slow")
        loop.tells("not put")
        warning = loop.warns()
        assert str(loop.path) in warning
        assert "SQLITE_IOERR" in warning if how == "limit" else "SQLITE_FULL" in warning
        loop.tells("not put")
        assert loop.at_server == 1
        loop.order("room")
        loop.tells_at_last("it is room", AVAILABLE, "handling slow", instead="not put")

        loop.order("full")
        loop.tells("it is full")
        loop.order("go")
        loop.tells("not done")
        assert str(loop.path) in loop.warns()
        loop.tells("not done")
        loop.order("room")
        loop.tells_at_last("it is room", AVAILABLE, "done", instead="not done")
        loop.ends()
        if how == "limit":
            assert anyio.run(loop.left) == []


@both
def test_while_the_file_is_read_only_it_waits(what: str, folder: Path) -> None:
    with looping(what, "limit", folder) as loop:
        loop.arrives("one")
        loop.tells("handling one")
        loop.tells("done")
        loop.order("full")  # so that the file is closed, and opened again
        loop.tells("it is full")
        loop.arrives("two")
        loop.tells("not put")
        assert str(loop.path) in loop.warns()
        loop.path.chmod(0o444)
        loop.order("room")
        loop.tells_at_last("it is room", instead="not put")
        loop.tells("not put")
        loop.tells("not put")
        assert loop.at_server == 1
        loop.path.chmod(0o644)
        loop.tells_at_last(AVAILABLE, "handling two", "done", instead="not put")
        loop.ends()
        assert anyio.run(loop.left) == []


@both
def test_it_waits_for_a_file_that_is_read_only_at_the_start(what: str, folder: Path) -> None:
    path = folder / "inbox.db"
    path.touch(0o444)
    with looping(what, "limit", folder) as loop:
        loop.arrives("one")
        assert str(path) in loop.warns()
        assert loop.at_server == 1
        path.chmod(0o666)
        loop.tells(AVAILABLE)
        loop.tells("handling one")
        loop.tells("done")
        loop.ends()
        assert anyio.run(loop.left) == []
