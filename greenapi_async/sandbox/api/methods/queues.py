"""Section 1.3.6 of the manual: the queue of messages to be sent, and beyond it that of notifications."""

from itertools import groupby
from math import ceil
from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.simulation.outbox import Queued


@method("GET", "showMessagesQueue")
def show_messages_queue(call: Call) -> list[dict[str, Any]]:
    """Give what waits to be sent."""
    by_call = groupby(call.instance.outbox, key=lambda queued: id(queued.body))
    return [_row(list(queued)) for _, queued in by_call]


@method("GET", "clearMessagesQueue")
def clear_messages_queue(call: Call) -> dict[str, Any]:
    """Forget what waits to be sent."""
    call.instance.outbox.clear()
    return {"isCleared": True}


@method("GET", "getMessagesCount")
def get_messages_count(call: Call) -> dict[str, Any]:
    """Count what waits to be sent."""
    return {"count": len(call.instance.outbox)}


@method("GET", "getWebhooksCount")
def get_webhooks_count(call: Call) -> dict[str, Any]:
    """Count the notifications that wait."""
    return {"count": len(call.instance.notifications)}


@method("DELETE", "clearWebhooksQueue")
def clear_webhooks_queue(call: Call) -> dict[str, Any]:
    """Forget the notifications that wait, once a minute."""
    left = call.instance.clear_notifications()
    if left:
        return {"isCleared": False, "reason": "Too many requests", "leftTime": ceil(left)}
    return {"isCleared": True}


def _row(queued: list[Queued]) -> dict[str, Any]:
    """Show one call of a method; only a forwarding puts several messages into the queue."""
    first = queued[0]
    ids = [one.message.id_message for one in queued]
    named = {"messagesIDs": ids} if first.method == "ForwardMessages" else {"messageID": ids[0]}
    return {**named, "type": first.method, "body": first.body}
