"""An ``SQLiteInbox`` that was opened before ``os.fork()``: unusable in the child, which leaves the parent's alone."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenapi_async.inbox import SQLiteInbox

if TYPE_CHECKING:
    from tests.inbox.conftest import Child

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")]

Start = Callable[..., "Child"]

PRELUDE = """
import gc, os, signal, sys, time, anyio
from datetime import datetime, UTC
from greenapi_async import InboxLockedError
from greenapi_async.inbox import Entry, SQLiteInbox

inbox = SQLiteInbox(sys.argv[1])

def say(*words):
    print(*words, flush=True)

def put(n):
    return inbox.put(Entry(id_instance=1101, body='{"n": %d}' % n, keys=(b"%d" % n,), unless=(b"%d" % n,)))

async def count():
    return len(await inbox.waiting((1101,), -1, 1000))
"""

USE = (
    PRELUDE
    + """
async def try_all():
    now = datetime.now(UTC)
    for name, arguments in (
        ("put", (Entry(id_instance=1101, body="{}"),)), ("waiting", ((1101,), 0, 1)), ("waiting", ((1101,), 5, 1)),
        ("wait_for_change", (0,)), ("done", (1,)), ("failed", (1, 1, now, "")), ("quarantine", (1, 1, "")),
        ("quarantined", ()), ("release", (1,)), ("drop", (1,)), ("__aenter__", ()),
    ):
        try:
            await getattr(inbox, name)(*arguments)
        except RuntimeError as error:
            assert "opened before os.fork(); create a new inbox in the child process" in str(error), error
            assert sys.argv[1] in str(error)
        else:
            say("nothing raised", name)
    try:
        await SQLiteInbox(sys.argv[1]).quarantined()
    except InboxLockedError:
        say("locked")
    say("child", time.monotonic() - began < 5)

async def main():
    async with inbox:
        await put(1)
anyio.run(put, 1)
began = time.monotonic()
if not os.fork():
    anyio.run(try_all)
    if sys.argv[2] == "exit":
        sys.exit()
    elif sys.argv[2] == "collect":
        del inbox
        gc.collect()
        sys.exit()
    os._exit(0)
os.wait()
for file in "", "-wal", ".lock":
    assert os.path.exists(sys.argv[1] + file), file
say(anyio.run(put, 2), anyio.run(count))
sys.stdin.readline()
"""
)

INSIDE = (
    PRELUDE
    + """
async def main():
    async with inbox:
        await put(1)
        pid = os.fork()
        if not pid:
            await inbox.__aexit__(None, None, None)
            os._exit(3)  # closing the event loop would take its wake-up from the parent's
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
        assert os.path.exists(sys.argv[1] + "-wal")
        say(await put(2), await count())
    say(os.path.exists(sys.argv[1] + "-wal"))
anyio.run(main)
"""
)

BEFORE = (
    PRELUDE
    + """
async def main():
    async with inbox:
        say(await put(time.monotonic_ns()), await count())
if sys.argv[2] == "closed":
    anyio.run(main)
pid = os.fork()
if pid:
    os.wait()
anyio.run(main)
"""
)

ORPHAN = (
    PRELUDE
    + """
anyio.run(put, 1)
if not os.fork():
    say(os.getpid())
    time.sleep(60)
sys.stdin.readline()
"""
)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["exit", "collect", "kill"])
async def test_every_operation_fails_at_once_in_the_child(path: Path, child: Start, how: str) -> None:
    process = child(USE, path, how)
    assert [process.answer() for _ in range(3)] == ["locked", "child True", "True 2"]
    process.kill()
    async with SQLiteInbox(path) as inbox:
        assert len(await inbox.waiting((1101,), 0, 10)) == 2


@pytest.mark.slow
def test_a_child_that_leaves_the_context_leaves_the_file_open(path: Path, child: Start) -> None:
    process = child(INSIDE, path)
    assert [process.answer() for _ in range(2)] == ["True 2", "False"]
    assert process.process.wait(30) == 0


@pytest.mark.slow
@pytest.mark.parametrize("state", ["new", "closed"])
def test_an_inbox_that_is_not_open_can_be_used_in_the_child(path: Path, child: Start, state: str) -> None:
    process = child(BEFORE, path, state)
    expected = ["True 1", "True 2"] if state == "new" else ["True 1", "True 2", "True 3"]
    assert [process.answer() for _ in expected] == expected
    assert process.process.wait(30) == 0


@pytest.mark.slow
async def test_a_child_does_not_keep_the_lock_of_a_killed_parent(path: Path, child: Start) -> None:
    process = child(ORPHAN, path)
    orphan = int(process.answer())
    try:
        process.process.kill()
        process.process.wait()
        async with SQLiteInbox(path) as inbox:
            assert len(await inbox.waiting((1101,), 0, 10)) == 1
    finally:
        os.kill(orphan, signal.SIGKILL)
