"""The JSON bodies of notifications and the rows of journals.

Source: the examples in the manual's "Формат входящих уведомлений" and 1.3.5.
"""

from collections.abc import Mapping
from typing import Any

from greenapi_async.sandbox.payloads.schema import is_group
from greenapi_async.sandbox.simulation.messages import Message

__all__ = ["event", "journal_row", "message", "quota_exceeded", "state", "status"]

_TEXTS = frozenset({"textMessage", "extendedTextMessage"})
"""A message of these types becomes a `quotedMessage` when it quotes another; any other keeps its type."""


def message(
    type_webhook: str,
    instance: Mapping[str, Any],
    sent: Message,
    *,
    chat_name: str,
    quoted: Message | None = None,
    phone: int | None = None,
    quotes_beside: bool = False,
) -> dict[str, Any]:
    """Return the notification of a message.

    Args:
        type_webhook: Its `typeWebhook`.
        instance: The `instanceData`.
        sent: The message, incoming or outgoing.
        chat_name: The name of the chat.
        quoted: The message that it quotes.
        phone: The author's phone number, on MAX and Telegram.
        quotes_beside: Whether a text that quotes stays a `textMessage`.
    """
    more: dict[str, Any] = {}
    if phone is not None:
        group = is_group(sent.chat_id)
        hidden = 0 if group and sent.type == "incoming" else phone
        more = {"chatType": "group" if group else "user", "senderType": "user", "senderPhoneNumber": hidden}
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
            **more,
        },
        "messageData": sent.content.data() if quoted is None else _quoting(sent, quoted, beside=quotes_beside),
    }


def _quoting(sent: Message, quoted: Message, *, beside: bool) -> dict[str, Any]:
    source = {"stanzaId": quoted.id_message, "participant": quoted.sender}
    quote = {"quotedMessage": {**source, **quoted.content.quote()}}
    data = sent.content.data()
    if beside or data["typeMessage"] not in _TEXTS:
        return {**data, **quote}
    return {"typeMessage": "quotedMessage", "extendedTextMessageData": {"text": sent.text, **source}, **quote}


def journal_row(sent: Message, quoted: Message | None = None, *, show_edits: bool = False) -> dict[str, Any]:
    """Return the row of a journal.

    Args:
        sent: The message, incoming or outgoing.
        quoted: The message that it quotes.
        show_edits: Whether the row says that the message was edited.
    """
    head = {"type": sent.type, "idMessage": sent.id_message, "timestamp": sent.timestamp}
    flat = sent.content.flat() if quoted is None else _quoting_flat(sent, quoted)
    if sent.type == "outgoing":
        tail: dict[str, Any] = {"statusMessage": sent.status or "pending", "sendByApi": sent.by_api}
    else:
        names = {"senderName": sent.sender_name, "senderContactName": sent.sender_contact_name}
        tail = {"senderId": sent.sender, **names}
    changes = {
        "deletedMessageId": "",
        "editedMessageId": "",
        "isEdited": sent.edited and show_edits,
        "isDeleted": sent.deleted,
    }
    return {**head, "typeMessage": flat["typeMessage"], "chatId": sent.chat_id, **flat, **tail, **changes}


def _quoting_flat(sent: Message, quoted: Message) -> dict[str, Any]:
    source = {"stanzaId": quoted.id_message, "participant": quoted.sender}
    quote = {"quotedMessage": {**source, **quoted.content.flat(), **quoted.content.quote()}}
    flat = sent.content.flat()
    if flat["typeMessage"] not in _TEXTS:
        return {**flat, **quote}
    return {"typeMessage": "quotedMessage", "extendedTextMessage": {"text": sent.text, **source}, **quote}


def status(instance: Mapping[str, Any], sent: Message, at: float, description: str | None = None) -> dict[str, Any]:
    """Return the notification of the delivery status of an outgoing message.

    Args:
        instance: The `instanceData`.
        sent: The message with its new status.
        at: When the status changed.
        description: The reason of a failure.
    """
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
    """Return the notification of a new state.

    Args:
        instance: The `instanceData`.
        new: The new state.
        at: When it was entered.
    """
    return {
        "typeWebhook": "stateInstanceChanged",
        "instanceData": dict(instance),
        "timestamp": int(at),
        "stateInstance": new,
    }


def event(type_webhook: str, instance: Mapping[str, Any], fields: Mapping[str, Any], at: float) -> dict[str, Any]:
    """Return the notification of any other event, such as a call.

    Args:
        type_webhook: Its `typeWebhook`.
        instance: The `instanceData`.
        fields: The fields of this type.
        at: When it happened.
    """
    return {"typeWebhook": type_webhook, "instanceData": dict(instance), "timestamp": int(at), **fields}


def quota_exceeded(instance: Mapping[str, Any], status: Mapping[str, Any], at: float) -> dict[str, Any]:
    """Return the notification that the month's chats are used up.

    Args:
        instance: The `instanceData`.
        status: The `quotaData`.
        at: When a chat was rejected.
    """
    head = {"typeWebhook": "quotaExceeded", "instanceData": dict(instance), "timestamp": int(at)}
    return {**head, "quotaData": dict(status)}
