"""The commands ``greenapi inbox`` of one user on the inbox of another one's bot."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from .conftest import Greenapi, Terminal

NOBODY = 65534

BOT = """
import os, sys, tempfile, anyio
from greenapi_async import SQLiteInbox
from greenapi_async.inbox import Entry

async def main(path, seconds):
    async with SQLiteInbox(path) as inbox:
        for number in range(2):
            await inbox.put(Entry(id_instance=1101, body="{}"))
            [entry] = await inbox.waiting({1101}, 0, 1)
            await inbox.quarantine(entry.id, 5, "Traceback")
        if seconds == 0:
            await inbox.release(entry.id)
        print("ready", flush=True)
        await anyio.sleep(seconds)

anyio.run(main, tempfile.mkdtemp() + "/bot.db", 0)  # imports everything: the other user may not read the interpreter's
os.umask(UMASK)
os.setegid(USER)
os.seteuid(USER)
anyio.run(main, "bot.db", 600)
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can act as two users"),
]


@pytest.fixture
def public(terminal: Terminal) -> Generator[Terminal]:
    """A terminal in a folder that every user may look into; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="greenapi-users-") as folder:
        Path(folder).chmod(0o755)
        yield attrs.evolve(terminal, folder=Path(folder))


@contextmanager
def bot_of(user: int, terminal: Terminal, umask: int = 0o022) -> Generator[Path]:
    """Run a bot of a user, with entries 1 and 2 in quarantine; yield its inbox."""
    if user:
        os.chown(terminal.folder, user, user)
    script = terminal.folder / "bot.py"
    script.write_text(BOT.replace("USER", str(user)).replace("UMASK", str(umask)), "utf-8")
    with terminal.started(script=str(script)) as bot:
        bot.wait_until(lambda: bot.output.count("ready") == 2)
        yield terminal.folder / "bot.db"


@contextmanager
def acting_as(user: int) -> Generator[None]:
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def test_root_changes_the_inbox_of_a_user(greenapi: Greenapi, public: Terminal) -> None:
    with bot_of(NOBODY, public) as inbox:
        assert greenapi("inbox", "release", 1, "--inbox", inbox).out == "Released entry 1.\n"
        assert greenapi("inbox", "drop", 2, "--inbox", inbox).out == "Dropped entry 2.\n"
        assert not Path(f"{inbox}.requests").exists()
        assert inbox.stat().st_uid == NOBODY


def test_another_user_reads_and_is_told_who_may_change(greenapi: Greenapi, public: Terminal) -> None:
    with bot_of(0, public) as inbox:
        assert greenapi("inbox", "list", "--inbox", inbox).status == 0  # imports everything, see above
        assert greenapi("inbox", "release", 99, "--inbox", inbox).status == 2
        with acting_as(NOBODY):
            listed = greenapi("inbox", "list", "--inbox", inbox)
            released = greenapi("inbox", "release", 1, "--inbox", inbox)
    assert (listed.status, "2 in quarantine" in listed.out) == (0, True)
    assert (released.status, released.out) == (1, "")
    assert released.err == (
        f"greenapi inbox release: cannot write to {inbox}.requests: Permission denied. "
        "Do it as the user that runs the bot, or as root.\n"
    )


def test_a_file_that_another_user_may_not_read_is_one_line(greenapi: Greenapi, public: Terminal) -> None:
    with bot_of(0, public, umask=0o077) as inbox:
        assert greenapi("inbox", "list", "--inbox", inbox).status == 0
        with acting_as(NOBODY):
            done = greenapi("inbox", "list", "--inbox", inbox)
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.endswith("Do it as the user that runs the bot, or as root.\n")
