"""Messages in an inbox that no server has sent."""

import json

from greenapi_async.inbox import Entry
from greenapi_async.sandbox import Instance


def entry(instance: Instance, chat_id: str, text: str) -> Entry:
    """Return a text as a webhook would have stored it."""
    body = {
        "typeWebhook": "incomingMessageReceived",
        "idMessage": text,
        "timestamp": 1588091580,
        "senderData": {"chatId": chat_id, "sender": chat_id},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": text}},
    }
    return Entry(id_instance=instance.id_instance, body=json.dumps(body))
