"""What each request to the control API does: an operation of `Instance`, its input already checked."""

from typing import Any

import attrs

from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import CHAT_ID
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.simulation.actions import ACTS
from greenapi_async.sandbox.simulation.catalogue import KINDS
from greenapi_async.sandbox.simulation.faults import Fault
from greenapi_async.sandbox.simulation.instance import Instance


@attrs.frozen
class Order:
    """One request to the control API."""

    sandbox: Sandbox
    path: dict[str, Any]
    body: dict[str, Any]

    @property
    def instance(self) -> Instance:
        """The instance that the URL names."""
        found = self.sandbox.instances.get(self.path["id"])
        if found is None:
            raise Rejected(404, f"there is no instance {self.path['id']}")
        return found

    @property
    def chat_id(self) -> str:
        """The chat that the URL names."""
        chat_id: str = self.path["chat_id"]
        if not CHAT_ID.fullmatch(chat_id):
            raise Rejected(400, f"{chat_id} is not the id of a chat")
        return chat_id

    def named(self, **names: str) -> dict[str, Any]:
        """Give what was sent of these fields, under the names that Python has for them."""
        return {ours: self.body[wire] for ours, wire in names.items() if wire in self.body}


def list_instances(order: Order) -> Any:
    """Give every instance."""
    return [described(instance) for instance in order.sandbox.instances.values()]


def add_instance(order: Order) -> Any:
    """Create an instance."""
    given = order.named(id_instance="idInstance", token="apiTokenInstance", phone="phone", state="stateInstance")  # noqa: S106
    return described(order.sandbox.add_instance(**given, **order.body.get("settings", {})))


def contact_writes(order: Order) -> Any:
    """Let a contact write, send something else, or call."""
    chat_id, call = order.body["chatId"], order.body.get("call")
    if call is None:
        given = order.named(
            sender="sender",
            sender_name="senderName",
            contact_name="senderContactName",
            quoted_message_id="quotedMessageId",
        )
        return {"idMessage": order.instance.contact_sends(chat_id, _act(order), **given)}
    status = call.get("status", "offer")
    if "idMessage" in call:
        order.instance.call_ends(call["idMessage"], status)
        return {"idMessage": call["idMessage"]}
    return {"idMessage": order.instance.contact_calls(chat_id, status, is_video=call.get("isVideo", False))}


def phone_writes(order: Order) -> Any:
    """Let the account's owner write, send something else, or call from the phone."""
    chat_id, call = order.body["chatId"], order.body.get("call")
    if call is None:
        given = order.named(quoted_message_id="quotedMessageId")
        return {"idMessage": order.instance.phone_sends(chat_id, _act(order), **given)}
    status, duration = call.get("status", "pickUp"), call.get("duration", 0)
    return {
        "idMessage": order.instance.phone_calls_out(
            chat_id, status, is_video=call.get("isVideo", False), duration=duration
        )
    }


def _act(order: Order) -> dict[str, Any]:
    return {name: order.body[name] for name in ACTS if name in order.body}


def list_messages(order: Order) -> Any:
    """Give what stands in a chat."""
    return [message.as_dict() for message in order.instance.chat(order.chat_id)]


def contact_reads(order: Order) -> Any:
    """Let the contact read the chat."""
    return {"read": order.instance.contact_reads(order.chat_id)}


def set_account(order: Order) -> Any:
    """Say whether the chat's number has an account."""
    no_account = order.instance.no_account
    (no_account.discard if order.body["exists"] else no_account.add)(order.chat_id)
    return order.body


def set_state(order: Order) -> Any:
    """Change the state, or let the instance expire or be deleted."""
    instance = order.instance
    instance.expired = order.body.get("expired", instance.expired)
    instance.deleted = order.body.get("deleted", instance.deleted)
    instance.tariff = order.body.get("tariff", instance.tariff)
    instance.polls_tell_quota = order.body.get("pollsTellQuota", instance.polls_tell_quota)
    if "stateInstance" in order.body:
        instance.set_state(order.body["stateInstance"])
    return described(instance)


def save_settings(order: Order) -> Any:
    """Change settings, as setSettings does."""
    order.instance.save_settings(order.body)
    return described(order.instance)


def scan(order: Order) -> Any:
    """Let the phone scan a picture, or its owner type a code."""
    order.instance.scan(**order.named(text="text", code="code"))
    return described(order.instance)


def add_contact(order: Order) -> Any:
    """Let somebody be there who has not written yet."""
    chat_id = f"{order.body['phone']}@c.us"
    order.instance.meet(chat_id, order.body.get("name", ""))
    return {"chatId": chat_id}


def list_faults(order: Order) -> Any:
    """Give what is planned to go wrong."""
    return order.instance.faults.as_rows()


def add_fault(order: Order) -> Any:
    """Let the next calls of a method go wrong."""
    given = {name: value for name, value in order.body.items() if name not in {"method", "times", "afterEffect"}}
    fault = Fault(**given, **order.named(after_effect="afterEffect"))
    order.instance.fail(order.body["method"], fault, order.body.get("times", 1))
    return {"planned": True}


def clear_faults(order: Order) -> Any:
    """Let everything go well again."""
    order.instance.clear_faults()
    return {"planned": False}


def queue_notification(order: Order) -> Any:
    """Queue any body as it is."""
    order.instance.queue_notification(order.body)
    return {"queued": True}


def list_kinds(_order: Order) -> Any:
    """Give every kind of notification that can be produced, with its variants."""
    return KINDS


def produce(order: Order) -> Any:
    """Queue a notification of some kind."""
    fields = order.body.get("fields", {})
    for name in ("self", "kind", "variant"):  # no notification has these, and Python would take them for its own
        if name in fields:
            raise ValueError(f"'{name}' is not a field of this notification")
    return {"idMessage": order.instance.produce(order.body["kind"], variant=order.body.get("variant"), **fields)}


def list_calls(order: Order) -> Any:
    """Give the log of the API calls."""
    return [call.as_dict() for call in order.instance.calls]


def list_pushes(order: Order) -> Any:
    """Give the log of the pushes to the webhook URL."""
    return [push.as_dict() for push in order.instance.pushes]


def described(instance: Instance) -> dict[str, Any]:
    """Give the row of an instance."""
    return {
        "idInstance": instance.id_instance,
        "apiTokenInstance": instance.token,
        "phone": instance.phone,
        "stateInstance": instance.state,
        "expired": instance.expired,
        "deleted": instance.deleted,
        "tariff": instance.tariff,
        "settings": instance.settings,
    }
