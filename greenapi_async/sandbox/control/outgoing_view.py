"""The page's view of what leaves: the send queue, and series of equal messages, such as a broadcast.

The server does not know broadcasts. It sees that the same text, file or poll was sent to several chats; that is a
series. Texts that address people by name are no series, so they only show in the queue.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.messages import Message

__all__ = ["outgoing_view"]

SHOWN_QUEUED: Final = 10
SHOWN_SERIES: Final = 5
CHATS: Final = 3
"""Chats that make a series."""
_FAILED: Final = frozenset({"failed", "noAccount", "notInGroup", "yellowCard", "suspended"})


def outgoing_view(instance: Instance) -> dict[str, Any]:
    """Return the first rows of the queue and the newest series.

    Args:
        instance: The instance.
    """
    queued = [
        {
            "idMessage": each.message.id_message,
            "name": instance.people.name_of(each.message.chat_id) or each.message.chat_id.partition("@")[0],
            "text": each.message.text or each.message.type_message,
            "queuedAt": each.queued_at,
        }
        for each in islice(instance.outbox, SHOWN_QUEUED)
    ]
    return {
        "queue": queued,
        "waiting": len(instance.outbox),
        "delay": instance.settings["delaySendMessagesMilliseconds"],
        "series": _series(instance),
    }


def _series(instance: Instance) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    chats: dict[tuple[str, str], set[str]] = {}
    for message, status in _sent(instance):
        key = message.type_message, message.text or ""
        numbers = {"total": 0, "queued": 0, "sent": 0, "delivered": 0, "read": 0, "failed": 0}
        row = found.setdefault(key, {"text": key[1] or key[0], **numbers, "latest": 0})
        row["total"] += 1
        row["latest"] = max(row["latest"], message.timestamp)
        state = "failed" if status in _FAILED else status
        if state in numbers:
            row[state] += 1
        chats.setdefault(key, set()).add(message.chat_id)
    series = [row for key, row in found.items() if len(chats[key]) >= CHATS]
    series.sort(key=lambda row: row["latest"], reverse=True)
    return [{name: value for name, value in row.items() if name != "latest"} for row in series[:SHOWN_SERIES]]


def _sent(instance: Instance) -> Iterator[tuple[Message, str | None]]:
    for chat in instance.chats.values():
        yield from ((message, message.status) for message in chat.messages if message.by_api)
    yield from ((message, message.status) for message in instance.chats.undelivered if message.by_api)
    yield from ((queued.message, "queued") for queued in instance.outbox)
