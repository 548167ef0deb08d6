"""``kill -9`` at any moment: handled at least once, in order within a chat, and only what was in flight twice.

20 kills while 2,000 notifications are handled; ``GREENAPI_KILLS=200`` for 200 kills and 20,000. On 2026-11-21 that took
77 s: each was handled, and in order; 2,026 were handled again, 49 of which had ended, at most 16 after one kill. 16 is
what may run at once.
"""

import os
import random
import signal
import sqlite3
import sys
import threading
from pathlib import Path

import anyio
import pytest

from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.killed_process import count_repeats, restartable_program, unfinished_entries
from tests.output_lines import PATIENCE

KILLS = int(os.environ.get("GREENAPI_KILLS", "20"))
CHATS = 40
IN_CHAT = KILLS * 100 // CHATS
CONCURRENCY = 16
WORKER = Path(__file__).with_name("killed_worker.py")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.timeout(900)
def test_what_is_killed_loses_nothing_and_repeats_only_what_was_in_flight(tmp_path: Path) -> None:
    chance = random.Random(KILLS)
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    for number in range(IN_CHAT):
        for chat in range(CHATS):
            instance.contact_writes(f"{79001230000 + chat}@c.us", str(number))
    emptied = threading.Event()

    def look(method: str) -> None:
        if method == "receiveNotification" and not len(instance.notifications):
            emptied.set()

    sandbox.chooser = look
    inbox, errors = tmp_path / "inbox.db", tmp_path / "stderr"
    with (
        SandboxServer(sandbox) as server,
        restartable_program(
            WORKER, [inbox, server.url, instance.id_instance, instance.token, CONCURRENCY], errors
        ) as worker,
    ):
        for _ in range(KILLS):
            worker.start(f"{chance.choice(['asyncio', 'trio'])} {chance.choice(['overlap', 'in-turn'])}")
            soon = chance.random() < 0.1  # before anything is done, perhaps
            enough = len(worker.events) + (0 if soon else chance.randrange(1, 380))
            worker.read_until(lambda: len(worker.events) >= enough)  # noqa: B023  called here only
            worker.read_for(chance.random() * (0.2 if soon else 0.004))
            assert worker.stop(signal.SIGKILL) == -signal.SIGKILL, errors.read_text()
            assert len(worker.handled) < CHATS * IN_CHAT
        emptied.clear()
        worker.start("asyncio in-turn")
        worker.read_until(lambda: len(worker.handled) >= CHATS * IN_CHAT)
        assert emptied.wait(PATIENCE)
        assert worker.stop(signal.SIGTERM) == 0, errors.read_text()
    repeats, had_ended = count_repeats(worker.events, CHATS, IN_CHAT)
    sys.stdout.write(
        f"{KILLS} kills, {CHATS * IN_CHAT} notifications: {repeats.total()} handled again, "
        f"at most {max(repeats.values(), default=0)} after one kill; {had_ended} of them had ended\n"
    )
    assert max(repeats.values(), default=0) <= CONCURRENCY
    assert len(instance.notifications) == 0
    assert anyio.run(unfinished_entries, inbox, instance.id_instance) == []
    with sqlite3.connect(inbox) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    assert errors.read_text() == ""
