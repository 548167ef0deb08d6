"""``run`` in a process of its own: signals, and how it ends."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer

from .harness import ANNA

pytestmark = pytest.mark.slow

PROCESS = """
import asyncio, logging, signal, sys, anyio, trio
from greenapi_async import Client, SQLiteInbox
from greenapi_async.bots import Router, run

url, token, path, loop = sys.argv[1:]
router = Router()

@router.message()
async def handler():
    print("begins", flush=True)
    try:
        await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
    except BaseException:
        print("is cancelled", flush=True)
        raise
    print("ends", flush=True)

@router.on_stop
async def stops():
    print("stops", flush=True)

async def main():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with Client(1101000001, token, url, url) as client:
        await run(router, clients=client, inbox=SQLiteInbox(path), drain=60)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    print("goes on", flush=True)

logging.basicConfig(stream=sys.stdout, format="%(message)s")
logging.getLogger("greenapi_async").setLevel(logging.INFO)
trio.run(main) if loop == "trio" else asyncio.run(main())
"""


SLOW = "no result of the readiness check yet"
"""What a bot logs on a slow machine."""


class Process:
    """A bot in a separate process, whose handler finishes when it reads a line."""

    def __init__(self, url: str, token: str, inbox: Path, loop: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, url, token, str(inbox), loop],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.__exit__(None, None, None)

    def send_signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def read_line(self) -> str:
        assert self._process.stdout is not None
        while SLOW in (line := self._process.stdout.readline()):
            pass
        return line.strip()

    def finish(self) -> list[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # trio does not wait for the thread that reads
            self._process.stdin.write("\n")
            self._process.stdin.close()
        lines = [line.partition(":")[0] for line in self._process.stdout.read().splitlines()]
        assert self._process.wait(30) == 0
        return lines


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
class TestProcessSignals:
    """Signals to a process whose event loop handles SIGINT and whose application does not."""

    @pytest.fixture
    def process(self, tmp_path: Path, loop: str, number: signal.Signals) -> Iterator[Process]:
        sandbox = Sandbox(seed=1)
        instance = sandbox.add_instance()
        instance.contact_writes(ANNA, "hi")
        with (
            SandboxServer(sandbox) as server,
            Process(server.url, instance.token, tmp_path / "bot.db", loop) as process,
        ):
            assert process.read_line() == "The bot is running for instance 1101000001"
            assert process.read_line() == "begins"
            process.send_signal(number)
            assert process.read_line().startswith(f"{number.name} received, shutting down")
            yield process

    def test_the_first_signal_drains_handlers(self, process: Process) -> None:
        assert process.finish() == ["ends", "The bot stopped", "stops", "goes on"]

    def test_the_second_signal_cancels_handlers(self, process: Process, number: signal.Signals) -> None:
        process.send_signal(number)
        assert process.read_line() == "is cancelled"
        assert process.finish() == ["The bot stopped", "stops", "goes on"]


def test_a_wrong_token_ends_the_process_with_one_line(tmp_path: Path) -> None:
    state = Sandbox()
    instance = state.add_instance()
    with SandboxServer(state, port=0) as server:
        program = tmp_path / "bot.py"
        program.write_text(
            "import asyncio\n"
            "from greenapi_async import Client, MemoryInbox\n"
            "from greenapi_async.bots import Router, run\n"
            "async def main():\n"
            f"    async with Client({instance.id_instance}, {'x' * 50!r}, {server.url!r}, {server.url!r}) as client:\n"
            "        await run(Router(), clients=client, inbox=MemoryInbox())\n"
            "asyncio.run(main())\n"
        )
        ended = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("The bot stopped: receiveNotification 401: Unauthorized")
    assert "x" * 50 not in ended.stderr
