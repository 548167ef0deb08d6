"""The people around an account, as its phone knows them."""

import attrs

from greenapi_async.sandbox.simulation.contacts import AddressBook, Profile
from greenapi_async.sandbox.simulation.groups import Groups

__all__ = ["People"]


@attrs.define(eq=False)
class People:
    """Names, profiles and the address book of one account.

    Attributes:
        no_account: Chat ids of numbers without a WhatsApp account.
        names: The name that each contact chose for itself, by chat id.
        address_book: The contacts that the account has saved.
        profiles: What is visible of each person, by chat id.
    """

    _groups: Groups = attrs.field(repr=False)
    no_account: set[str] = attrs.field(factory=set[str], init=False)
    names: dict[str, str] = attrs.field(factory=dict[str, str], init=False)
    address_book: AddressBook = attrs.field(factory=AddressBook, init=False)
    profiles: dict[str, Profile] = attrs.field(factory=dict[str, Profile], init=False)

    def name_of(self, chat_id: str) -> str:
        """Return the name that a chat has on the account's phone; empty if there is none."""
        group = self._groups.get(chat_id)
        return group.subject if group else self.address_book.name(chat_id) or self.names.get(chat_id, "")
