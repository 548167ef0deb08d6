"""Methods of the send queue, and beyond the manual, of the notification queue.

Source: manual 1.3.6.
"""

from itertools import groupby
from math import ceil
from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.simulation.outbox import Queued

__all__ = [
    "clear_messages_queue",
    "clear_webhooks_queue",
    "get_messages_count",
    "get_webhooks_count",
    "show_messages_queue",
]


@method("GET", "showMessagesQueue")
def show_messages_queue(call: Call) -> list[dict[str, Any]]:
    """Return the messages that wait to be sent."""
    by_call = groupby(call.instance.outbox, key=lambda queued: id(queued.body))
    return [_row(list(queued)) for _, queued in by_call]


@method("GET", "clearMessagesQueue")
def clear_messages_queue(call: Call) -> dict[str, Any]:
    """Remove the messages that wait to be sent."""
    call.instance.outbox.clear()
    return {"isCleared": True}


@method("GET", "getMessagesCount")
def get_messages_count(call: Call) -> dict[str, Any]:
    """Return the number of messages that wait to be sent."""
    return {"count": len(call.instance.outbox)}


@method("GET", "getWebhooksCount")
def get_webhooks_count(call: Call) -> dict[str, Any]:
    """Return the number of queued notifications."""
    return {"count": len(call.instance.notifications)}


@method("DELETE", "clearWebhooksQueue")
def clear_webhooks_queue(call: Call) -> dict[str, Any]:
    """Remove every queued notification, at most once a minute."""
    left = call.instance.notifications.try_clear()
    if left:
        return {"isCleared": False, "reason": "Too many requests", "leftTime": ceil(left)}
    return {"isCleared": True}


def _row(queued: list[Queued]) -> dict[str, Any]:
    """Return the row of one API call; only forwardMessages queues several messages."""
    first = queued[0]
    ids = [each.message.id_message for each in queued]
    named = {"messagesIDs": ids} if first.method == "ForwardMessages" else {"messageID": ids[0]}
    return {**named, "type": first.method, "body": first.body}
