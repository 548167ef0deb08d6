"""Inboxes: storage between the server's queue and the handlers.

``SQLiteInbox`` stores notifications in a file and loses none; ``PostgresInbox`` in a database, for several processes.
``MemoryInbox`` loses them with the process. ``Inbox`` is
the protocol of any other store.

Classes and submodules are imported on first use, so that the rest works in a Python without sqlite3.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.inbox import identities, outbox
    from greenapi_async.inbox.base import Entry, Inbox
    from greenapi_async.inbox.memory import MemoryInbox
    from greenapi_async.inbox.postgres.inbox import PostgresInbox
    from greenapi_async.inbox.sqlite import SQLiteInbox

__all__ = ["Entry", "Inbox", "MemoryInbox", "PostgresInbox", "SQLiteInbox", "identities", "outbox"]

_HOMES = {
    "Entry": "base",
    "Inbox": "base",
    "MemoryInbox": "memory",
    "PostgresInbox": "postgres.inbox",
    "SQLiteInbox": "sqlite",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = import_module(f"{__name__}.{_HOMES.get(name, name)}")
        return getattr(home, name) if name in _HOMES else home
