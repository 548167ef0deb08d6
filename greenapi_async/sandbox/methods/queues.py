"""Section 1.3.6 of the manual: the queue of messages to be sent."""

from typing import Any

from greenapi_async.sandbox.methods.row import Call, method


@method("GET", "showMessagesQueue")
def show_messages_queue(call: Call) -> list[dict[str, Any]]:
    """Give what waits to be sent."""
    return [
        {"messageID": queued.message.id_message, "type": queued.method, "body": queued.body}
        for queued in call.instance.outbox
    ]


@method("GET", "clearMessagesQueue")
def clear_messages_queue(call: Call) -> dict[str, Any]:
    """Forget what waits to be sent."""
    call.instance.outbox.clear()
    return {"isCleared": True}
