"""Inboxes: where notifications are safe between the server and their handlers.

``SQLiteInbox`` keeps them in a file and loses none; ``MemoryInbox`` loses them with the process. ``Inbox`` is what one
for another store has to be.
"""

from typing import TYPE_CHECKING

from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.inbox.memory import MemoryInbox

if TYPE_CHECKING:
    from greenapi_async.inbox.sqlite import SQLiteInbox

__all__ = ["Entry", "Inbox", "MemoryInbox", "SQLiteInbox"]


def __getattr__(name: str) -> object:  # a Python built without SQLite can import the rest
    if name != "SQLiteInbox":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from greenapi_async.inbox.sqlite import SQLiteInbox  # noqa: PLC0415

    globals()[name] = SQLiteInbox
    return SQLiteInbox
