"""The account's contacts. Source: the vendor's documentation, beyond the manual."""

from greenapi_async import models
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.http.error_bodies import error_unless_true
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import object_of

__all__ = ["ADD_CONTACT", "DELETE_CONTACT", "EDIT_CONTACT", "Contacts"]

_CONTACT = {
    "chatId": validation.person_id,
    "firstName": validation.string,
    "lastName": validation.string,
    "saveInAddressbook": validation.boolean,
}

ADD_CONTACT = Endpoint(
    "POST",
    "addContact",
    object_of(lambda: models.contacts.AddedContact),
    idempotent=False,
    required=("chatId", "firstName"),
    limits=_CONTACT,
    refusal=error_unless_true("addContact"),
    outcome_check="Look for the contact with get_contacts(), which lags behind by up to five minutes.",
)
EDIT_CONTACT = Endpoint(
    "POST",
    "editContact",
    object_of(lambda: models.contacts.EditedContact),
    idempotent=True,
    required=("chatId", "firstName"),
    limits=_CONTACT,
    refusal=error_unless_true("editContact"),
)
DELETE_CONTACT = Endpoint(
    "POST",
    "deleteContact",
    object_of(lambda: models.contacts.DeletedContact),
    idempotent=True,
    required=("chatId",),
    limits={"chatId": validation.person_id},
    refusal=error_unless_true("deleteContact"),
    already_done=(ErrorPattern(200, "not found"), ErrorPattern(400, "not found")),
    already_done_answer={"deleteContact": True},
)


class Contacts(MethodGroup):
    """Methods on the account's contacts; ``get_contacts`` lists them."""

    async def add_contact(
        self,
        chat_id: str,
        first_name: str,
        *,
        last_name: str | None = None,
        save_in_addressbook: bool | None = None,
    ) -> "models.contacts.AddedContact":
        """Add a person to the account's contacts.

        Args:
            chat_id: The person, for example ``chat_id("+7 900 123-45-67")``.
            first_name: First name.
            last_name: Last name; None leaves it empty.
            save_in_addressbook: Whether to change the phone's own contacts, too; None means yes.

        Raises:
            InvalidArgumentError: ``chat_id`` is not a person's.
            RefusedError: The contact was not added; the reason is the server's.
            DeliveryUnknownError: The connection failed after the request was sent. The contact may or may not have been
                added.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(
            ADD_CONTACT,
            {
                "chatId": chat_id,
                "firstName": first_name,
                "lastName": last_name,
                "saveInAddressbook": save_in_addressbook,
            },
        )

    async def edit_contact(
        self,
        chat_id: str,
        first_name: str,
        *,
        last_name: str | None = None,
        save_in_addressbook: bool | None = None,
    ) -> "models.contacts.EditedContact":
        """Rename one of the account's contacts.

        Args:
            chat_id: The person.
            first_name: New first name.
            last_name: New last name; None omits it.
            save_in_addressbook: Whether to change the phone's own contacts, too; None means yes.

        Raises:
            InvalidArgumentError: ``chat_id`` is not a person's.
            RefusedError: The contact was not renamed; the reason is the server's.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(
            EDIT_CONTACT,
            {
                "chatId": chat_id,
                "firstName": first_name,
                "lastName": last_name,
                "saveInAddressbook": save_in_addressbook,
            },
        )

    async def delete_contact(self, chat_id: str) -> "models.contacts.DeletedContact":
        """Delete a person from the account's contacts.

        Args:
            chat_id: The person.

        Raises:
            InvalidArgumentError: ``chat_id`` is not a person's.
            RefusedError: The contact was not deleted; the reason is the server's.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(DELETE_CONTACT, {"chatId": chat_id})
