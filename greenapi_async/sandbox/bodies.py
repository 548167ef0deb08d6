"""The bodies of notifications, as in the examples of the manual's "Формат входящих уведомлений"."""

from collections.abc import Mapping
from typing import Any

from greenapi_async.sandbox.messages import Message


def instance_data(id_instance: int, wid: str) -> dict[str, Any]:
    """Name the instance that a notification comes from."""
    return {"idInstance": id_instance, "wid": wid, "typeInstance": "whatsapp"}


def message(
    type_webhook: str, instance: Mapping[str, Any], sent: Message, *, chat_name: str, quoted: Message | None = None
) -> dict[str, Any]:
    """Tell of a message, incoming or outgoing."""
    return {
        "typeWebhook": type_webhook,
        "instanceData": dict(instance),
        "timestamp": sent.timestamp,
        "idMessage": sent.id_message,
        "senderData": {
            "chatId": sent.chat_id,
            "sender": sent.sender,
            "chatName": chat_name,
            "senderName": sent.sender_name,
            "senderContactName": sent.sender_contact_name,
        },
        "messageData": sent.content.data() if quoted is None else _quoting(sent, quoted),
    }


def _quoting(sent: Message, quoted: Message) -> dict[str, Any]:
    source = {"stanzaId": quoted.id_message, "participant": quoted.sender}
    return {
        "typeMessage": "quotedMessage",
        "extendedTextMessageData": {"text": sent.text, **source},
        "quotedMessage": {**source, **quoted.content.quote()},
    }


def status(instance: Mapping[str, Any], sent: Message, at: float, description: str | None = None) -> dict[str, Any]:
    """Tell what became of an outgoing message."""
    body = {
        "typeWebhook": "outgoingMessageStatus",
        "chatId": sent.chat_id,
        "instanceData": dict(instance),
        "timestamp": int(at),
        "idMessage": sent.id_message,
        "status": sent.status,
    }
    return body | ({} if description is None else {"description": description}) | {"sendByApi": sent.by_api}


def state(instance: Mapping[str, Any], new: str, at: float) -> dict[str, Any]:
    """Tell of a new state of the instance."""
    return {
        "typeWebhook": "stateInstanceChanged",
        "instanceData": dict(instance),
        "timestamp": int(at),
        "stateInstance": new,
    }
