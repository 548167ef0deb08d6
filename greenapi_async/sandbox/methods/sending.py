"""Section 1.3.3 of the manual: sending."""

from typing import Any

from greenapi_async.sandbox.content import TextContent
from greenapi_async.sandbox.methods.row import Call, method
from greenapi_async.sandbox.schema import boolean, chat_id, message_id, text


@method(
    "POST",
    "sendMessage",
    body={
        "chatId": chat_id(),
        "message": text(required=True, longest=20_000),
        "quotedMessageId": message_id(),
        "linkPreview": boolean(),
    },
)
def send_message(call: Call) -> dict[str, Any]:
    """Queue a text."""
    body: dict[str, Any] = {"linkPreview": True, **call.body}
    shown: dict[str, Any] = {
        name: body[name] for name in ("chatId", "message", "quotedMessageId", "linkPreview") if name in body
    }
    return {"idMessage": call.instance.send("sendMessage", shown, TextContent(body["message"]))}
