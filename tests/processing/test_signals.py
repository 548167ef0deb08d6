"""SIGTERM stops a run gracefully if the application has no handler for it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from greenapi_async.processing.signals import handle_shutdown_signals
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer

WORKER = """
import sys, anyio, signal
from greenapi_async import Client, SQLiteInbox

url, token, path, own = sys.argv[1:]

async def handler(notification):
    print("begins", notification.text, flush=True)
    await anyio.to_thread.run_sync(sys.stdin.readline)
    print("ends", notification.text, flush=True)

async def main():
    async with Client(1101000001, token, url, url) as client:
        await client.process(handler, inbox=SQLiteInbox(path), concurrency=1, drain=60)
    print("the run ended", flush=True)

if own == "own":
    signal.signal(signal.SIGTERM, lambda *_: print("the application's own", flush=True))
anyio.run(main)
"""


def worker(url: str, token: str, path: Path, own: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, url, token, str(path), own],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_handlers_finish_the_rest_stays_in_the_inbox_and_the_process_exits_cleanly(tmp_path: Path) -> None:
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    for text in ("one", "two"):
        instance.contact_writes("79001234567@c.us", text)
    with SandboxServer(sandbox) as server, worker(server.url, instance.token, tmp_path / "bot.db", "-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "begins one\n"
        process.send_signal(signal.SIGTERM)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.read() == "ends one\nthe run ended\n"
        assert process.wait(30) == 0
        with worker(server.url, instance.token, tmp_path / "bot.db", "-") as again:
            assert again.stdout is not None
            assert again.stdout.readline() == "begins two\n"
            again.kill()


def test_a_signal_handler_of_the_application_stays_in_place(tmp_path: Path) -> None:
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    instance.contact_writes("79001234567@c.us", "one")
    with SandboxServer(sandbox) as server, worker(server.url, instance.token, tmp_path / "bot.db", "own") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begins one\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "the application's own\n"
        process.kill()


TWO = """
import sys, anyio
from greenapi_async import Client, MemoryInbox

url, token = sys.argv[1:]

async def handler(notification):
    print(notification.text, flush=True)

async def main():
    async with Client(1101000001, token, url, url) as client, Client(1101000002, token, url, url) as other:
        async with anyio.create_task_group() as tasks:
            runs = [each.process(handler, inbox=MemoryInbox()) for each in (client, other)]
            for run in runs:
                tasks.start_soon(run.run)
    print("both ended", flush=True)

anyio.run(main)
"""


def test_all_runs_of_the_process_stop(tmp_path: Path) -> None:
    sandbox = Sandbox(seed=1)
    instances = [sandbox.add_instance(1101000001), sandbox.add_instance(1101000002)]
    for instance in instances:
        instance.contact_writes("79001234567@c.us", "hello")
    with (
        SandboxServer(sandbox) as server,
        subprocess.Popen(
            [sys.executable, "-c", TWO, server.url, instances[0].token], stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in instances] == ["hello\n", "hello\n"]
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "both ended\n"
        assert process.wait(30) == 0


@pytest.fixture
def ignored_sigint() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.anyio
@pytest.mark.usefixtures("ignored_sigint")
class TestIgnoredSignal:
    async def test_is_left_alone_by_default(self) -> None:
        calls: list[str] = []
        async with handle_shutdown_signals(calls.append, lambda: calls.append("cancel")):
            signal.raise_signal(signal.SIGINT)
            await anyio.sleep(1)
        assert calls == []

    async def test_is_handled_with_override_and_ignored_again_afterwards(self) -> None:
        calls: list[str] = []
        async with handle_shutdown_signals(calls.append, lambda: calls.append("cancel"), override=True):
            for _ in range(2):
                signal.raise_signal(signal.SIGINT)
                await anyio.sleep(1)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            signal.raise_signal(signal.SIGINT)
        assert calls == ["SIGINT", "cancel"]
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
