"""One of the processes of ``test_shared_rates``: it calls one method as often as its rate limiter allows.

Arguments: the store (``redis://...`` or ``postgresql://...``), the sandbox's URL, the instance, its token, and the
number of calls at a time; 0 is a process that calls once and is idle then.
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack

from greenapi_async import Client, ConnectionFailedError, RateLimitedError, Retry, TransportError
from greenapi_async.http.shared_rate_limiter import SharedRateLimiter


async def open_limiter(stack: AsyncExitStack, store: str, id_instance: str) -> SharedRateLimiter:
    if store.startswith("redis"):
        from redis.asyncio import Redis

        from greenapi_async.http.redis_rate_limiter import RedisRateLimiter

        redis = await stack.enter_async_context(Redis.from_url(store))
        return await stack.enter_async_context(RedisRateLimiter(redis, id_instance=id_instance, request_timeout=5))
    from greenapi_async.inbox.postgres.rate_limiter import PostgresRateLimiter

    return await stack.enter_async_context(PostgresRateLimiter(store, id_instance=id_instance, request_timeout=5))


async def call(client: Client) -> None:
    try:
        await client.call("GET", "getStateInstance", per_second=50, idempotent=False)
    except RateLimitedError:
        os.write(1, b"429\n")
    except (ConnectionFailedError, TransportError):  # a request that was suspended
        pass


async def main(store: str, url: str, id_instance: str, token: str, at_a_time: str) -> None:
    async def keep_calling() -> None:
        while True:
            await call(client)

    async with AsyncExitStack() as stack:
        limiter = await open_limiter(stack, store, id_instance)
        retry = Retry(patience=0, repeats=0)
        client = await stack.enter_async_context(
            Client(id_instance, token, url, url, rate_limiter=limiter, retry=retry, timeout=5)
        )
        os.write(1, b"started\n")
        await call(client)
        await asyncio.gather(*(keep_calling() for _ in range(int(at_a_time))))
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
