"""CPU time per notification: ``client.notifications()`` compared with a bare ``httpx.AsyncClient``.

Both alternate in this process, against one server process; only the CPU time of this process is measured.
Usage: ``python tests/benchmarks/cpu_per_notification.py [notifications per round] [rounds]``.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx

from greenapi_async import Client
from greenapi_async.types import MethodRateLimiter


async def run_httpx(client: httpx.AsyncClient, base: str, count: int) -> None:
    for _ in range(count):
        received = (await client.get(f"{base}/receiveNotification/token", params={"receiveTimeout": 5})).json()
        assert received["body"]["messageData"]["textMessageData"]["textMessage"]
        deleted = (await client.delete(f"{base}/deleteNotification/token/{received['receiptId']}")).json()
        assert deleted["result"] is True


async def run_client(client: Client, count: int) -> None:
    notifications = client.notifications(receive_timeout=5)
    seen = 0
    async for notification in notifications:
        assert notification.text
        seen += 1
        if seen == count:
            notifications.stop()


async def compare(port: int, count: int, rounds: int) -> list[tuple[float, float]]:
    url = f"http://127.0.0.1:{port}"
    figures: list[tuple[float, float]] = []
    # The documented limit of 100 requests per second would only add waiting; the limiter's own cost is measured.
    rate_limiter = _FastRateLimiter()
    async with httpx.AsyncClient() as plain, Client(1101000001, "token", url, url, rate_limiter=rate_limiter) as client:
        for number in range(rounds + 1):
            start = time.process_time()
            await run_httpx(plain, f"{url}/waInstance1101000001", count)
            middle = time.process_time()
            await run_client(client, count)
            end = time.process_time()
            if number:  # the first round warms up
                figures.append(((middle - start) / count, (end - middle) / count))
    return figures


class _FastRateLimiter:
    """The standard rate limiter with a thousand times the documented rates."""

    def __init__(self) -> None:
        self._rate_limiter = MethodRateLimiter()

    def slot(self, method: str, per_second: float) -> AbstractAsyncContextManager[None]:
        return self._rate_limiter.slot(method, per_second * 1000)

    def pause(self, method: str, seconds: float) -> None:
        self._rate_limiter.pause(method, seconds)


def main(count: int = 1000, rounds: int = 7) -> float:
    script = Path(__file__).with_name("queue_server.py")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            figures = asyncio.run(compare(int(server.stdout.readline()), count, rounds))
        finally:
            server.terminate()
    ratio = statistics.median(ours / bare for bare, ours in figures)
    bare_us = statistics.median(bare for bare, _ in figures) * 1e6
    ours_us = statistics.median(ours for _, ours in figures) * 1e6
    sys.stdout.write(
        f"CPU per notification, median of {rounds} rounds of {count}: "
        f"bare httpx {bare_us:.0f} us, greenapi_async {ours_us:.0f} us, ratio {ratio:.3f}\n"
    )
    return ratio


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
