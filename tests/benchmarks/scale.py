"""Many polling instances in one process: CPU and latency per notification, memory.

A server process (``scale_server.py``) delivers one notification per instance every few seconds, to polls that it holds.
This process handles them through one ``SQLiteInbox`` and replies to each. Shown are its CPU time per notification, all
in, with the polls, and the time from delivery to reply as the server measures it.
Usage: ``python -m tests.benchmarks.scale [--instances N] [--interval S] [--seconds S] [--transport default,aiohttp]``;
``--instances 1000 --interval 1`` is the load of one message per second and instance.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import quantiles
from typing import Any

from greenapi_async import Client, IncomingMessageReceived, Notification, process
from greenapi_async.inbox import SQLiteInbox

FIRST_INSTANCE = 1101000001
INSTANCES_PER_SECOND = 50
"""Instances for which warming up takes one second longer; the server begins to deliver after half of it."""
PAGE_BYTES = 4096


def resident() -> int:
    """Return the resident memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


async def run(port: int, path: Path, instances: int, seconds: float, transport: str) -> tuple[float, float, int, int]:
    """Return the seconds of CPU and of the measurement, the notifications handled in it, and the memory it takes."""
    url = f"http://127.0.0.1:{port}"
    options: dict[str, Any] = {} if transport == "default" else {"transport": transport}
    handled = 0

    async def handle(notification: Notification) -> None:
        nonlocal handled
        assert isinstance(notification, IncomingMessageReceived)
        await notification.reply(notification.text or "")
        handled += 1

    before = resident()
    async with AsyncExitStack() as stack:
        inbox = await stack.enter_async_context(SQLiteInbox(path))
        clients = [
            await stack.enter_async_context(Client(number, "token", url, url, **options))
            for number in range(FIRST_INSTANCE, FIRST_INSTANCE + instances)
        ]
        processing = process(handle, clients=clients, inbox=inbox, receive_timeout=20)
        running = asyncio.ensure_future(processing.run())
        await asyncio.sleep(6 + instances / INSTANCES_PER_SECOND)
        start, cpu, first = time.perf_counter(), time.process_time(), handled
        await asyncio.sleep(seconds)
        cpu, elapsed, counted = time.process_time() - cpu, time.perf_counter() - start, handled - first
        memory = resident() - before
        processing.stop()
        await running
    return cpu, elapsed, counted, memory


def measure(instances: int, interval: float, seconds: float, transport: str) -> float:
    """Print the figures of one transport; return the microseconds of CPU per notification."""
    script = Path(__file__).with_name("scale_server.py")
    command = [sys.executable, str(script), str(instances), str(interval)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            port = int(server.stdout.readline())
            measured = asyncio.run(run(port, Path(folder) / "inbox.db", instances, seconds, transport))
            server.stdin.close()
            latencies: list[int] = json.loads(server.stdout.read())
        finally:
            server.terminate()
    cpu, elapsed, counted, memory = measured
    per_notification = cpu / max(counted, 1) * 1e6
    percentiles = quantiles(latencies, n=100)
    sys.stdout.write(
        f"{transport}: {instances} instances, one notification every {interval:g} s: {per_notification:.0f} us CPU per "
        f"notification, {counted / elapsed:.0f} per second, {counted / cpu:.0f} per second of one core; from delivery "
        f"to reply p50 {percentiles[49] / 1e3:.1f} ms, p99 {percentiles[98] / 1e3:.1f} ms; "
        f"memory {memory / 1e6:.0f} MB\n"
    )
    return per_notification


def main(instances: int, interval: float, seconds: float, transports: Sequence[str]) -> dict[str, float]:
    return {transport: measure(instances, interval, seconds, transport) for transport in transports}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--interval", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--transport", default="default", help='separated by commas: "default", "aiohttp"')
    given = parser.parse_args()
    main(given.instances, given.interval, given.seconds, given.transport.split(","))
