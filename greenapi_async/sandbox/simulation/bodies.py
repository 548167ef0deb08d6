"""The bodies of notifications, as in the examples of the manual's "Формат входящих уведомлений"."""

from collections.abc import Mapping
from typing import Any

from greenapi_async.sandbox.simulation.messages import Message

TEXTS = frozenset({"textMessage", "extendedTextMessage"})
"""A message of these types becomes a `quotedMessage` when it quotes another; any other keeps its type."""


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
    quote = {"quotedMessage": {**source, **quoted.content.quote()}}
    data = sent.content.data()
    if data["typeMessage"] not in TEXTS:
        return {**data, **quote}
    return {"typeMessage": "quotedMessage", "extendedTextMessageData": {"text": sent.text, **source}, **quote}


def row(sent: Message, quoted: Message | None = None) -> dict[str, Any]:
    """Show a message as a journal does."""
    head = {"type": sent.type, "idMessage": sent.id_message, "timestamp": sent.timestamp}
    flat = sent.content.flat() if quoted is None else _quoting_flat(sent, quoted)
    if sent.type == "outgoing":
        tail: dict[str, Any] = {"statusMessage": sent.status or "pending", "sendByApi": sent.by_api}
    else:
        names = {"senderName": sent.sender_name, "senderContactName": sent.sender_contact_name}
        tail = {"senderId": sent.sender, **names}
    return {**head, "typeMessage": flat["typeMessage"], "chatId": sent.chat_id, **flat, **tail}


def _quoting_flat(sent: Message, quoted: Message) -> dict[str, Any]:
    source = {"stanzaId": quoted.id_message, "participant": quoted.sender}
    quote = {"quotedMessage": {**source, **quoted.content.flat(), **quoted.content.quote()}}
    flat = sent.content.flat()
    if flat["typeMessage"] not in TEXTS:
        return {**flat, **quote}
    return {"typeMessage": "quotedMessage", "extendedTextMessage": {"text": sent.text, **source}, **quote}


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


def event(type_webhook: str, instance: Mapping[str, Any], about: Mapping[str, Any], at: float) -> dict[str, Any]:
    """Tell of something else, such as a call, in the fields that its type has."""
    return {"typeWebhook": type_webhook, "instanceData": dict(instance), "timestamp": int(at), **about}


def quota_exceeded(instance: Mapping[str, Any], status: Mapping[str, Any], at: float) -> dict[str, Any]:
    """Tell that the month's chats are used up."""
    who = {"typeWebhook": "quotaExceeded", "instanceData": dict(instance), "timestamp": int(at)}
    return {**who, "quotaData": dict(status)}
