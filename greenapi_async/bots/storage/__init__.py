"""Where the states of conversations are kept: in memory, in the inbox's file, or in Redis."""

from importlib import import_module
from typing import TYPE_CHECKING

from greenapi_async.bots.storage.base import StateStorage
from greenapi_async.bots.storage.memory import MemoryStorage

if TYPE_CHECKING:
    from greenapi_async.bots.storage.redis import RedisStorage
    from greenapi_async.bots.storage.sqlite import SQLiteStorage

__all__ = ["MemoryStorage", "RedisStorage", "SQLiteStorage", "StateStorage"]

_ON_DEMAND = {"RedisStorage": "redis", "SQLiteStorage": "sqlite"}


def __getattr__(name: str) -> object:  # a Python built without SQLite can import the rest
    if name not in _ON_DEMAND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_ON_DEMAND[name]}"), name)
    globals()[name] = found
    return found
