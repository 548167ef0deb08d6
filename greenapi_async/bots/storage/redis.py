"""Redis storage of conversation states, shared by several processes or machines."""

# ruff: noqa: D102  the methods are documented in base.py

import asyncio
import math

from greenapi_async.bots.storage.base import StateStorage
from greenapi_async.errors import InvalidArgumentError, MissingExtraError

try:
    from redis.asyncio import Redis
except ImportError:
    raise MissingExtraError("redis", "redis") from None

__all__ = ["RedisStorage"]


class RedisStorage(StateStorage):
    """States in Redis, for asyncio only; needs the extra ``redis``.

    Redis removes expired states. Exceptions of the Redis client are raised unchanged.

    Args:
        redis: The Redis client; closing it is the caller's responsibility.
        prefix: Prefix of the keys in Redis.
    """

    def __init__(self, redis: Redis, *, prefix: str = "greenapi:state:") -> None:
        self._redis = redis
        self._prefix = prefix

    async def get(self, key: str) -> str | None:
        _require_asyncio()
        value = await self._redis.get(self._prefix + key)
        return value.decode() if isinstance(value, bytes) else value

    async def set(self, key: str, value: str, expires: float | None) -> None:
        _require_asyncio()
        milliseconds = None if expires is None else math.ceil(expires * 1000)
        await self._redis.set(self._prefix + key, value, px=milliseconds)

    async def delete(self, key: str) -> None:
        _require_asyncio()
        await self._redis.delete(self._prefix + key)


def _require_asyncio() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise InvalidArgumentError("RedisStorage supports asyncio only. On trio, use SQLiteStorage") from None
