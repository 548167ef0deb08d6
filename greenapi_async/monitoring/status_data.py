"""Data of the status page, as JSON: what the runs show of themselves at the moment.

No texts are in it: a quarantined notification is shown by its type, chat and message id, with the traceback of its
handler. That may quote whatever the handler put into its exception.
"""

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import attrs

from greenapi_async.inbox.base import Entry
from greenapi_async.instance.health import InstanceHealth
from greenapi_async.monitoring.readiness import Verdict
from greenapi_async.processing.health import MonitoredRun, ProcessingHealth

__all__ = ["overview", "quarantine_row"]

CHATS: Final = 20
COUNTERS: Final = ("received", "duplicate", "yielded", "retried", "quarantined", "waiting", "running", "ready")


def overview(
    verdict: Verdict,
    runs: Sequence[tuple[MonitoredRun, ProcessingHealth]],
    clients: Sequence[InstanceHealth],
    after: float,
) -> dict[str, Any]:
    """Return everything but the quarantine.

    Args:
        verdict: Whether the bot is ready.
        runs: The runs and their health.
        clients: Health of clients without a run.
        after: When the last handler run ended that the page knows, in seconds since the epoch.
    """
    now = time.time()
    instances = [*clients, *(instance for _, health in runs for instance in health.instances)]
    counts = {name: sum(getattr(run.counters, name) for run, _ in runs) for name in COUNTERS}
    counts["in_quarantine"] = sum(health.quarantined or 0 for _, health in runs)
    recent = [each for run, _ in runs for each in run.counters.recent]
    return {
        "time": now,
        "ready": verdict.ready,
        "problems": verdict.problems,
        "warnings": verdict.warnings,
        "instances": [attrs.asdict(instance, value_serializer=_serialize) for instance in instances],
        "lag": max((run.counters.lag for run, _ in runs), default=0.0),
        "counts": counts,
        "chats": [
            {**attrs.asdict(chat), "seconds": None if chat.since is None else max(0.0, now - chat.since)}
            for run, _ in runs
            for chat in run.waiting_chats(CHATS)
        ][:CHATS],
        "tail": [attrs.asdict(each) for each in recent if each.time > after],
        "latest": max((each.time for each in recent), default=after),
    }


def quarantine_row(entry: Entry) -> dict[str, Any]:
    """Return a quarantined entry as the page shows it.

    Args:
        entry: The entry.
    """
    body: Any = None
    with suppress(ValueError, RecursionError):
        body = json.loads(entry.body)
    fields: dict[str, Any] = body if isinstance(body, dict) else {}
    sender: Any = fields.get("senderData")
    chat: Any = sender.get("chatId") if isinstance(sender, dict) else None
    return {
        "id": entry.id,
        "instance": entry.id_instance,
        "type": str(fields.get("typeWebhook") or "unknown"),
        "chat": str(chat or fields.get("chatId") or "") or None,
        "message": str(fields.get("idMessage") or "") or None,
        "stored": entry.stored.timestamp(),
        "attempts": entry.attempts,
        "failure": entry.failure or entry.error or "",
    }


def _serialize(_: object, __: object, value: object) -> object:
    return value.timestamp() if isinstance(value, datetime) else value
