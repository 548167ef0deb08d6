"""Messages with buttons: the interactive ones, beyond the manual, and those that the manual calls retired."""

from collections.abc import Mapping
from typing import Any

import attrs

from greenapi_async.sandbox.content import Structured
from greenapi_async.sandbox.methods import sending_fields as fields
from greenapi_async.sandbox.methods.row import Call, method
from greenapi_async.sandbox.methods.sending import shown
from greenapi_async.sandbox.schema import chat_id, choice, mapping, number, text
from greenapi_async.sandbox.schema_kinds import array


def _texts(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body.get(name, "") for name in ("header", "body", "footer")}


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
    """Queue buttons that copy, call or open a link."""
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
    """Queue buttons that answer."""
    return _interactive(call, "interactiveButtonsReply", "sendInteractiveButtonsReply")


@method("POST", "sendButtons", body={**fields.RETIRED, "buttons": array(mapping(), least=1, required=True)})
def send_buttons(call: Call) -> dict[str, Any]:
    """Queue buttons of the first kind."""
    told = {**_retired(call), "buttons": call.body["buttons"]}
    return _send(
        call,
        "sendButtons",
        Structured(type_message="buttonsMessage", key="buttonsMessage", fields=told, marked="beside"),
    )


@method(
    "POST", "sendTemplateButtons", body={**fields.RETIRED, "templateButtons": array(mapping(), least=1, required=True)}
)
def send_template_buttons(call: Call) -> dict[str, Any]:
    """Queue buttons of the second kind."""
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
    """Queue a list to pick from."""
    body = call.body
    told = {
        **_retired(call),
        "title": body.get("title", ""),
        "buttonText": body["buttonText"],
        "sections": body["sections"],
    }
    return _send(
        call, "sendListMessage", Structured(type_message="listMessage", key="listMessage", fields=told, marked="beside")
    )


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
    """Queue a template; no document tells its parameters."""
    return _template(call, "sendTemplate", call.body.get("buttons", []))


def _template(call: Call, name: str, buttons: list[Any]) -> dict[str, Any]:
    named = {key: call.body[key] for key in ("namespace", "elementName") if key in call.body}
    told = {**named, **_retired(call), "buttons": buttons}
    return _send(
        call, name, Structured(type_message="templateMessage", key="templateMessage", fields=told, marked="inside")
    )


def _interactive(call: Call, type_message: str, name: str) -> dict[str, Any]:
    told = {**_texts(call.body), "buttons": call.body["buttons"]}
    return _send(call, name, Structured(type_message=type_message, key=type_message, fields=told))


def _retired(call: Call) -> dict[str, Any]:
    return {"contentText": call.body["message"], "footer": call.body.get("footer", "")}


def _send(call: Call, name: str, content: Structured) -> dict[str, Any]:
    waits = {**shown(call.body), **{key: value for key, value in call.body.items() if key != "typingTime"}}
    read = attrs.evolve(content, text=call.body.get("message", call.body.get("body", "")))
    return {"idMessage": call.instance.send(name, waits, read)}
