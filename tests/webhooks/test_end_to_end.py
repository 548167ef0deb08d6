"""A sandbox pushes over a real socket into a web application that is repeatedly killed with SIGKILL and restarted.

5,000 notifications in 50 chats: none is lost, each chat is handled in order, and only notifications that were in
progress at a kill are handled again.
"""

import os
import random
import signal
import threading
from pathlib import Path

import anyio
import pytest

from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.free_port import free_port
from tests.killed_process import count_repeats, restartable_program, unfinished_entries
from tests.output_lines import PATIENCE

CHATS = 50
IN_CHAT = 100
KILLS = 6
CONCURRENCY = 16
TOKEN = "aWebhookUrlToken"
APPLICATION = Path(__file__).with_name("killed_application.py")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.parametrize("framework", ["uvicorn", "aiohttp"])
def test_no_notification_is_lost_when_the_receiver_is_killed(framework: str, tmp_path: Path) -> None:
    chance = random.Random(framework)
    port = free_port()
    sandbox = Sandbox(seed=1, push_interval=0.05, push_gap=0)
    instance = sandbox.add_instance(webhookUrl=f"http://127.0.0.1:{port}/webhook/", webhookUrlToken=TOKEN)
    for number in range(IN_CHAT):
        for chat in range(CHATS):
            instance.contact_writes(f"{79001230000 + chat}@c.us", str(number))
    emptied = threading.Event()
    inbox, errors = tmp_path / "inbox.db", tmp_path / "stderr"
    with (
        instance.changes.listening(lambda: None if len(instance.notifications) else emptied.set()),
        SandboxServer(sandbox) as server,
        restartable_program(
            APPLICATION,
            [framework, port, inbox, server.url, instance.id_instance, instance.token, TOKEN, CONCURRENCY],
            errors,
        ) as application,
    ):
        for handled in (0, *sorted(chance.sample(range(CHATS * IN_CHAT * 9 // 10), KILLS))):
            application.start("start")
            application.read_until(lambda: len(application.handled) >= handled)  # noqa: B023  called here only
            assert application.stop(signal.SIGKILL) == -signal.SIGKILL, errors.read_text()
            assert server.call(lambda: len(instance.notifications))
        application.start("start")
        application.read_until(lambda: len(application.handled) >= CHATS * IN_CHAT)
        assert emptied.wait(PATIENCE)
        assert application.stop(signal.SIGTERM) in {0, -signal.SIGTERM}, errors.read_text()
    repeats, _ = count_repeats(application.events, CHATS, IN_CHAT)
    assert max(repeats.values(), default=0) <= CONCURRENCY
    assert len(instance.notifications) == 0
    assert anyio.run(unfinished_entries, inbox, instance.id_instance) == []
    assert errors.read_text() == ""
