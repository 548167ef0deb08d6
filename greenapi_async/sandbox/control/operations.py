"""The operations of the control API; their input is validated already."""

from typing import Any

import attrs

from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.simulation.actions import ACTIONS
from greenapi_async.sandbox.simulation.catalogue import KINDS
from greenapi_async.sandbox.simulation.faults import Fault
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.state import Sandbox

__all__ = [
    "ControlRequest",
    "add_contact",
    "add_fault",
    "add_instance",
    "clear_faults",
    "contact_reads",
    "contact_writes",
    "instance_row",
    "list_calls",
    "list_faults",
    "list_instances",
    "list_kinds",
    "list_messages",
    "list_pushes",
    "phone_writes",
    "produce",
    "queue_notification",
    "save_settings",
    "scan",
    "set_account",
    "set_state",
]


@attrs.frozen
class ControlRequest:
    """One request to the control API."""

    sandbox: Sandbox
    path: dict[str, Any]
    body: dict[str, Any]

    @property
    def instance(self) -> Instance:
        """The instance in the path."""
        found = self.sandbox.instances.get(self.path["id"])
        if found is None:
            raise RequestRejected(404, f"there is no instance {self.path['id']}")
        return found

    @property
    def chat_id(self) -> str:
        """The chat in the path."""
        chat_id: str = self.path["chat_id"]
        resolved = self.instance.people.resolve(chat_id)
        if not self.instance.messenger.chat_id.fullmatch(resolved):
            raise RequestRejected(400, f"{chat_id} is not a chat id")
        return resolved

    def arguments(self, **names: str) -> dict[str, Any]:
        """Return the given fields as keyword arguments; `names` maps Python names to wire names."""
        return {name: self.body[wire_name] for name, wire_name in names.items() if wire_name in self.body}


def list_instances(request: ControlRequest) -> Any:
    """Return every instance."""
    return [instance_row(instance) for instance in request.sandbox.instances.values()]


def add_instance(request: ControlRequest) -> Any:
    """Create an instance."""
    arguments = request.arguments(
        id_instance="idInstance",
        token="apiTokenInstance",  # noqa: S106 - the name of a field
        phone="phone",
        state="stateInstance",
        messenger="messenger",
    )
    return instance_row(request.sandbox.add_instance(**arguments, **request.body.get("settings", {})))


def contact_writes(request: ControlRequest) -> Any:
    """Perform an action of a contact, or a call."""
    chat_id, call = _chat(request), request.body.get("call")
    if call is None:
        arguments = request.arguments(
            sender="sender",
            sender_name="senderName",
            contact_name="senderContactName",
            quoted_message_id="quotedMessageId",
        )
        return {"idMessage": request.instance.contact_sends(chat_id, _action(request), **arguments)}
    status = call.get("status", "offer")
    if "idMessage" in call:
        request.instance.voice_calls.phone_ends(call["idMessage"], status)
        return {"idMessage": call["idMessage"]}
    if status == "offer":
        is_video = call.get("isVideo", False)
        return {"idMessage": request.instance.voice_calls.contact_calls(chat_id, is_video=is_video)}
    return {"idMessage": request.instance.phone_calls.incoming(chat_id, status, is_video=call.get("isVideo", False))}


def phone_writes(request: ControlRequest) -> Any:
    """Perform an action of the account's owner on the phone, or a call."""
    chat_id, call = _chat(request), request.body.get("call")
    if call is None:
        arguments = request.arguments(quoted_message_id="quotedMessageId")
        return {"idMessage": request.instance.phone_sends(chat_id, _action(request), **arguments)}
    status, duration = call.get("status", "pickUp"), call.get("duration", 0)
    return {
        "idMessage": request.instance.phone_calls.outgoing(
            chat_id, status, is_video=call.get("isVideo", False), duration=duration
        )
    }


def _chat(request: ControlRequest) -> str:
    return request.instance.people.resolve(request.body["chatId"])


def _action(request: ControlRequest) -> dict[str, Any]:
    return {name: request.body[name] for name in ACTIONS if name in request.body}


def list_messages(request: ControlRequest) -> Any:
    """Return the messages of a chat."""
    return [message.as_row() for message in request.instance.chat(request.chat_id)]


def contact_reads(request: ControlRequest) -> Any:
    """Mark the account's messages in a chat as read by the contact."""
    return {"read": request.instance.contact_reads(request.chat_id)}


def set_account(request: ControlRequest) -> Any:
    """Set whether a number has a WhatsApp account."""
    no_account = request.instance.people.no_account
    (no_account.discard if request.body["exists"] else no_account.add)(request.chat_id)
    return request.body


def set_state(request: ControlRequest) -> Any:
    """Change the state, the tariff, or whether the instance is expired or deleted or has voice calls."""
    instance = request.instance
    instance.lifecycle.expired = request.body.get("expired", instance.lifecycle.expired)
    instance.lifecycle.deleted = request.body.get("deleted", instance.lifecycle.deleted)
    instance.quotas.tariff = request.body.get("tariff", instance.quotas.tariff)
    instance.voice_calls.enabled = request.body.get("callsEnabled", instance.voice_calls.enabled)
    instance.quotas.report_in_polls = request.body.get("pollsTellQuota", instance.quotas.report_in_polls)
    if "stateInstance" in request.body:
        instance.set_state(request.body["stateInstance"])
    return instance_row(instance)


def save_settings(request: ControlRequest) -> Any:
    """Save settings, as setSettings does."""
    request.instance.lifecycle.save_settings(request.body)
    return instance_row(request.instance)


def scan(request: ControlRequest) -> Any:
    """Sign the instance in by a QR code or an authorization code."""
    request.instance.sign_in.scan(**request.arguments(text="text", code="code"))
    return instance_row(request.instance)


def add_contact(request: ControlRequest) -> Any:
    """Add a contact without messages."""
    chat_id = request.instance.people.resolve(f"{request.body['phone']}@c.us")
    request.instance.add_contact(chat_id, request.body.get("name", ""), lid=request.body.get("lid"))
    return {"chatId": chat_id}


def list_faults(request: ControlRequest) -> Any:
    """Return the planned faults."""
    return request.instance.faults.as_rows()


def add_fault(request: ControlRequest) -> Any:
    """Make the next calls of a method fail."""
    arguments = {name: value for name, value in request.body.items() if name not in {"method", "times", "afterEffect"}}
    fault = Fault(**arguments, **request.arguments(after_effect="afterEffect"))
    request.instance.fail(request.body["method"], fault, request.body.get("times", 1))
    return {"planned": True}


def clear_faults(request: ControlRequest) -> Any:
    """Remove every planned fault."""
    request.instance.clear_faults()
    return {"planned": False}


def queue_notification(request: ControlRequest) -> Any:
    """Queue a notification unchanged."""
    request.instance.queue_notification(request.body)
    return {"queued": True}


def list_kinds(_request: ControlRequest) -> Any:
    """Return every kind of notification in the catalogue with its variants."""
    return KINDS


def produce(request: ControlRequest) -> Any:
    """Queue a notification from the catalogue."""
    fields = request.body.get("fields", {})
    for name in ("self", "kind", "variant"):  # parameters of `produce`, not fields
        if name in fields:
            raise ValueError(f"'{name}' is not a field of this notification")
    return {"idMessage": request.instance.produce(request.body["kind"], variant=request.body.get("variant"), **fields)}


def list_calls(request: ControlRequest) -> Any:
    """Return the log of API calls."""
    return [call.as_row() for call in request.instance.calls]


def list_pushes(request: ControlRequest) -> Any:
    """Return the log of pushes to the webhook URL."""
    return [push.as_row() for push in request.instance.pushes.log]


def instance_row(instance: Instance) -> dict[str, Any]:
    """Return the row of an instance."""
    return {
        "idInstance": instance.id_instance,
        "messenger": instance.messenger.name,
        "apiTokenInstance": instance.token,
        "phone": instance.phone,
        "stateInstance": instance.state,
        "expired": instance.lifecycle.expired,
        "deleted": instance.lifecycle.deleted,
        "tariff": instance.quotas.tariff,
        "settings": instance.settings,
    }
