"""The people around an account, as its phone knows them."""

import attrs

from greenapi_async.sandbox.simulation.account import Account
from greenapi_async.sandbox.simulation.contacts import AddressBook, Profile
from greenapi_async.sandbox.simulation.groups import Groups

__all__ = ["People"]


@attrs.define(eq=False)
class People:
    """Names, profiles and the address book of one account.

    Attributes:
        no_account: Chat ids of numbers without an account, also in the form `phone@c.us`.
        usernames: Names with an @ by chat id, on Telegram.
        checked: Phone numbers that checkAccount has looked up.
        phones: Phone numbers by chat id, on MAX and Telegram; the numbers of others are hidden.
        names: The name that each contact chose for itself, by chat id.
        address_book: The contacts that the account has saved.
        profiles: What is visible of each person, by chat id.
    """

    _account: Account = attrs.field(repr=False)
    _groups: Groups = attrs.field(repr=False)
    no_account: set[str] = attrs.field(factory=set[str], init=False)
    names: dict[str, str] = attrs.field(factory=dict[str, str], init=False)
    address_book: AddressBook = attrs.field(factory=AddressBook, init=False)
    profiles: dict[str, Profile] = attrs.field(factory=dict[str, Profile], init=False)
    usernames: dict[str, str] = attrs.field(factory=dict[str, str], init=False)
    checked: set[str] = attrs.field(factory=set[str], init=False)
    phones: dict[str, str] = attrs.field(factory=dict[str, str], init=False)

    def resolve(self, chat_id: str) -> str:
        """Return the chat id of a person given as `phone@c.us`, which MAX and Telegram accept; others are unchanged."""
        phone, _, host = chat_id.partition("@")
        if not self._account.messenger.has_numbers or host != "c.us":
            return chat_id
        if phone == self._account.phone:
            return self._account.chat_id
        known = next((known for known, number in self.phones.items() if number == phone), None)
        if known is not None:
            return known
        number = int(f"2{phone[-8:]:0>8}")
        while str(number) in self.phones:
            number += 1
        self.phones[str(number)] = phone
        return str(number)

    def has_account(self, chat_id: str) -> bool:
        """Return whether a person has an account."""
        return self.no_account.isdisjoint({chat_id, f"{self.phones.get(chat_id, '')}@c.us"})

    def phone_of(self, chat_id: str) -> int:
        """Return the phone number that notifications of MAX and Telegram tell; 0 if it is hidden."""
        phone = self._account.phone if chat_id == self._account.chat_id else self.phones.get(chat_id, "0")
        return int(phone)

    def name_of(self, chat_id: str) -> str:
        """Return the name that a chat has on the account's phone; empty if there is none."""
        group = self._groups.get(chat_id)
        return group.subject if group else self.address_book.name(chat_id) or self.names.get(chat_id, "")
