"""Inboxes: storage between the server's queue and the handlers.

``SQLiteInbox`` stores notifications in a file and loses none. ``MemoryInbox`` loses them with the process. ``Inbox`` is
the protocol of any other store.
"""

from typing import TYPE_CHECKING

from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.inbox.memory import MemoryInbox

if TYPE_CHECKING:
    from greenapi_async.inbox.sqlite import SQLiteInbox

__all__ = ["Entry", "Inbox", "MemoryInbox", "SQLiteInbox"]


def __getattr__(name: str) -> object:  # the rest works in a Python without sqlite3
    if name != "SQLiteInbox":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from greenapi_async.inbox.sqlite import SQLiteInbox  # noqa: PLC0415

    globals()[name] = SQLiteInbox
    return SQLiteInbox
