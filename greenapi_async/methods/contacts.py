"""The account's contacts. Beyond the manual."""

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.error_bodies import refused_unless
from greenapi_async.http.validation import person_id
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.contacts import AddedContact, DeletedContact, EditedContact
from greenapi_async.serialization.converter import object_of

__all__ = ["ADD_CONTACT", "DELETE_CONTACT", "EDIT_CONTACT", "Contacts"]

ADD_CONTACT = Endpoint(
    "POST",
    "addContact",
    object_of(AddedContact),
    idempotent=False,
    required=("chatId", "firstName"),
    limits={"chatId": person_id},
    refusal=refused_unless("addContact"),
)
EDIT_CONTACT = Endpoint(
    "POST",
    "editContact",
    object_of(EditedContact),
    idempotent=False,
    required=("chatId", "firstName"),
    limits={"chatId": person_id},
    refusal=refused_unless("editContact"),
)
DELETE_CONTACT = Endpoint(
    "POST",
    "deleteContact",
    object_of(DeletedContact),
    idempotent=True,
    required=("chatId",),
    limits={"chatId": person_id},
    refusal=refused_unless("deleteContact"),
)


class Contacts(MethodGroup):
    """Methods on the account's contacts.

    ``save_in_addressbook`` is whether the phone's own contacts change as well, by default True.
    """

    async def add_contact(
        self,
        chat_id: str,
        first_name: str,
        *,
        last_name: str | None = None,
        save_in_addressbook: bool | None = None,
    ) -> AddedContact:
        """Add somebody to the account's contacts.

        Beyond the manual.
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
    ) -> EditedContact:
        """Rename one of the account's contacts.

        Beyond the manual.
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

    async def delete_contact(self, chat_id: str) -> DeletedContact:
        """Remove somebody from the account's contacts.

        Beyond the manual.
        """
        return await self._request(DELETE_CONTACT, {"chatId": chat_id})
