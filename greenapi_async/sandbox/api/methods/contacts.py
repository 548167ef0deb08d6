"""Methods of the address book.

Source: the vendor's documentation, beyond the manual.
"""

from typing import Any, Final

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.field_types import contact_id
from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.schema import Schema, boolean, text
from greenapi_async.sandbox.simulation.contacts import AddressBookEntry

__all__ = ["CONTACT", "add_contact", "delete_contact", "edit_contact"]

CONTACT: Final[Schema] = {
    "chatId": contact_id(),
    "firstName": text(required=True),
    "lastName": text(may_be_empty=True),
    "saveInAddressbook": boolean(),
}


@method("POST", "addContact", body=CONTACT)
def add_contact(call: Call) -> dict[str, Any]:
    """Add a contact to the address book."""
    if call.body["chatId"] in call.instance.people.address_book.entries:
        raise RequestRejected(400, f"Contact {call.body['chatId']} already exists")
    _save(call)
    return {"addContact": True}


@method("POST", "editContact", body=CONTACT)
def edit_contact(call: Call) -> dict[str, Any]:
    """Change a contact in the address book."""
    _check_saved(call)
    _save(call)
    return {"editContact": True}


@method("POST", "deleteContact", body={"chatId": contact_id()})
def delete_contact(call: Call) -> dict[str, Any]:
    """Remove a contact from the address book."""
    _check_saved(call)
    del call.instance.people.address_book.entries[call.body["chatId"]]
    return {"deleteContact": True}


def _save(call: Call) -> None:
    body = call.body
    on_phone = body.get("saveInAddressbook", True)
    call.instance.people.address_book.entries[body["chatId"]] = AddressBookEntry(
        body["firstName"], body.get("lastName", ""), on_phone
    )


def _check_saved(call: Call) -> None:
    if call.body["chatId"] not in call.instance.people.address_book.entries:
        raise RequestRejected(400, f"Contact {call.body['chatId']} not found")
