"""Methods of the journals; those of calls are beyond the manual.

Source: manual 1.3.5.
"""

from collections.abc import Iterable
from typing import Any, Final

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.schema import Field, Schema, chat_id, digits, message_id
from greenapi_async.sandbox.simulation.bodies import journal_row
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.messages import Message

__all__ = [
    "get_chat_history",
    "get_message",
    "last_incoming_calls",
    "last_incoming_messages",
    "last_outgoing_calls",
    "last_outgoing_messages",
]

COUNT: Final = Field(
    lambda name, value: None if type(value) is int and abs(value) < 2**53 else f"'{name}' must be a number"
)
MINUTES: Final[Schema] = {"minutes": digits(0, 10_000_000)}


@method("POST", "getChatHistory", body={"chatId": chat_id(), "count": COUNT})
def get_chat_history(call: Call) -> list[dict[str, Any]]:
    """Return the latest messages of a chat, newest first."""
    in_chat = (message for message in _journal(call.instance) if message.chat_id == call.body["chatId"])
    return _rows(call.instance, list(in_chat)[: max(0, call.body.get("count", 100))])


@method("POST", "getMessage", body={"chatId": chat_id(), "idMessage": message_id(required=True)})
def get_message(call: Call) -> dict[str, Any]:
    """Return one message; a queued one is not found."""
    instance, id_message = call.instance, call.body["idMessage"]
    in_chat = [message for message in _journal(instance) if message.chat_id == call.body["chatId"]]
    if not in_chat:
        raise RequestRejected(400, "chatId not found")
    found = [message for message in in_chat if message.id_message == id_message]
    if not found:
        raise RequestRejected(400, f"Message not found by id '{id_message}'")
    return _rows(instance, found)[0]


@method("GET", "lastIncomingMessages", query=MINUTES)
def last_incoming_messages(call: Call) -> list[dict[str, Any]]:
    """Return incoming messages, by default of the last day."""
    since = _since(call)
    incoming = (each for each in _journal(call.instance) if each.type == "incoming" and each.timestamp >= since)
    return _rows(call.instance, incoming)


@method("GET", "lastOutgoingMessages", query=MINUTES)
def last_outgoing_messages(call: Call) -> list[dict[str, Any]]:
    """Return outgoing messages, each with the time of its latest status."""
    since = _since(call)
    outgoing = [each for each in _journal(call.instance) if each.type == "outgoing" and each.updated_at >= since]
    outgoing.sort(key=lambda message: message.updated_at, reverse=True)
    rows = zip(_rows(call.instance, outgoing), outgoing, strict=True)
    return [{**shown, "timestamp": message.updated_at} for shown, message in rows]


@method("GET", "lastIncomingCalls", query=MINUTES)
def last_incoming_calls(call: Call) -> list[dict[str, Any]]:
    """Return incoming calls."""
    return _calls(call, "incoming")


@method("GET", "lastOutgoingCalls", query=MINUTES)
def last_outgoing_calls(call: Call) -> list[dict[str, Any]]:
    """Return calls made on the phone."""
    return _calls(call, "outgoing")


def _calls(call: Call, direction: str) -> list[dict[str, Any]]:
    since, log = _since(call), call.instance.phone_calls.log
    return [each.as_journal_row() for each in reversed(log) if each.type == direction and each.timestamp >= since]


def _journal(instance: Instance) -> list[Message]:
    return instance.chats.journal(with_deleted=instance.settings.get("deletedMessageWebhook") == "yes")


def _rows(instance: Instance, messages: Iterable[Message]) -> list[dict[str, Any]]:
    show_edits = instance.settings.get("editedMessageWebhook") == "yes"
    return [journal_row(each, instance.chats.quoted_by(each), show_edits=show_edits) for each in messages]


def _since(call: Call) -> float:
    return call.instance.timeline.now - 60 * int(call.query.get("minutes", "1440"))
