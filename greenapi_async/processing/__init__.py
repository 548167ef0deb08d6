"""Concurrent handlers over one inbox, and what a handler can wait for.

Submodules are imported on first use, for example by ``processing.process.process``.
"""

from typing import TYPE_CHECKING

from greenapi_async._internal.lazy import lazy_modules

if TYPE_CHECKING:
    from greenapi_async.processing import (
        cancellation,
        client_protocol,
        client_source,
        conversations,
        crash_suspects,
        failed_attempts,
        handler_calls,
        handler_tasks,
        id_queue,
        idempotency,
        instance,
        instances,
        intake,
        item,
        journal,
        lane_keys,
        lanes,
        mailbox,
        options,
        process,
        processor,
        reader,
        send_time,
        services,
        signals,
        statuses,
        suspensions,
        timers,
        typing_indicator,
        unfinished,
        unserved,
        waiters,
        watchdog,
    )
else:
    __getattr__ = lazy_modules(__name__)

__all__ = [
    "cancellation",
    "client_protocol",
    "client_source",
    "conversations",
    "crash_suspects",
    "failed_attempts",
    "handler_calls",
    "handler_tasks",
    "id_queue",
    "idempotency",
    "instance",
    "instances",
    "intake",
    "item",
    "journal",
    "lane_keys",
    "lanes",
    "mailbox",
    "options",
    "process",
    "processor",
    "reader",
    "send_time",
    "services",
    "signals",
    "statuses",
    "suspensions",
    "timers",
    "typing_indicator",
    "unfinished",
    "unserved",
    "waiters",
    "watchdog",
]
