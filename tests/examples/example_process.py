"""Run examples in separate processes, against a sandbox on a real socket."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

T = TypeVar("T")

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
ANNA = "79001234567@c.us"
BORIS = "79001234568@c.us"
CLARA = "79001234569@c.us"
PATIENCE = 30.0
"""Seconds to wait for a condition."""
RUNS = r"INFO The bot is running for .+"
STOPPED = r"INFO The bot stopped: .+"
OTHERS = re.compile(
    r"INFO: {5}|INFO Dropped duplicate notification |WARNING Instance \d+: no result of the readiness check yet"
)
"""Lines of uvicorn, of a notification that was not yet deleted on the server, and of a check on a slow machine."""
SIGNAL = r"INFO SIG(INT|TERM) received, shutting down: .+"


def until(look: Callable[[], T], *, failing: Callable[[], str] = str) -> T:
    """Call ``look`` until it returns a true value, and return that."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, failing()
        time.sleep(0.02)
    return found


class Example:
    """A running example."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path, server: SandboxServer) -> None:
        self.process = process
        self.folder = folder
        self._server = server
        self.read_counts: dict[tuple[int, str], int] = {}

    @property
    def output(self) -> str:
        """Everything that it printed and logged."""
        return "".join((self.folder / name).read_text() for name in ("stdout", "stderr"))

    def next_message(self, instance: Instance, chat_id: str) -> str:
        """Wait for the next message that the bot sends to a chat, and return its text."""
        chat = instance.id_instance, chat_id
        before = self.read_counts.get(chat, 0)

        def sent() -> list[str]:
            assert self.process.poll() is None, self.output
            messages = self._server.call(lambda: instance.chat(chat_id))
            return [message.text for message in messages if message.type == "outgoing"][before:]

        text = until(sent, failing=lambda: self.output)[0]
        self.read_counts[chat] = before + 1
        return text

    def write(self, instance: Instance, chat_id: str, text: str) -> str:
        """Write to the bot as a person, and return its answer."""
        self._server.call(lambda: instance.contact_writes(chat_id, text, sender_name="Anna"))
        return self.next_message(instance, chat_id)

    def find_output(self, pattern: str) -> str:
        """Wait until the output matches a pattern, and return its group."""
        found = until(lambda: re.search(pattern, self.output), failing=lambda: self.output)
        return str(found[1] if found else "")

    def stop(self, number: signal.Signals, *expected: str, status: int = 0) -> None:
        """Stop it with a signal; check its exit status and its log, except ``OTHERS``."""
        self.process.send_signal(number)
        assert self.process.wait(PATIENCE) == status, self.output
        lines = [line for line in (self.folder / "stderr").read_text().splitlines() if not OTHERS.match(line)]
        assert len(lines) == len(expected), self.output
        for line, pattern in zip(lines, expected, strict=True):
            assert re.fullmatch(pattern, line), self.output


class ExampleRunner:
    """Runs examples in one folder against one sandbox, whose instances are of one messenger."""

    def __init__(self, server: SandboxServer, folder: Path, messenger: str = "whatsapp") -> None:
        self.server = server
        self.folder = folder
        self.messenger = messenger

    def in_folder(self, name: str) -> "ExampleRunner":
        """Return a runner in a folder of its own, for an example that runs beside another one."""
        folder = self.folder / name
        folder.mkdir()
        return ExampleRunner(self.server, folder, self.messenger)

    def add_instance(self, number: int = 1) -> Instance:
        """Add an instance; number 1 is the instance in the environment variables."""
        add: Callable[[], Instance] = lambda: self.server.sandbox.add_instance(  # noqa: E731
            1101000000 + number, f"{number}" * 50, phone=f"7987654321{number}", messenger=self.messenger
        )
        return self.server.call(add)

    @contextmanager
    def run(self, name: str, *arguments: str, **variables: str) -> Generator[Example]:
        """Run an example during the block."""
        environment: Mapping[str, str] = {
            **os.environ,
            "GREENAPI_API_URL": self.server.url,
            "GREENAPI_MEDIA_URL": self.server.url,
            "GREENAPI_ID_INSTANCE": "1101000001",
            "GREENAPI_API_TOKEN_INSTANCE": "1" * 50,
            "NO_PROXY": "*",
            "no_proxy": "*",
            **variables,
        }
        command = [sys.executable, str(EXAMPLES / name), *arguments]
        with (self.folder / "stdout").open("wb") as out, (self.folder / "stderr").open("wb") as errors:
            process = subprocess.Popen(command, env=environment, cwd=self.folder, stdout=out, stderr=errors)
        try:
            yield Example(process, self.folder, self.server)
        finally:
            process.kill()
            process.wait()


@contextmanager
def start_runner(folder: Path, messenger: str = "whatsapp") -> Generator[ExampleRunner]:
    """Start a sandbox, and return a runner of examples against it."""
    with SandboxServer(Sandbox(seed=1)) as server:
        yield ExampleRunner(server, folder, messenger)
