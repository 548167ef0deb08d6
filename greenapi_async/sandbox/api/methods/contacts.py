"""The address book: methods beyond the manual."""

from typing import Any, Final

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import Schema, boolean, text
from greenapi_async.sandbox.payloads.field_types import contact_id
from greenapi_async.sandbox.simulation.contacts import Entry

PERSON: Final[Schema] = {
    "chatId": contact_id(),
    "firstName": text(required=True),
    "lastName": text(may_be_empty=True),
    "saveInAddressbook": boolean(),
}


@method("POST", "addContact", body=PERSON)
def add_contact(call: Call) -> dict[str, Any]:
    """Save somebody who is not saved yet."""
    if call.body["chatId"] in call.instance.address_book.entries:
        raise Rejected(400, f"Contact {call.body['chatId']} already exists")
    _save(call)
    return {"addContact": True}


@method("POST", "editContact", body=PERSON)
def edit_contact(call: Call) -> dict[str, Any]:
    """Save somebody anew."""
    _refuse_stranger(call)
    _save(call)
    return {"editContact": True}


@method("POST", "deleteContact", body={"chatId": contact_id()})
def delete_contact(call: Call) -> dict[str, Any]:
    """Forget somebody."""
    _refuse_stranger(call)
    del call.instance.address_book.entries[call.body["chatId"]]
    return {"deleteContact": True}


def _save(call: Call) -> None:
    body = call.body
    on_phone = body.get("saveInAddressbook", True)
    call.instance.address_book.entries[body["chatId"]] = Entry(body["firstName"], body.get("lastName", ""), on_phone)


def _refuse_stranger(call: Call) -> None:
    if call.body["chatId"] not in call.instance.address_book.entries:
        raise Rejected(400, f"Contact {call.body['chatId']} not found")
