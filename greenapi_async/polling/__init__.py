"""The server's notification queue: long polls, deletions, deduplication and recovery.

Submodules are imported on first use, for example by ``polling.poller.Poller``.
"""

from typing import TYPE_CHECKING

from greenapi_async._internal.lazy import lazy_modules

if TYPE_CHECKING:
    from greenapi_async.polling import (
        counters,
        deduplication,
        ingest,
        journal_changes,
        merge,
        notifications,
        parsing,
        poller,
        recovery,
    )
else:
    __getattr__ = lazy_modules(__name__)

__all__ = [
    "counters",
    "deduplication",
    "ingest",
    "journal_changes",
    "merge",
    "notifications",
    "parsing",
    "poller",
    "recovery",
]
