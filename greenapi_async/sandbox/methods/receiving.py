"""Section 1.3.4 of the manual: receiving."""

import re
from typing import Any

from greenapi_async.sandbox.instance import Instance
from greenapi_async.sandbox.methods.row import Call, Waiting, method
from greenapi_async.sandbox.rejection import Rejected
from greenapi_async.sandbox.schema import digits


@method("GET", "receiveNotification", query={"receiveTimeout": digits(5, 60)})
def receive_notification(call: Call) -> Waiting:
    """Serve the head of the queue, waiting for one to come."""
    _refuse_with_webhook(call.instance)
    return Waiting(call.instance, int(call.query.get("receiveTimeout", "5")), call.instance.receive)


@method("DELETE", "deleteNotification", takes_tail=True)
def delete_notification(call: Call) -> dict[str, Any]:
    """Remove the served head from the queue."""
    _refuse_with_webhook(call.instance)
    if call.tail is None or not re.fullmatch(r"-?[0-9]{1,18}", call.tail):
        raise Rejected(500, "Parameter receiptId must be a Number!")
    return {"result": True} if call.instance.delete(int(call.tail)) else {"result": False, "reason": ""}


def _refuse_with_webhook(instance: Instance) -> None:
    if instance.settings["webhookUrl"]:
        raise Rejected(
            400,
            "Message cannot be received because custom webhook url is set. Go to cabinet, clear webhook url for "
            f"instance: {instance.id_instance} and wait for about 1 minute for another attempt",
        )
