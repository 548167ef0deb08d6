"""Notifications per second at a round-trip time of 50 ms: sequential, with ``overlap``, and through ``process``.

The server is a sandbox on a socket, in a thread, with 25 ms of latency in each direction. ``process`` uses a
``SQLiteInbox`` and 50 chats, first with a handler that does nothing, then with one that takes 100 ms and must keep up.
All alternate, and the medians of the rounds are shown; ``inbox_cost`` shows the CPU time with ``overlap``.
Usage: ``python -m tests.benchmarks.overlap [notifications] [rounds]``.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from greenapi_async import Client, Notification
from greenapi_async.inbox import SQLiteInbox
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

LATENCY = 0.025
HANDLER = 0.1
CHATS = 50


class DistantClient:
    """A client with latency to its server, whose queue is filled for each run."""

    def __init__(self, server: SandboxServer, instance: Instance, client: Client, count: int) -> None:
        self._server = server
        self._instance = instance
        self._client = client
        self._count = count

    async def rate(self, run: Awaitable[object]) -> float:
        """Return the notifications per second of a run."""
        self._server.call(self._fill)
        start = time.perf_counter()
        await run
        return self._count / (time.perf_counter() - start)

    async def iterate(self, *, overlap: bool, inbox: SQLiteInbox | None = None) -> None:
        """Consume the queue in a loop."""
        notifications = self._client.notifications(overlap=overlap, inbox=inbox)
        seen = 0
        async for _ in notifications:
            seen += 1
            if seen == self._count:
                notifications.stop()

    async def process(self, inbox: SQLiteInbox, seconds: float, lags: list[float]) -> None:
        """Consume the queue with a handler that takes some time, and record the lag."""
        handled = 0

        async def handle(_: Notification) -> None:
            nonlocal handled
            await asyncio.sleep(seconds)
            lags.append(processing.counters.lag)
            handled += 1
            if handled == self._count:
                processing.stop()

        processing = self._client.process(handle, inbox=inbox, overlap=True)
        await processing

    def _fill(self) -> None:
        self._instance.notifications.clear()  # the last one may have been handled before it was deleted
        for number in range(self._count):
            self._instance.contact_writes(f"{79001230000 + number % CHATS}@c.us", str(number))


async def compare(
    server: SandboxServer, instance: Instance, folder: Path, count: int, rounds: int
) -> tuple[dict[str, float], float]:
    lags: list[float] = []
    url = server.url
    rates: dict[str, list[float]] = {}
    async with Client(instance.id_instance, instance.token, url, url) as client:
        distant = DistantClient(server, instance, client, count)
        inbox = SQLiteInbox(folder / "inbox.db")
        runs: dict[str, Callable[[], Awaitable[None]]] = {
            "sequential": lambda: distant.iterate(overlap=False),
            "overlap": lambda: distant.iterate(overlap=True),
            "with an inbox": lambda: distant.iterate(overlap=False, inbox=inbox),
            "with an inbox, overlap": lambda: distant.iterate(overlap=True, inbox=inbox),
            "fast handler": lambda: distant.process(inbox, 0, []),
            "slow handler": lambda: distant.process(inbox, HANDLER, lags),
        }
        for _ in range(rounds):
            for name, run in runs.items():
                rates.setdefault(name, []).append(await distant.rate(run()))
    return {name: median(each) for name, each in rates.items()}, max(lags)


def main(count: int = 100, rounds: int = 3) -> float:
    sandbox = Sandbox(seed=1)
    sandbox.latency = lambda: (LATENCY, LATENCY)
    with SandboxServer(sandbox) as server, tempfile.TemporaryDirectory() as folder:
        figures, lag = asyncio.run(compare(server, sandbox.add_instance(), Path(folder), count, rounds))
    gain = figures["overlap"] / figures["sequential"]
    sys.stdout.write(
        f"{count} notifications at {2 * LATENCY * 1000:.0f} ms, per second: {figures['sequential']:.1f} sequential, "
        f"{figures['overlap']:.1f} with overlap ({gain:.2f} times as many); with an inbox "
        f"{figures['with an inbox']:.1f} and {figures['with an inbox, overlap']:.1f}; "
        f"process {figures['fast handler']:.1f}, with handlers of {HANDLER * 1000:.0f} ms "
        f"{figures['slow handler']:.1f}, maximum lag {lag * 1000:.0f} ms\n"
    )
    return gain


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
