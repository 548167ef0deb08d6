"""Section 1.3.3 of the manual: sending messages. Files are in `sending_files.py`, buttons in `sending_buttons.py`."""

from collections.abc import Mapping
from typing import Any

from greenapi_async.sandbox.api.methods import sending_fields as fields
from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.schema import boolean, chat_id, choice, mapping, message_id, number, text
from greenapi_async.sandbox.payloads.field_types import array
from greenapi_async.sandbox.simulation.content import ContactContent, LocationContent, PollContent, TextContent


def shown(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Pick what the queue will show."""
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
    """Queue a text."""
    body: dict[str, Any] = {"linkPreview": True, **call.body}
    waits = shown(body, "message", "linkPreview")
    return {"idMessage": call.instance.send("sendMessage", waits, TextContent(body["message"]))}


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
    waits = shown(body, "message", "options", "multipleAnswers")
    return {"idMessage": call.instance.send("sendPoll", waits, poll)}


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
    """Queue a place on the map."""
    body = call.body
    place = LocationContent(
        latitude=float(body["latitude"]),
        longitude=float(body["longitude"]),
        name=body.get("nameLocation", ""),
        address=body.get("address", ""),
    )
    waits = shown(body, "latitude", "longitude", "nameLocation", "address")
    return {"idMessage": call.instance.send("sendLocation", waits, place)}


@method("POST", "sendContact", body={**fields.SEND, "contact": fields.contact()})
def send_contact(call: Call) -> dict[str, Any]:
    """Queue a person's card."""
    card = ContactContent.of(call.body["contact"])
    return {"idMessage": call.instance.send("sendContact", shown(call.body, "contact"), card)}


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
    """Queue messages of one chat for another."""
    return {"messages": call.instance.forward(shown(call.body, "chatIdFrom", "messages"))}


@method("POST", "sendLink", body={"chatId": chat_id(), "urlLink": text(required=True), "quotedMessageId": message_id()})
def send_link(call: Call) -> dict[str, Any]:
    """Queue a link; the manual calls it retired."""
    waits = shown(call.body, "urlLink")
    return {"idMessage": call.instance.send("sendLink", waits, TextContent(call.body["urlLink"]))}
