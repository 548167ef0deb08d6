"""``kill -9`` while messages are gathered, handled and acknowledged: they stay together, and none is lost."""

import os
from pathlib import Path

import pytest

from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.server import SandboxServer
from tests.bots.test_survey_killed import Person, Script, kill_at_every_step

PARTS = ["part 1", "part 2", "part 3"]


class Hasty(Person):
    """A person who writes three messages at once."""

    def __init__(self, server: SandboxServer, instance: Instance, chat_id: str, script: Script) -> None:
        super().__init__(server, instance, chat_id, script)
        for text in PARTS[:-1]:
            self.writes(text)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.timeout(900)
def test_gathered_messages_stay_together(tmp_path: Path) -> None:
    script = Script(PARTS[-1], {}, [" ".join(PARTS)], PARTS, 1, 8)
    kill_at_every_step(tmp_path, script, Hasty)
