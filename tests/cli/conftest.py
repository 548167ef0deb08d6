"""The command line tool in its own process, and a sandbox in this one."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

CODE = "from greenapi_async.cli import main; main()"
TIMEOUT = 60.0


@attrs.frozen
class Terminal:
    """A terminal: a working directory and environment variables."""

    folder: Path
    variables: dict[str, str] = attrs.field(factory=dict[str, str])

    @contextmanager
    def started(self, *command: str, before: str = "", script: str | None = None) -> Generator["Session"]:
        """Start ``greenapi`` or a script; kill it at the end of the block."""
        arguments = [script] if script else ["-c", f"{before}\n{CODE}", *command]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_PROXY": "*", "no_proxy": "*", **self.variables}
        out, err = self.folder / f"out{time.monotonic_ns()}", self.folder / f"err{time.monotonic_ns()}"
        with (
            out.open("wb") as stdout,
            err.open("wb") as stderr,
            subprocess.Popen(
                [sys.executable, *arguments], stdout=stdout, stderr=stderr, cwd=self.folder, env=environment
            ) as process,
        ):
            try:
                yield Session(process, out, err)
            finally:
                process.kill()

    def run(self, *command: str, before: str = "") -> "Session":
        """Run a command and wait until it exits."""
        with self.started(*command, before=before) as session:
            session.process.wait(TIMEOUT)
        return session


@attrs.frozen
class Session:
    """A running command."""

    process: "subprocess.Popen[bytes]"
    out: Path
    err: Path

    @property
    def output(self) -> str:
        """Standard output so far."""
        return self.out.read_text("utf-8")

    @property
    def errors(self) -> str:
        """Standard error so far."""
        return self.err.read_text("utf-8")

    def wait_for(self, text: str) -> str:
        """Wait until the output contains a text; return the whole output."""
        self.wait_until(lambda: text in self.output)
        return self.output

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true while the command runs."""
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < deadline, f"{self.output}\n{self.errors}"
            assert self.process.poll() is None or condition(), f"{self.output}\n{self.errors}"
            time.sleep(0.01)

    def end(self, number: int) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(TIMEOUT)


@attrs.frozen
class Result:
    """Outcome of a command that was run in this process."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.out)


Greenapi = Callable[..., Result]


@pytest.fixture
def greenapi(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Run a command in this process, which saves the start of another one."""
    from greenapi_async.cli.commands import app
    from greenapi_async.cli.failures import run_app

    monkeypatch.chdir(terminal.folder)
    monkeypatch.setenv("HOME", str(terminal.folder / "home"))
    for name in [name for name in os.environ if name.startswith(("GREENAPI_", "XDG_"))]:
        monkeypatch.delenv(name)
    for name, value in terminal.variables.items():
        monkeypatch.setenv(name, value)

    def run(*command: object) -> Result:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["greenapi", *map(str, command)])
        status = run_app(app)
        out, err = capsys.readouterr()
        assert terminal.variables["GREENAPI_API_TOKEN_INSTANCE"] not in out + err
        return Result(status, out, err)

    return run


@pytest.fixture
def server() -> Generator[SandboxServer]:
    with SandboxServer(Sandbox()) as server:
        yield server


@pytest.fixture
def instance(server: SandboxServer) -> Instance:
    return server.call(lambda: server.sandbox.add_instance(webhookUrlToken="a-token-for-webhooks"))


@pytest.fixture
def terminal(server: SandboxServer, instance: Instance, tmp_path: Path) -> Terminal:
    variables = {
        "GREENAPI_API_URL": server.url,
        "GREENAPI_MEDIA_URL": server.url,
        "GREENAPI_ID_INSTANCE": str(instance.id_instance),
        "GREENAPI_API_TOKEN_INSTANCE": instance.token,
    }
    return Terminal(tmp_path, variables)
