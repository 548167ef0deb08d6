"""Probes of a running bot: each failure turns ``/readyz`` to 503 within ten seconds, and back once it is repaired."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.output_lines import PATIENCE, Lines

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="needs rlimits"), pytest.mark.slow]

ROOT = Path(__file__).parents[2]
WORKER = "tests.monitoring.health_worker"
TOKEN = "1" * 50
NOTICED_WITHIN = 10.0


class Bot:
    """A bot in a process of its own."""

    def __init__(self, program: "subprocess.Popen[bytes]") -> None:
        self._program = program
        self._lines = Lines(program.stdout)
        self.http = httpx.Client(base_url=self._lines.next(), timeout=PATIENCE, trust_env=False)

    def started(self) -> None:
        assert self._lines.next() == "running"

    def command(self, word: str) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(f"{word}\n".encode())
        self._program.stdin.flush()
        assert self._lines.next() == f"disk {word}"

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def becomes(self, status: int, words: str = "", within: float = NOTICED_WITHIN) -> str:
        """Probe until the status is this one and the problems contain these words; return the problems."""
        end = time.monotonic() + within
        while True:
            answer = self.get("/readyz")
            problems = " ".join(answer.json()["problems"])
            if answer.status_code == status and words in problems:
                return problems
            assert time.monotonic() < end, answer.text
            time.sleep(0.2)


@contextmanager
def bot(
    mode: str, url: str, folder: Path, *, how: str = "limit", token: str = TOKEN, within: tuple[str, ...] = ()
) -> Generator[Bot]:
    arguments = [mode, how, str(folder / "bot.db"), url, "1101000001", token]
    command = [*within, sys.executable, "-m", WORKER, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as program:
        running = None
        try:
            running = Bot(program)
            yield running
        finally:
            program.kill()
            if running is not None:
                running.http.close()


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=1)


@pytest.fixture
def instance(sandbox: Sandbox) -> Instance:
    return sandbox.add_instance(1101000001, TOKEN)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
def test_a_blocked_instance_and_an_unreachable_api(
    mode: str, sandbox: Sandbox, instance: Instance, tmp_path: Path
) -> None:
    with ExitStack() as up:
        server = up.enter_context(SandboxServer(sandbox))
        with bot(mode, server.url, tmp_path) as running:
            running.started()
            assert running.becomes(200) == ""
            server.call(lambda: instance.set_state("blocked"))
            running.becomes(503, "WhatsApp has banned the account")
            server.call(lambda: instance.set_state("authorized"))
            running.becomes(200)
            up.close()
            assert running.becomes(503).startswith("Instance 1101000001: ")
            assert running.get("/livez").status_code == 200
            with SandboxServer(sandbox, port=server.port):
                running.becomes(200, within=PATIENCE)  # when the next poll is due


def test_a_wrong_token_is_noticed_without_polls(sandbox: Sandbox, instance: Instance, tmp_path: Path) -> None:
    with SandboxServer(sandbox) as server, bot("webhook", server.url, tmp_path) as running:
        running.started()
        running.becomes(200)
        server.call(lambda: setattr(instance, "token", "2" * 50))
        assert TOKEN not in running.becomes(503, "401")
        server.call(lambda: setattr(instance, "token", TOKEN))
        running.becomes(200)


def test_a_wrong_token_ends_a_polling_bot_until_it_is_restarted(
    sandbox: Sandbox, instance: Instance, tmp_path: Path
) -> None:
    with SandboxServer(sandbox) as server:
        with bot("polling", server.url, tmp_path, token="2" * 50) as running:
            running.started()
            running.becomes(503, "401")
            assert running.get("/livez").status_code == 503
        with bot("polling", server.url, tmp_path) as running:
            running.started()
            running.becomes(200)
            assert running.get("/livez").status_code == 200


def test_the_port_is_open_although_the_api_was_never_reached(tmp_path: Path, sandbox: Sandbox) -> None:
    with SandboxServer(sandbox) as server:
        url = server.url
    begin = time.monotonic()
    with bot("polling", url, tmp_path) as running:
        assert running.get("/livez").status_code == 200
        running.started()
        assert running.becomes(503).startswith("Instance 1101000001: ")
        assert time.monotonic() - begin < PATIENCE
        assert "greenapi_notifications_received_total" in running.get("/metrics").text


@pytest.fixture(params=["limit", "tmpfs"])
def disk(request: pytest.FixtureRequest) -> Generator[tuple[str, Path, tuple[str, ...]]]:
    """Way to fill the disk, a folder on it, and the command that the bot runs under for that."""
    with tempfile.TemporaryDirectory() as name:
        if request.param == "limit":
            yield "limit", Path(name), ()
            return
        mount = f"mount -t tmpfs -o size=12m,mode=1777 tmpfs {name}"
        within = ("unshare", "--mount", "sh", "-ec")
        try:
            subprocess.run([*within, mount], check=True, capture_output=True, timeout=PATIENCE)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("cannot mount a tmpfs")
        yield "tmpfs", Path(name), (*within, f'{mount}; exec "$0" "$@"')


def test_a_full_disk(sandbox: Sandbox, instance: Instance, disk: tuple[str, Path, tuple[str, ...]]) -> None:
    how, folder, within = disk
    with SandboxServer(sandbox) as server, bot("polling", server.url, folder, how=how, within=within) as running:
        running.started()
        running.becomes(200)
        running.command("full")
        assert "The inbox is unavailable: " in running.becomes(503)
        running.command("room")
        running.becomes(200)
