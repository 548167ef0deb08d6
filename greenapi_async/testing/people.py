"""Simulated people and groups."""

import base64
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import anyio

from greenapi_async.testing.callers import Caller
from greenapi_async.testing.expectations import Chat
from greenapi_async.testing.messages import Message

__all__ = ["Contact", "Group"]

_NOT_EDITABLE = frozenset({"pollUpdateMessage", "reactionMessage"})
"""Types of entries in a chat that cannot be edited or deleted."""


class Group(Chat):
    """Group chat of people and the bot; create it with ``sandbox.group``.

    Attributes:
        id: The chat id, ``...@g.us``; on MAX and Telegram a negative number.
        instance: The bot's instance.
    """

    def __repr__(self) -> str:
        return f"<Group {self.name!r}>"

    @property
    def name(self) -> str:
        """Its current name; the bot can change it."""
        return self._server.call(lambda: self.instance.people.name_of(self.id))

    @property
    def members(self) -> list[str]:
        """Chat ids of the members, the bot's included."""

        def current() -> list[str]:
            group = self.instance.groups.get(self.id)
            return list(group.members) if group is not None else []

        return self._server.call(current)


class Contact(Caller):
    """Simulated person with a private chat with the bot; create one with ``sandbox.contact``.

    Methods that act in a chat use the private chat, or the group given as ``to``. Methods that refer to a message use
    the last suitable one of that chat, unless one is given.

    Attributes:
        id: The chat id, ``...@c.us``; on MAX and Telegram a number.
        instance: The bot's instance.
        name: The name in the profile.
    """

    def __repr__(self) -> str:
        return f"<Contact {self.name or self.phone!r}>"

    @property
    def lid(self) -> str | None:
        """The ``@lid``, the person's second id; None if there is none."""
        return self._server.call(lambda: self.instance.lids.of(self.id))

    @property
    def is_named_by_lid(self) -> bool:
        """True if the server names the person by the ``@lid`` instead of the number; can be set if there is one."""
        return self._server.call(lambda: self.instance.lids.is_used(self.id))

    @is_named_by_lid.setter
    def is_named_by_lid(self, is_named_by_lid: bool) -> None:
        self._server.call(lambda: self.instance.lids.use(self.id, used=is_named_by_lid))

    @property
    def has_account(self) -> bool:
        """True if the phone number has an account; can be set."""
        return self._server.call(lambda: self.instance.people.has_account(self.id))

    @has_account.setter
    def has_account(self, has_account: bool) -> None:
        excluded = self.instance.people.no_account
        self._server.call(lambda: excluded.discard(self.id) if has_account else excluded.add(self.id))

    @property
    def typing(self) -> Literal["typing", "recording"] | None:
        """The typing indicator of the bot that the person sees now."""
        typing = self._server.call(lambda: self.instance.chats.typing(self.id))
        return typing.action if typing is not None else None

    async def says(self, text: str, *, quote: Message | None = None, to: Group | None = None) -> Message:
        """Send a text message.

        Args:
            text: The text.
            quote: Message to quote.
            to: Group to write to instead of the private chat.

        Example:
            >>> await anna.says("hi")
        """
        return await self.does("text", text, quote=quote, to=to)

    async def sends_file(
        self,
        file: str | os.PathLike[str] | bytes,
        *,
        name: str = "",
        caption: str = "",
        kind: Literal["image", "video", "audio", "document", "sticker"] | None = None,
        quote: Message | None = None,
        to: Group | None = None,
    ) -> Message:
        """Send a file.

        Args:
            file: Path of the file, or its content.
            name: File name; required if the content is given.
            caption: Caption.
            kind: Kind of message; by default it is derived from the file name.
            quote: Message to quote.
            to: Group to write to instead of the private chat.

        Raises:
            ValueError: The content is given without a name.

        Example:
            >>> await anna.sends_file(b"...", name="photo.jpg", caption="My cat")
        """
        content = file if isinstance(file, bytes) else await anyio.Path(file).read_bytes()
        name = name or ("" if isinstance(file, bytes) else Path(file).name)
        if not name:
            raise ValueError("sends_file() needs a name if the content is given. Example: name='photo.jpg'")
        data = {"fileName": name, "data": base64.b64encode(content).decode(), "caption": caption}
        return await self.does("file", data | ({"kind": kind} if kind else {}), quote=quote, to=to)

    async def sends_location(
        self, latitude: float, longitude: float, *, name: str = "", address: str = "", to: Group | None = None
    ) -> Message:
        """Send a location.

        Args:
            latitude: Degrees north.
            longitude: Degrees east.
            name: Name of the place.
            address: Address of the place.
            to: Group to write to instead of the private chat.
        """
        location = {"latitude": latitude, "longitude": longitude, "nameLocation": name, "address": address}
        return await self.does("location", location, to=to)

    async def sends_contact(
        self,
        phone: int | str,
        first_name: str = "",
        last_name: str = "",
        *,
        company: str = "",
        to: Group | None = None,
    ) -> Message:
        """Send a contact card.

        Args:
            phone: Phone number of the card, digits only.
            first_name: First name.
            last_name: Last name.
            company: Company.
            to: Group to write to instead of the private chat.
        """
        card = {"phoneContact": int(phone), "firstName": first_name, "lastName": last_name, "company": company}
        return await self.does("contact", card, to=to)

    async def asks(
        self, question: str, options: Sequence[str], *, multiple: bool = False, to: Group | None = None
    ) -> Message:
        """Send a poll.

        Args:
            question: The question.
            options: The options to choose from.
            multiple: Whether several options can be chosen.
            to: Group to write to instead of the private chat.
        """
        poll = {"message": question, "options": list(options), "multipleAnswers": multiple}
        return await self.does("poll", poll, to=to)

    async def votes(self, *options: str, poll: Message | None = None, to: Group | None = None) -> Message:
        """Vote in a poll.

        Args:
            options: The chosen options; none withdraws the vote.
            poll: The poll; by default the last one in the chat.
            to: Group that the poll is in, if not the private chat.

        Returns:
            The poll.

        Raises:
            LookupError: The chat has no poll.
            ValueError: The poll does not have such an option.
        """
        poll = poll or self._last("poll", to, lambda message: bool(message.options))
        if unknown := [option for option in options if option not in poll.options]:
            available = ", ".join(map(repr, poll.options))
            raise ValueError(f"the poll {poll.text!r} has no option {unknown[0]!r}. Its options: {available}")
        await self.does("vote", {"idMessage": poll.id, "options": list(options)}, to=to)
        return poll

    async def sells(self, name: str, price: str, *, currency: str = "EUR", description: str = "") -> str:
        """Add a product to the person's own shop, for a bot that reads or orders it.

        Args:
            name: Its name.
            price: Its price in whole units, for example ``"8.50"``.
            currency: ISO 4217 code.
            description: Its description.

        Returns:
            The product's id.

        Raises:
            ValueError: It is not a price.
        """
        await self._enter()

        def add() -> str:
            shop = self.instance.shops.of(self.id)
            return shop.add(name, price, currency=currency, description=description).product_id

        return self._server.call(add)

    async def sends_product(self, product: str, *, quote: Message | None = None, to: Group | None = None) -> Message:
        """Send a product of the bot's catalogue, or of the person's own shop.

        Args:
            product: Id or name of the product.
            quote: Message to quote.
            to: Group to write to instead of the private chat.

        Raises:
            LookupError: There is no such product.

        Example:
            >>> await anna.sends_product("Mug")
        """
        product_id = self._product(product, self.instance.wid, self.id)
        return await self.does("product", {"productId": product_id}, quote=quote, to=to)

    async def orders(self, *products: str, to: Group | None = None) -> Message:
        """Order products of the bot's catalogue.

        Args:
            products: Ids or names of the products; repeat one to order several pieces.
            to: Group to write to instead of the private chat.

        Raises:
            LookupError: The catalogue has no such product.

        Example:
            >>> await anna.orders("Mug", "Mug", "Plate")
        """
        product_ids = [self._product(product, self.instance.wid) for product in products]
        return await self.does("order", {"productIds": product_ids}, to=to)

    async def presses(self, button: str, *, message: Message | None = None, to: Group | None = None) -> Message:
        """Press a button, or select a row of a list.

        Args:
            button: Text or id of the button or row.
            message: The message with the button; by default the last one with buttons.
            to: Group that the message is in, if not the private chat.

        Returns:
            The response that the press sends.

        Raises:
            LookupError: The chat has no message with buttons.
            ValueError: The message does not have such a button.
        """
        message = message or self._last("message with buttons", to, lambda message: bool(message.buttons))
        candidates = [*(each for each in message.buttons if each.text == button), *message.buttons]
        found = next((each for each in candidates if button in {each.text, each.id}), None)
        if found is None:
            available = ", ".join(repr(each.text) for each in message.buttons)
            raise ValueError(f"the message {message.text!r} has no button {button!r}. Its buttons: {available}")
        return await self.does("press", {"idMessage": message.id, "buttonId": found.id}, to=to)

    async def reacts(self, emoji: str, *, message: Message | None = None, to: Group | None = None) -> Message:
        """React to a message.

        Args:
            emoji: The reaction; an empty string removes it.
            message: The message; by default the bot's last one.
            to: Group that the message is in, if not the private chat.

        Returns:
            The message reacted to.

        Raises:
            LookupError: The chat has no message of the bot.
        """
        message = message or self._last("message of the bot", to, lambda message: message.from_bot)
        await self.does("react", {"idMessage": message.id, "emoji": emoji}, to=to)
        return message

    async def edits(self, text: str, *, message: Message | None = None, to: Group | None = None) -> Message:
        """Edit a message of this person.

        Args:
            text: The new text or caption.
            message: The message; by default the person's last one.
            to: Group that the message is in, if not the private chat.

        Returns:
            The edited message.

        Raises:
            LookupError: The chat has no message of this person.
        """
        message = message or self._last("own message", to, self._is_own)
        await self._act("edit", {"idMessage": message.id, "text": text}, None, to)
        return message

    async def deletes(self, *, message: Message | None = None, to: Group | None = None) -> Message:
        """Delete a message of this person for everyone.

        Args:
            message: The message; by default the person's last one.
            to: Group that the message is in, if not the private chat.

        Returns:
            The deleted message.

        Raises:
            LookupError: The chat has no message of this person.
        """
        message = message or self._last("own message", to, self._is_own)
        await self._act("delete", {"idMessage": message.id}, None, to)
        return message

    async def reads(self) -> list[Message]:
        """Read the private chat.

        Returns:
            The messages that were unread.
        """
        await self._enter()
        read = self._server.call(lambda: self.instance.contact_reads(self.id))
        return [message for message in self.chat if message.id in read]

    async def does(self, act: str, value: Any, *, quote: Message | None = None, to: Group | None = None) -> Message:
        """Perform any action of the sandbox's control API.

        Args:
            act: Name of the action.
            value: Its argument.
            quote: Message to quote.
            to: Group to act in instead of the private chat.

        Returns:
            The message that the action created.

        Example:
            >>> await anna.does("link", {"text": "https://example.com"})
        """
        id_message = await self._act(act, value, quote, to)
        return next(message for message in reversed((to or self).chat) if message.id == id_message)

    async def _act(self, act: str, value: Any, quote: Message | None, to: Group | None) -> str:
        await self._enter()
        action: Mapping[str, Any] = {act: value}
        return self._server.call(
            lambda: self.instance.contact_sends(
                (to or self).id,
                action,
                sender=self.id,
                sender_name=self.name or None,
                quoted_message_id=quote.id if quote is not None else None,
            )
        )

    def _product(self, product: str, *sellers: str) -> str:
        """Return the id of a product, given by id or name."""

        def names() -> dict[str, str]:
            shops = [self.instance.shops.of(seller) for seller in sellers]
            return {each.product_id: each.name for shop in shops for each in shop.products.values()}

        available = self._server.call(names)
        found = next((each for each, name in available.items() if product in {each, name}), None)
        if found is None:
            listed = ", ".join(map(repr, available.values())) or "none; create one with client.create_product(...)"
            raise LookupError(f"the catalogue has no product {product!r}. Its products: {listed}")
        return found

    def _is_own(self, message: Message) -> bool:
        return message.sender == self.id and message.type not in _NOT_EDITABLE

    def _last(self, kind: str, to: Group | None, matches: Callable[[Message], bool]) -> Message:
        found = next((message for message in reversed((to or self).chat) if matches(message)), None)
        if found is None:
            raise LookupError(
                f"the chat has no {kind} yet. To wait for a message of the bot, write `assert await person.hears()`"
            )
        return found
