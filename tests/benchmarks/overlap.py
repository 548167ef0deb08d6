"""Notifications per second at 50 ms to the server: one after the other, with ``overlap``, and through ``process``.

The server is a sandbox on a socket, in a thread; each request and each answer takes 25 ms more. Through ``process`` go
an inbox in a file and 50 chats, first with a handler that does nothing, then with one that takes 100 ms; that one must
keep up. Run by hand: ``python tests/benchmarks/overlap.py [notifications]``.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from greenapi_async import Client, Notification
from greenapi_async.inbox import SQLiteInbox
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

ONE_WAY = 0.025
HANDLER = 0.1
CHATS = 50
GAIN = 1.8
KEEPING_UP = 0.9
LAG = HANDLER + 0.4
"""Seconds that the oldest may have waited when the last is handled."""


class Line:
    """A client far from its server, whose queue is filled for each run."""

    def __init__(self, server: SandboxServer, instance: Instance, client: Client, count: int) -> None:
        self._server = server
        self._instance = instance
        self._client = client
        self._count = count

    async def rate(self, run: Awaitable[object]) -> float:
        """Give the notifications per second of a run."""
        self._server.call(self._fill)
        start = time.perf_counter()
        await run
        return self._count / (time.perf_counter() - start)

    async def iterate(self, *, overlap: bool) -> None:
        """Go through the queue without an inbox."""
        notifications = self._client.notifications(overlap=overlap)
        seen = 0
        async for _ in notifications:
            seen += 1
            if seen == self._count:
                notifications.stop()

    async def process(self, inbox: SQLiteInbox, seconds: float, lags: list[float]) -> None:
        """Go through the queue with a handler that takes some time; notes how long the oldest had waited."""
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
        self._instance.notifications.clear()  # the last may have been handled before it was deleted
        for number in range(self._count):
            self._instance.contact_writes(f"{79001230000 + number % CHATS}@c.us", str(number))


async def compare(
    server: SandboxServer, instance: Instance, folder: Path, count: int
) -> tuple[dict[str, float], float]:
    lags: list[float] = []
    url = server.url
    async with Client(instance.id_instance, instance.token, url, url) as client:
        line = Line(server, instance, client, count)
        inbox = SQLiteInbox(folder / "inbox.db")
        figures = {
            "in turn": await line.rate(line.iterate(overlap=False)),
            "overlapped": await line.rate(line.iterate(overlap=True)),
            "at once": await line.rate(line.process(inbox, 0, [])),
            "slowly": await line.rate(line.process(inbox, HANDLER, lags)),
        }
    return figures, max(lags)


def main(count: int = 200) -> float:
    sandbox = Sandbox(seed=1)
    sandbox.latency = lambda: (ONE_WAY, ONE_WAY)
    with SandboxServer(sandbox) as server, tempfile.TemporaryDirectory() as folder:
        figures, lag = asyncio.run(compare(server, sandbox.add_instance(), Path(folder), count))
    gain = figures["overlapped"] / figures["in turn"]
    sys.stdout.write(
        f"{count} notifications at {2 * ONE_WAY * 1000:.0f} ms, per second: {figures['in turn']:.1f} in turn, "
        f"{figures['overlapped']:.1f} with overlap, {gain:.2f} times as many; processed {figures['at once']:.1f}, with "
        f"handlers of {HANDLER * 1000:.0f} ms {figures['slowly']:.1f}, the oldest waiting {lag * 1000:.0f} ms at most\n"
    )
    if "CI" not in os.environ:  # where the machine is as busy as it happens to be
        assert gain >= GAIN, f"overlap gains less than {GAIN} times"
        assert figures["slowly"] >= KEEPING_UP * figures["at once"], "slow handlers do not keep up"
        assert lag <= LAG, f"the oldest waited more than {LAG} s"
    return gain


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
