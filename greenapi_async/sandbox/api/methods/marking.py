"""Section 1.3.9 of the manual: marking messages as read."""

from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.schema import chat_id, message_id


@method("POST", "readChat", body={"chatId": chat_id(), "idMessage": message_id()})
def read_chat(call: Call) -> dict[str, Any]:
    """Mark one incoming message of a chat as read, or all; what came while `incomingWebhook` was off stays as it is.

    The manual names no refusal; a chat or a message that is not there is answered with false.
    """
    incoming = [message for message in call.instance.chat(call.body["chatId"]) if message.type == "incoming"]
    wanted = call.body.get("idMessage")
    chosen = [message for message in incoming if wanted in {None, message.id_message}]
    for message in chosen:
        if message.in_journal:
            message.status = "read"
    return {"setRead": bool(chosen)}
