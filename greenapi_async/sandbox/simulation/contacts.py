"""The address book of an account's phone, and what people tell of themselves."""

from typing import Any

import attrs


@attrs.frozen
class Entry:
    """One entry of the address book."""

    first_name: str
    last_name: str = ""
    on_phone: bool = True
    """Whether it stands in the phone's own book too, beside WhatsApp's list."""

    @property
    def name(self) -> str:
        """The name in full."""
        return f"{self.first_name} {self.last_name}".rstrip()


@attrs.define
class AddressBook:
    """Whom the account has saved, in that order."""

    entries: dict[str, Entry] = attrs.field(factory=dict[str, Entry], init=False)

    def name(self, chat_id: str) -> str:
        """Give the name that a number is saved under, or nothing."""
        entry = self.entries.get(chat_id)
        return entry.name if entry else ""

    def save(self, chat_id: str, name: str) -> None:
        """Save a number under a name."""
        if name != self.name(chat_id):
            self.entries[chat_id] = Entry(name)


@attrs.define(kw_only=True)
class Profile:
    """What others see of somebody."""

    avatar: str = ""
    """The address of the picture; empty when there is none."""
    hides_avatar: bool = False
    email: str = ""
    category: str = ""
    description: str = ""
    products: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]])
    """As `getContactInfo` shows them."""
    last_seen: str | None = None
    is_business: bool = False
