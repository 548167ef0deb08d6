"""SQLite storage of conversation states, in the inbox's file.

States survive a restart. After a power failure they are consistent with the inbox: both are written to one log in one
order. A notification that is handled again finds the state from before it was handled, or the state that its handler
stored.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from greenapi_async.bots.storage.sql import SQLStorage
from greenapi_async.inbox.sql_sqlite import SQLiteDatabase

if TYPE_CHECKING:
    from greenapi_async.inbox.sqlite import SQLiteInbox

__all__ = ["SQLiteStorage"]


class SQLiteStorage(SQLStorage):
    """States in the file of a ``SQLiteInbox``; its methods raise ``InboxError`` as the inbox's do.

    Args:
        inbox: The inbox whose file is used; it must be open while states are read or written.
        clock: Returns the current time in seconds; for tests.
    """

    def __init__(self, inbox: "SQLiteInbox", *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(SQLiteDatabase(inbox.connection, clock=clock))
