"""Marking messages as read.

Source: manual 1.3.9.
"""

from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.schema import chat_id, message_id

__all__ = ["read_chat"]


@method("POST", "readChat", body={"chatId": chat_id(), "idMessage": message_id()})
def read_chat(call: Call) -> dict[str, Any]:
    """Mark one incoming message of a chat as read, or all of them.

    Messages received while `incomingWebhook` was off stay unread. The manual documents no error: an unknown chat or
    message is answered with false.
    """
    incoming = [message for message in call.instance.chat(call.body["chatId"]) if message.type == "incoming"]
    wanted = call.body.get("idMessage")
    chosen = [message for message in incoming if wanted in {None, message.id_message}]
    for message in chosen:
        if message.in_journal:
            message.status = "read"
    return {"setRead": bool(chosen)}
