"""States in Redis, for several processes or machines."""

# ruff: noqa: D102  what the methods do is told in base.py

import asyncio
import math
from typing import TYPE_CHECKING

from greenapi_async.bots.storage.base import StateStorage
from greenapi_async.errors import InvalidArgumentError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["RedisStorage"]


class RedisStorage(StateStorage):
    """States in Redis, by the ``redis.asyncio.Redis`` that it is given; needs the extra ``redis``, and asyncio.

    Redis drops what has lapsed. The client's errors are raised as they are, and closing it is its owner's.
    """

    def __init__(self, redis: "Redis", *, prefix: str = "greenapi:state:") -> None:
        self._redis = redis
        self._prefix = prefix

    async def get(self, key: str) -> str | None:
        _need_asyncio()
        value = await self._redis.get(self._prefix + key)
        return value.decode() if isinstance(value, bytes) else value

    async def set(self, key: str, value: str, expires: float | None) -> None:
        _need_asyncio()
        milliseconds = None if expires is None else math.ceil(expires * 1000)
        await self._redis.set(self._prefix + key, value, px=milliseconds)

    async def delete(self, key: str) -> None:
        _need_asyncio()
        await self._redis.delete(self._prefix + key)


def _need_asyncio() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise InvalidArgumentError("RedisStorage works on asyncio only; on trio use SQLiteStorage") from None
