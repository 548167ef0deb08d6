"""The address book of an account's phone, and the profiles of people."""

from typing import Any

import attrs

__all__ = ["AddressBook", "AddressBookEntry", "Profile"]


@attrs.frozen
class AddressBookEntry:
    """One entry of the address book."""

    first_name: str
    last_name: str = ""
    on_phone: bool = True
    """Whether it is stored in the phone's own contacts too, not only in WhatsApp."""

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.first_name} {self.last_name}".rstrip()


@attrs.define
class AddressBook:
    """The saved contacts, in the order in which they were saved."""

    entries: dict[str, AddressBookEntry] = attrs.field(factory=dict[str, AddressBookEntry], init=False)

    def name(self, chat_id: str) -> str:
        """Return the name that a number is saved under, or an empty string."""
        entry = self.entries.get(chat_id)
        return entry.name if entry else ""

    def save(self, chat_id: str, name: str) -> None:
        """Save a number under a name.

        Args:
            chat_id: The number's chat id.
            name: The name.
        """
        if name != self.name(chat_id):
            self.entries[chat_id] = AddressBookEntry(name)


@attrs.define(kw_only=True)
class Profile:
    """The public profile of a person.

    Attributes:
        avatar: URL of the picture; empty if there is none.
        hides_avatar: Whether the picture is hidden from the account.
        email: Email address of a business.
        category: Category of a business.
        description: The "about" text.
        products: The products of a business, as `getContactInfo` shows them.
        last_seen: When the person was last online, if visible.
        is_business: Whether it is a business account.
    """

    avatar: str = ""
    hides_avatar: bool = False
    email: str = ""
    category: str = ""
    description: str = ""
    products: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]])
    last_seen: str | None = None
    is_business: bool = False
