"""Concurrent handlers over one inbox, and what a handler can wait for.

Submodules are imported on first use, for example by ``processing.process.process``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.processing import (
        cancellation,
        client_protocol,
        conversations,
        crash_suspects,
        failed_attempts,
        handler_calls,
        handler_tasks,
        id_queue,
        idempotency,
        intake,
        item,
        lane_keys,
        lanes,
        options,
        process,
        processor,
        reader,
        send_time,
        signals,
        statuses,
        timers,
        typing_indicator,
        unfinished,
        unserved,
        waiters,
        watchdog,
    )
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")


__all__ = [
    "cancellation",
    "client_protocol",
    "conversations",
    "crash_suspects",
    "failed_attempts",
    "handler_calls",
    "handler_tasks",
    "id_queue",
    "idempotency",
    "intake",
    "item",
    "lane_keys",
    "lanes",
    "options",
    "process",
    "processor",
    "reader",
    "send_time",
    "signals",
    "statuses",
    "timers",
    "typing_indicator",
    "unfinished",
    "unserved",
    "waiters",
    "watchdog",
]
