"""Broadcasts of processes that get signals: Ctrl-C, and being suspended at the worst moment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.outgoing.broadcasting import chat, received
from tests.output_lines import Lines

WORKER = Path(__file__).with_name("broadcast_worker.py")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="needs signals")]


@attrs.frozen
class Program:
    """A worker, started with some of its arguments."""

    instance: Instance
    command: list[str]
    errors: Path

    @contextmanager
    def started(self, *arguments: object) -> Generator[tuple["subprocess.Popen[bytes]", Lines]]:
        command = [*self.command, *map(str, arguments)]
        with (
            self.errors.open("ab") as errors,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process,
        ):
            try:
                yield process, Lines(process.stdout)
            finally:
                process.kill()

    def end(self, process: "subprocess.Popen[bytes]", lines: Lines) -> str:
        """Return the last line of a process that ends by itself."""
        while not (line := lines.next()).startswith("ended"):
            pass
        assert process.wait() == 0, self.errors.read_text()
        return line


@contextmanager
def program(where: object, folder: Path, delay: int) -> Generator[Program]:
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    instance.settings["delaySendMessagesMilliseconds"] = delay
    with SandboxServer(sandbox) as server:
        address = [str(where), server.url, str(instance.id_instance), instance.token]
        yield Program(instance, [sys.executable, str(WORKER), *address], folder / "stderr")


@pytest.mark.parametrize("kind", ["sendMessage", "sendPoll", "sendFileByUrl"])
def test_a_process_that_wakes_up_after_another_has_taken_over_sends_nothing_twice(
    kind: str, tmp_path: Path, postgres_dsn: str
) -> None:
    with program(postgres_dsn, tmp_path, delay=1) as worker:
        schema = f"wakes_{kind.lower()}"
        with worker.started(3, schema, kind, 2) as (sleeper, sleeper_lines):
            _, status = os.waitpid(sleeper.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status), worker.errors.read_text()
            with worker.started(3, schema, kind, 0) as (other, lines):
                assert worker.end(other, lines) == "ended 3"
            sleeper.send_signal(signal.SIGCONT)
            assert worker.end(sleeper, sleeper_lines) == "ended 3"
        assert received(worker.instance) == {chat(number): 1 for number in range(3)}


def test_ctrl_c_ends_a_broadcast_at_once_and_the_next_start_continues(tmp_path: Path) -> None:
    with program(tmp_path / "inbox.db", tmp_path, delay=500) as worker:
        for enough in (1, 3):
            with worker.started(6, "") as (process, lines):
                while int(lines.next().split()[0]) < enough:
                    pass
                began = time.monotonic()
                process.send_signal(signal.SIGINT)
                process.wait(20)
                assert time.monotonic() - began < 10, "it ends quickly, also on a slow machine"
                assert process.returncode == -signal.SIGINT or "KeyboardInterrupt" in worker.errors.read_text()
        with worker.started(6, "") as (process, lines):
            assert int(lines.next().split()[0]) >= 3, "what was done is known"
            assert worker.end(process, lines) == "ended 6"
        assert received(worker.instance) == {chat(number): 1 for number in range(6)}


def test_sigterm_ends_a_broadcast_beside_a_run_and_the_next_start_continues(tmp_path: Path) -> None:
    with program(tmp_path / "inbox.db", tmp_path, delay=500) as worker:
        with worker.started(6, "") as (process, lines):
            while int(lines.next().split()[0]) < 2:
                pass
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert worker.end(process, lines) == "ended 6"
            assert time.monotonic() - began < 10, "it ends quickly, also on a slow machine"
        assert received(worker.instance).total() < 6
        with worker.started(6, "") as (process, lines):
            assert worker.end(process, lines) == "ended 6"
        assert received(worker.instance) == {chat(number): 1 for number in range(6)}
