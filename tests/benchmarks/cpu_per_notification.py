"""CPU time per notification (receive and delete): this package compared with bare httpx and bare aiohttp.

"Bare" is what the libraries' own tutorials do: a client or session, JSON in, JSON out, nothing else. "Transport" is
httpx's transport called directly, without its client. The vendor's client is measured if it is installed
(``pip install whatsapp-api-client-python``). All alternate in this process, against one server process; only the CPU
time of this process is measured.
Usage: ``python -m tests.benchmarks.cpu_per_notification [notifications per round] [rounds]``.
"""

import asyncio
import json
import logging
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aiohttp
import httpx

from greenapi_async import Client
from greenapi_async.types import MethodRateLimiter

__all__ = ["FastRateLimiter"]

Side = Callable[[int], Awaitable[None]]
"""Receives and deletes a number of notifications."""


class FastRateLimiter:
    """The standard rate limiter with a thousand times the documented rates: only its own cost is measured."""

    def __init__(self) -> None:
        self._rate_limiter = MethodRateLimiter()

    def slot(self, method: str, per_second: float) -> AbstractAsyncContextManager[None]:
        return self._rate_limiter.slot(method, per_second * 1000)

    def pause(self, method: str, seconds: float) -> None:
        self._rate_limiter.pause(method, seconds)


def bare_httpx(client: httpx.AsyncClient, base: str) -> Side:
    async def run(count: int) -> None:
        for _ in range(count):
            received = (await client.get(f"{base}/receiveNotification/token", params={"receiveTimeout": 5})).json()
            assert received["body"]["messageData"]["textMessageData"]["textMessage"]
            deleted = (await client.delete(f"{base}/deleteNotification/token/{received['receiptId']}")).json()
            assert deleted["result"] is True

    return run


def bare_transport(transport: httpx.AsyncHTTPTransport, base: str) -> Side:
    async def send(verb: str, url: str) -> bytes:
        timeouts = {"connect": 10.0, "pool": 10.0, "read": 30.0, "write": 30.0}
        request = httpx.Request(verb, url, extensions={"timeout": timeouts})
        response = await transport.handle_async_request(request)
        try:
            return await response.aread()
        finally:
            await response.aclose()

    async def run(count: int) -> None:
        for _ in range(count):
            received = json.loads(await send("GET", f"{base}/receiveNotification/token?receiveTimeout=5"))
            assert received["body"]["messageData"]["textMessageData"]["textMessage"]
            deleted = json.loads(await send("DELETE", f"{base}/deleteNotification/token/{received['receiptId']}"))
            assert deleted["result"] is True

    return run


def bare_aiohttp(session: aiohttp.ClientSession, base: str) -> Side:
    async def run(count: int) -> None:
        for _ in range(count):
            async with session.get(f"{base}/receiveNotification/token", params={"receiveTimeout": 5}) as response:
                received = await response.json()
            assert received["body"]["messageData"]["textMessageData"]["textMessage"]
            async with session.delete(f"{base}/deleteNotification/token/{received['receiptId']}") as response:
                deleted = await response.json()
            assert deleted["result"] is True

    return run


def ours(client: Client) -> Side:
    async def run(count: int) -> None:
        notifications = client.notifications(receive_timeout=5)
        seen = 0
        async for notification in notifications:
            assert notification.text
            seen += 1
            if seen == count:
                notifications.stop()

    return run


def vendor(url: str) -> Side:
    api: Any = __import__("whatsapp_api_client_python.API", fromlist=["GreenApi"]).GreenApi(
        "1101000001", "token", host=url
    )
    logging.getLogger("whatsapp-api-client-python").disabled = True

    async def run(count: int) -> None:
        seen = 0

        def handle(_kind: str, body: dict[str, Any]) -> None:
            nonlocal seen
            assert body["messageData"]["textMessageData"]["textMessage"]
            seen += 1
            if seen == count:
                api.webhooks.stopReceivingNotifications()

        api.webhooks.startReceivingNotifications(handle)  # synchronous

    return run


async def compare(port: int, count: int, rounds: int) -> Mapping[str, list[float]]:
    url = f"http://127.0.0.1:{port}"
    base = f"{url}/waInstance1101000001"
    async with AsyncExitStack() as stack:
        transport = await stack.enter_async_context(httpx.AsyncHTTPTransport())
        client = Client(1101000001, "token", url, url, rate_limiter=FastRateLimiter())
        fast = Client(1101000001, "token", url, url, rate_limiter=FastRateLimiter(), transport="aiohttp")
        sides = {
            "bare httpx": bare_httpx(await stack.enter_async_context(httpx.AsyncClient()), base),
            "httpx transport": bare_transport(transport, base),
            "greenapi_async": ours(await stack.enter_async_context(client)),
            "bare aiohttp": bare_aiohttp(await stack.enter_async_context(aiohttp.ClientSession()), base),
            'greenapi_async, transport="aiohttp"': ours(await stack.enter_async_context(fast)),
        }
        if find_spec("whatsapp_api_client_python") is not None:
            sides["the vendor's client"] = vendor(url)
        figures = {name: [0.0] * 0 for name in sides}
        for number in range(rounds + 1):
            for name, run in sides.items():
                start = time.process_time()
                await run(count)
                if number:  # the first round warms up
                    figures[name].append((time.process_time() - start) / count * 1e6)
    return figures


def main(count: int = 1000, rounds: int = 7) -> None:
    script = Path(__file__).with_name("queue_server.py")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            figures = asyncio.run(compare(int(server.stdout.readline()), count, rounds))
        finally:
            server.terminate()
    sys.stdout.write(f"CPU per notification, median of {rounds} rounds of {count}:\n")
    for name, own in figures.items():
        bases = figures["bare aiohttp" if "aiohttp" in name else "bare httpx"]
        ratio = statistics.median(each / base for each, base in zip(own, bases, strict=True))
        sys.stdout.write(f"  {name}: {statistics.median(own):.0f} us, {ratio:.2f} times bare\n")
    added = statistics.median(figures["greenapi_async"]) - statistics.median(figures["httpx transport"])
    sys.stdout.write(f"  added to httpx's transport: {added:.0f} us\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
