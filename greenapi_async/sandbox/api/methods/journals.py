"""Section 1.3.5 of the manual: the journals; those of calls are beyond it."""

from collections.abc import Iterable
from typing import Any, Final

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import Field, Schema, chat_id, digits, message_id
from greenapi_async.sandbox.simulation.bodies import row
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.messages import Message

COUNT: Final = Field(
    lambda name, value: None if type(value) is int and abs(value) < 2**53 else f"'{name}' must be a number"
)
MINUTES: Final[Schema] = {"minutes": digits(0, 10_000_000)}


@method("POST", "getChatHistory", body={"chatId": chat_id(), "count": COUNT})
def get_chat_history(call: Call) -> list[dict[str, Any]]:
    """Give the last messages of a chat, the newest first."""
    ours = (message for message in call.instance.journal() if message.chat_id == call.body["chatId"])
    return _rows(call.instance, list(ours)[: max(0, call.body.get("count", 100))])


@method("POST", "getMessage", body={"chatId": chat_id(), "idMessage": message_id(required=True)})
def get_message(call: Call) -> dict[str, Any]:
    """Give one message; what is still queued is not there yet."""
    instance, id_message = call.instance, call.body["idMessage"]
    ours = [message for message in instance.journal() if message.chat_id == call.body["chatId"]]
    if not ours:
        raise Rejected(400, "chatId not found")
    found = [message for message in ours if message.id_message == id_message]
    if not found:
        raise Rejected(400, f"Message not found by id '{id_message}'")
    return _rows(instance, found)[0]


@method("GET", "lastIncomingMessages", query=MINUTES)
def last_incoming_messages(call: Call) -> list[dict[str, Any]]:
    """Give what came in, in the last day unless told otherwise."""
    since = _since(call)
    incoming = (one for one in call.instance.journal() if one.type == "incoming" and one.timestamp >= since)
    return _rows(call.instance, incoming)


@method("GET", "lastOutgoingMessages", query=MINUTES)
def last_outgoing_messages(call: Call) -> list[dict[str, Any]]:
    """Give what went out, each with the time when something last happened to it."""
    since = _since(call)
    outgoing = [one for one in call.instance.journal() if one.type == "outgoing" and one.acted_at >= since]
    outgoing.sort(key=lambda message: message.acted_at, reverse=True)
    rows = zip(_rows(call.instance, outgoing), outgoing, strict=True)
    return [{**shown, "timestamp": message.acted_at} for shown, message in rows]


@method("GET", "lastIncomingCalls", query=MINUTES)
def last_incoming_calls(call: Call) -> list[dict[str, Any]]:
    """Give the calls that came in."""
    return _calls(call, "incoming")


@method("GET", "lastOutgoingCalls", query=MINUTES)
def last_outgoing_calls(call: Call) -> list[dict[str, Any]]:
    """Give the calls that the owner made on the phone."""
    return _calls(call, "outgoing")


def _calls(call: Call, way: str) -> list[dict[str, Any]]:
    since = _since(call)
    return [one.row() for one in reversed(call.instance.phone_calls) if one.type == way and one.timestamp >= since]


def _rows(instance: Instance, messages: Iterable[Message]) -> list[dict[str, Any]]:
    return [row(message, instance.quoted_by(message)) for message in messages]


def _since(call: Call) -> float:
    return call.instance.now - 60 * int(call.query.get("minutes", "1440"))
