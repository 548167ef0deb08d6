"""Storages of conversation states: in memory, in the inbox's SQLite file, in PostgreSQL, or in Redis."""

from importlib import import_module
from typing import TYPE_CHECKING

from greenapi_async.bots.storage.base import StateStorage
from greenapi_async.bots.storage.memory import MemoryStorage

if TYPE_CHECKING:
    from greenapi_async.bots.storage.postgres import PostgresStorage
    from greenapi_async.bots.storage.redis import RedisStorage
    from greenapi_async.bots.storage.sqlite import SQLiteStorage

__all__ = ["MemoryStorage", "PostgresStorage", "RedisStorage", "SQLiteStorage", "StateStorage"]

_LAZY = {"PostgresStorage": "postgres", "RedisStorage": "redis", "SQLiteStorage": "sqlite"}


def __getattr__(name: str) -> object:  # redis is optional, and Python can be built without SQLite
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    globals()[name] = value
    return value
