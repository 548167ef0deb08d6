"""Sending messages; files are in `sending_files.py`, buttons in `sending_buttons.py`.

Source: manual 1.3.3.
"""

from collections.abc import Mapping
from typing import Any

from greenapi_async.sandbox.api.methods import sending_fields as fields
from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.field_types import array
from greenapi_async.sandbox.payloads.schema import boolean, chat_id, choice, mapping, message_id, number, text
from greenapi_async.sandbox.simulation.content import ContactContent, LocationContent, PollContent, TextContent

__all__ = [
    "forward_messages",
    "queue_fields",
    "send_contact",
    "send_link",
    "send_location",
    "send_message",
    "send_poll",
]


def queue_fields(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the parameters that the send queue shows.

    Args:
        body: All parameters.
        names: The shown ones besides `chatId` and `quotedMessageId`.
    """
    return {name: body[name] for name in ("chatId", *names, "quotedMessageId") if name in body}


@method(
    "POST",
    "sendMessage",
    body={
        **fields.SEND,
        "message": text(required=True, longest=20_000),
        "linkPreview": boolean(),
        "archiveChat": boolean(),
        "typePreview": choice("large", "small"),
        "customPreview": mapping(),
    },
)
def send_message(call: Call) -> dict[str, Any]:
    """Queue a text message."""
    body: dict[str, Any] = {"linkPreview": True, **call.body}
    shown = queue_fields(body, "message", "linkPreview")
    return {"idMessage": call.instance.outbox.send("sendMessage", shown, TextContent(body["message"]))}


@method(
    "POST",
    "sendPoll",
    body={
        **fields.SEND,
        "message": text(required=True, longest=255),
        "options": fields.poll_options(),
        "multipleAnswers": boolean(),
    },
)
def send_poll(call: Call) -> dict[str, Any]:
    """Queue a poll."""
    body = call.body
    options = tuple(option["optionName"] for option in body["options"])
    poll = PollContent(name=body["message"], options=options, multiple=body.get("multipleAnswers", False))
    shown = queue_fields(body, "message", "options", "multipleAnswers")
    return {"idMessage": call.instance.outbox.send("sendPoll", shown, poll)}


@method(
    "POST",
    "sendLocation",
    body={
        **fields.SEND,
        "nameLocation": text(may_be_empty=True),
        "address": text(may_be_empty=True),
        "latitude": fields.coordinate(),
        "longitude": fields.coordinate(),
    },
)
def send_location(call: Call) -> dict[str, Any]:
    """Queue a location."""
    body = call.body
    location = LocationContent(
        latitude=float(body["latitude"]),
        longitude=float(body["longitude"]),
        name=body.get("nameLocation", ""),
        address=body.get("address", ""),
    )
    shown = queue_fields(body, "latitude", "longitude", "nameLocation", "address")
    return {"idMessage": call.instance.outbox.send("sendLocation", shown, location)}


@method("POST", "sendContact", body={**fields.SEND, "contact": fields.contact()})
def send_contact(call: Call) -> dict[str, Any]:
    """Queue a contact card."""
    card = ContactContent.from_parameters(call.body["contact"])
    return {"idMessage": call.instance.outbox.send("sendContact", queue_fields(call.body, "contact"), card)}


@method(
    "POST",
    "forwardMessages",
    body={
        "chatId": chat_id(),
        "chatIdFrom": chat_id(),
        "messages": array(message_id(), least=1, required=True),
        "typingTime": number(1000, 20_000),
    },
)
def forward_messages(call: Call) -> dict[str, Any]:
    """Queue copies of messages from another chat."""
    return {"messages": call.instance.outbox.forward(queue_fields(call.body, "chatIdFrom", "messages"))}


@method("POST", "sendLink", body={"chatId": chat_id(), "urlLink": text(required=True), "quotedMessageId": message_id()})
def send_link(call: Call) -> dict[str, Any]:
    """Queue a link; the manual marks this method as retired."""
    shown = queue_fields(call.body, "urlLink")
    return {"idMessage": call.instance.outbox.send("sendLink", shown, TextContent(call.body["urlLink"]))}
