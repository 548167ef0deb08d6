"""Many instances over several processes with one PostgreSQL: each is polled by one process, whatever happens."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from tests.postgres_server import PostgresServer
from tests.processing.poll_server import PollServer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio, pytest.mark.timeout(400)]

FIRST = 1101000001
INSTANCES = 1000
PROCESSES = 4
WORKER = Path(__file__).with_name("polling_worker.py")


def start(dsn: str, port: int, out: IO[bytes], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    """Start a process whose requests go to a port of its own."""
    command = [sys.executable, str(WORKER), dsn, f"http://127.0.0.1:{port}", str(FIRST), str(INSTANCES)]
    return subprocess.Popen(command, stdout=out, stderr=log, env={**os.environ, "PYTHONPATH": str(Path.cwd())})


async def until(condition: Callable[[], bool], seconds: float) -> float:
    """Return the seconds until a condition holds."""
    start = time.monotonic()
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  the processes give no signal
            await asyncio.sleep(0.05)
    return time.monotonic() - start


async def test_the_instances_of_a_killed_process_are_polled_again_within_30_seconds(tmp_path: Path) -> None:
    numbers = range(FIRST, FIRST + INSTANCES)
    with PostgresServer() as postgres, (tmp_path / "out").open("wb") as out, (tmp_path / "log").open("wb") as log:
        async with PollServer(numbers, PROCESSES) as server:
            workers = [start(postgres.dsn, port, out, log) for port in server.ports]
            try:
                even = await until(
                    lambda: server.polled >= 0.99 * INSTANCES and max(server.loads.values()) <= INSTANCES // 4, 120
                )
                lost = server.loads[0]
                workers[0].kill()
                await until(lambda: not server.loads[0], 5)
                again = await until(lambda: server.polled >= 0.999 * INSTANCES, 60)
                server.deliver(1)
                handled = await until(lambda: not server.waiting, 60)
                await until(lambda: len((tmp_path / "out").read_text().split()) >= INSTANCES, 60)
                workers[1].send_signal(signal.SIGTERM)
                stopped = await until(lambda: not server.loads[1] and server.polled >= 0.999 * INSTANCES, 30)
                assert workers[1].wait(30) == 0
            finally:
                for worker in workers:
                    worker.kill()
                    worker.wait()
    sys.stdout.write(
        f"even after {even:.1f} s; {lost} instances of a killed process polled again after {again:.1f} s; "
        f"{INSTANCES} notifications stored after {handled:.1f} s; those of a stopped process after {stopped:.1f} s\n"
    )
    assert again < 30
    assert server.overlaps == [], (tmp_path / "log").read_text()[-3000:]
    assert sorted((tmp_path / "out").read_text().split()) == [f"{number}-1" for number in numbers]
