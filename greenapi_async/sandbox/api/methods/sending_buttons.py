"""Sending buttons: interactive ones, beyond the manual, and those that the manual marks as retired.

Source: manual 1.3.3 and the vendor's documentation.
"""

from typing import Any

from greenapi_async.sandbox.api.methods import sending_fields as fields
from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.api.methods.sending import queue_fields
from greenapi_async.sandbox.payloads.field_types import array
from greenapi_async.sandbox.payloads.schema import chat_id, choice, mapping, number, text
from greenapi_async.sandbox.simulation.content import Structured, interactive

__all__ = [
    "send_buttons",
    "send_interactive_buttons",
    "send_interactive_buttons_reply",
    "send_list_message",
    "send_template",
    "send_template_buttons",
]


@method(
    "POST",
    "sendInteractiveButtons",
    body={
        "chatId": chat_id(),
        **fields.BUTTON_TEXTS,
        "buttons": fields.buttons(
            type=choice("copy", "call", "url", required=True), copyCode=text(), phoneNumber=text(), url=text()
        ),
        "typingTime": number(1000, 20_000),
    },
)
def send_interactive_buttons(call: Call) -> dict[str, Any]:
    """Queue buttons that copy a code, call a number or open a link."""
    return _interactive(call, "interactiveButtons", "sendInteractiveButtons")


@method(
    "POST",
    "sendInteractiveButtonsReply",
    body={
        "chatId": chat_id(),
        **fields.BUTTON_TEXTS,
        "buttons": fields.buttons(),
        "typingTime": number(1000, 20_000),
    },
)
def send_interactive_buttons_reply(call: Call) -> dict[str, Any]:
    """Queue reply buttons."""
    return _interactive(call, "interactiveButtonsReply", "sendInteractiveButtonsReply")


@method("POST", "sendButtons", body={**fields.RETIRED, "buttons": array(mapping(), least=1, required=True)})
def send_buttons(call: Call) -> dict[str, Any]:
    """Queue plain buttons."""
    body = call.body
    return _send(call, "sendButtons", interactive.buttons(body["message"], body.get("footer", ""), body["buttons"]))


@method(
    "POST", "sendTemplateButtons", body={**fields.RETIRED, "templateButtons": array(mapping(), least=1, required=True)}
)
def send_template_buttons(call: Call) -> dict[str, Any]:
    """Queue template buttons."""
    return _template(call, "sendTemplateButtons", call.body["templateButtons"])


@method(
    "POST",
    "sendListMessage",
    body={
        **fields.RETIRED,
        "buttonText": text(required=True),
        "sections": array(mapping(), least=1, required=True),
        "title": text(may_be_empty=True),
    },
)
def send_list_message(call: Call) -> dict[str, Any]:
    """Queue a list of rows to select from."""
    body = call.body
    title, button = body.get("title", ""), body["buttonText"]
    content = interactive.list_message(
        body["message"], body.get("footer", ""), body["sections"], title=title, button=button
    )
    return _send(call, "sendListMessage", content)


@method(
    "POST",
    "sendTemplate",
    body={
        **fields.RETIRED,
        "namespace": text(),
        "elementName": text(),
        "buttons": array(mapping()),
        "params": array(text(may_be_empty=True)),
    },
)
def send_template(call: Call) -> dict[str, Any]:
    """Queue a template; its parameters are not documented."""
    return _template(call, "sendTemplate", call.body.get("buttons", []))


def _template(call: Call, name: str, buttons: list[Any]) -> dict[str, Any]:
    body = call.body
    named = {key: body[key] for key in ("namespace", "elementName") if key in body}
    return _send(call, name, interactive.template(body["message"], body.get("footer", ""), buttons, **named))


def _interactive(call: Call, kind: interactive.Interactive, name: str) -> dict[str, Any]:
    return _send(call, name, interactive.interactive_buttons(kind, call.body, call.body["buttons"]))


def _send(call: Call, name: str, content: Structured) -> dict[str, Any]:
    shown = {**queue_fields(call.body), **{key: value for key, value in call.body.items() if key != "typingTime"}}
    return {"idMessage": call.instance.outbox.send(name, shown, content)}
