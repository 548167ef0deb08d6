"""One of the processes of ``test_shared_rates``: sends as many messages as its rate limiter allows, from a line on.

Arguments: the store (``redis://...`` or ``postgresql://...``), the sandbox's URL, the instance and its token. It sends
one message, says so on stdout, and waits for a line on stdin.
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack, suppress
from urllib.parse import urlsplit

from greenapi_async import Client, GreenAPIError, Retry
from greenapi_async.http.shared_rate_limiter import SharedRateLimiter
from greenapi_async.types import PostgresRateLimiter, RedisRateLimiter

AT_A_TIME = 60
TIMEOUT = 5


async def open_limiter(stack: AsyncExitStack, store: str, id_instance: str) -> SharedRateLimiter:
    if store.startswith("postgresql"):
        return await stack.enter_async_context(
            PostgresRateLimiter(store, id_instance=id_instance, request_timeout=TIMEOUT)
        )
    from redis.asyncio import Redis

    redis = await stack.enter_async_context(Redis(port=urlsplit(store).port or 0))
    return await stack.enter_async_context(RedisRateLimiter(redis, id_instance=id_instance, request_timeout=TIMEOUT))


async def send(client: Client) -> None:
    with suppress(GreenAPIError):  # the sandbox counts 429; a process that was suspended has other errors, too
        await client.send_message("79001234567@c.us", "Hello")


async def keep_sending(client: Client) -> None:
    while True:
        await send(client)


async def main(store: str, url: str, id_instance: str, token: str) -> None:
    async with AsyncExitStack() as stack:
        limiter = await open_limiter(stack, store, id_instance)
        client = await stack.enter_async_context(
            Client(
                id_instance,
                token,
                url,
                url,
                rate_limiter=limiter,
                retry=Retry(patience=0),
                timeout=TIMEOUT,
                transport="aiohttp",
            )
        )
        await send(client)
        os.write(1, b"ready\n")
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.gather(*(keep_sending(client) for _ in range(AT_A_TIME)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
