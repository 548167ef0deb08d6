"""The account's contacts. Beyond the manual."""

from greenapi_async.api.section import Section
from greenapi_async.codec import one
from greenapi_async.endpoint import Endpoint, Replay
from greenapi_async.limits import person_id
from greenapi_async.models.contacts import AddedContact, DeletedContact, EditedContact
from greenapi_async.refusals import refused_unless

__all__ = ["ADD_CONTACT", "DELETE_CONTACT", "EDIT_CONTACT", "Contacts"]

ADD_CONTACT = Endpoint(
    "POST",
    "addContact",
    one(AddedContact),
    replay=Replay.UNSENT,
    required=("chatId", "firstName"),
    limits={"chatId": person_id},
    refusal=refused_unless("addContact"),
)
EDIT_CONTACT = Endpoint(
    "POST",
    "editContact",
    one(EditedContact),
    replay=Replay.UNSENT,
    required=("chatId", "firstName"),
    limits={"chatId": person_id},
    refusal=refused_unless("editContact"),
)
DELETE_CONTACT = Endpoint(
    "POST",
    "deleteContact",
    one(DeletedContact),
    replay=Replay.ALWAYS,
    required=("chatId",),
    limits={"chatId": person_id},
    refusal=refused_unless("deleteContact"),
)


class Contacts(Section):
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
        return await self._call(
            ADD_CONTACT,
            chatId=chat_id,
            firstName=first_name,
            lastName=last_name,
            saveInAddressbook=save_in_addressbook,
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
        return await self._call(
            EDIT_CONTACT,
            chatId=chat_id,
            firstName=first_name,
            lastName=last_name,
            saveInAddressbook=save_in_addressbook,
        )

    async def delete_contact(self, chat_id: str) -> DeletedContact:
        """Remove somebody from the account's contacts.

        Beyond the manual.
        """
        return await self._call(DELETE_CONTACT, chatId=chat_id)
