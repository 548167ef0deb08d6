"""``kill -9`` during a survey while the owner takes over: the bot is silent meanwhile, and goes on."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.server import SandboxServer
from tests.bots.test_survey_killed import SIZE, SURVEY, Person, Script, kill_at_every_step


class TalkingToOwner(Person):
    """A person with whom the owner talks before the second question is answered."""

    def __init__(self, server: SandboxServer, instance: Instance, chat_id: str, script: Script) -> None:
        super().__init__(server, instance, chat_id, script)
        self._talk = iter(self._talking())
        self._is_talking = True

    def answers(self) -> None:
        questions = self.received()
        if self._is_talking and SIZE in questions:
            self._is_talking = next(self._talk, False)
        else:
            self.answer(questions)

    def _talking(self) -> Iterator[bool]:
        self._owner("I am here")
        for _ in range(5):
            yield True
        self.writes("for the owner")
        end = time.monotonic() + 1.1  # timestamps are whole seconds
        while time.monotonic() < end:
            yield True
        assert "When?" not in self.received()
        self._owner("/bot")
        yield False

    def _owner(self, text: str) -> None:
        self._server.call(lambda: self._instance.phone_writes(self.chat_id, text))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.timeout(900)
def test_a_takeover_survives_a_kill_at_any_step(tmp_path: Path) -> None:
    kill_at_every_step(tmp_path, attrs.evolve(SURVEY, stride=3, kills=20), TalkingToOwner)
