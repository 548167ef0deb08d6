"""The server's notification queue: long polls, deletions, deduplication and recovery.

Submodules are imported on first use, for example by ``polling.poller.Poller``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

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

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")


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
