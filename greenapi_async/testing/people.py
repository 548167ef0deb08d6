"""The people of a test, and their groups."""

import base64
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import anyio
import anyio.lowlevel

from greenapi_async.sandbox import Instance
from greenapi_async.testing.backend import Stage
from greenapi_async.testing.expectations import Chat
from greenapi_async.testing.journal import Record
from greenapi_async.testing.messages import Message

__all__ = ["Contact", "Group"]

_ACTS = frozenset({"pollUpdateMessage", "reactionMessage"})
"""What stands in a chat and is no message that could be edited."""

CallStatus = Literal["offer", "pickUp", "hangUp", "missed", "declined"]


class Group(Chat):
    """A group in which the bot and some people are."""

    def __repr__(self) -> str:
        return f"<the group {self.name!r}>"

    @property
    def name(self) -> str:
        """Its name, which the bot may change."""
        return self._stage.do(lambda: self.instance.people.name_of(self.id))

    @property
    def members(self) -> list[str]:
        """The chat ids of those who are in it, the bot's among them."""

        def found() -> list[str]:
            group = self.instance.groups.get(self.id)
            return list(group.members) if group is not None else []

        return self._stage.do(found)


class Contact(Chat):
    """A person, and the chat of this person with the bot.

    What is done in a group is told by ``to=``. Where no message is named, the last one that fits is meant.
    """

    def __init__(self, record: Record, stage: Stage, instance: Instance, id: str, name: str) -> None:  # noqa: A002
        super().__init__(record, stage, instance, id)
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name or self.phone}>"

    @property
    def phone(self) -> str:
        """The number, in digits."""
        return self.id.partition("@")[0]

    @property
    def has_account(self) -> bool:
        """Whether the number has WhatsApp; may be set."""
        return self._stage.do(lambda: self.id not in self.instance.people.no_account)

    @has_account.setter
    def has_account(self, has: bool) -> None:
        without = self.instance.people.no_account
        self._stage.do(lambda: without.discard(self.id) if has else without.add(self.id))

    @property
    def typing(self) -> Literal["typing", "recording"] | None:
        """What this person sees the bot do just now."""
        typing = self._stage.do(lambda: self.instance.chats.typing(self.id))
        return typing.action if typing is not None else None

    async def says(self, text: str, *, quote: Message | None = None, to: Group | None = None) -> Message:
        """Write a text."""
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
        """Send a file, given by its path, or by its content and a name, which tells the kind if ``kind`` does not."""
        content = file if isinstance(file, bytes) else await anyio.Path(file).read_bytes()
        name = name or ("" if isinstance(file, bytes) else Path(file).name)
        if not name:
            raise ValueError("content alone has no name; give name= as in name='photo.jpg'")
        told = {"fileName": name, "data": base64.b64encode(content).decode(), "caption": caption}
        return await self.does("file", told | ({"kind": kind} if kind else {}), quote=quote, to=to)

    async def sends_location(
        self, latitude: float, longitude: float, *, name: str = "", address: str = "", to: Group | None = None
    ) -> Message:
        """Send a place on the map."""
        place = {"latitude": latitude, "longitude": longitude, "nameLocation": name, "address": address}
        return await self.does("location", place, to=to)

    async def sends_contact(
        self,
        phone: int | str,
        first_name: str = "",
        last_name: str = "",
        *,
        company: str = "",
        to: Group | None = None,
    ) -> Message:
        """Send somebody's card."""
        card = {"phoneContact": int(phone), "firstName": first_name, "lastName": last_name, "company": company}
        return await self.does("contact", card, to=to)

    async def asks(
        self, question: str, options: Sequence[str], *, multiple: bool = False, to: Group | None = None
    ) -> Message:
        """Send a poll."""
        return await self.does(
            "poll", {"message": question, "options": list(options), "multipleAnswers": multiple}, to=to
        )

    async def votes(self, *options: str, poll: Message | None = None, to: Group | None = None) -> Message:
        """Vote in a poll, the last one if none is named, and give it; with no options the vote is taken back."""
        poll = poll or self._last("poll", to, lambda message: bool(message.options))
        if unknown := [option for option in options if option not in poll.options]:
            raise ValueError(
                f"the poll {poll.text!r} has no {unknown[0]!r}; it has {', '.join(map(repr, poll.options))}"
            )
        await self.does("vote", {"idMessage": poll.id, "options": list(options)}, to=to)
        return poll

    async def presses(self, button: str, *, message: Message | None = None, to: Group | None = None) -> Message:
        """Press a button, or pick a row of a list, known by its text or its id."""
        message = message or self._last("message with buttons", to, lambda message: bool(message.buttons))
        known = [*(each for each in message.buttons if each.text == button), *message.buttons]
        found = next((each for each in known if button in {each.text, each.id}), None)
        if found is None:
            there = ", ".join(repr(each.text) for each in message.buttons)
            raise ValueError(f"the message {message.text!r} has no button {button!r}; it has {there}")
        return await self.does("press", {"idMessage": message.id, "buttonId": found.id}, to=to)

    async def reacts(self, emoji: str, *, message: Message | None = None, to: Group | None = None) -> Message:
        """React to a message, the bot's last if none is named, and give it; an empty emoji takes the reaction back."""
        message = message or self._last("message of the bot", to, lambda message: message.from_bot)
        await self.does("react", {"idMessage": message.id, "emoji": emoji}, to=to)
        return message

    async def edits(self, text: str, *, message: Message | None = None, to: Group | None = None) -> Message:
        """Give another text, or caption, to an own message, and give it."""
        message = message or self._last("own message", to, self._is_own)
        await self._act("edit", {"idMessage": message.id, "text": text}, None, to)
        return message

    async def deletes(self, *, message: Message | None = None, to: Group | None = None) -> Message:
        """Delete an own message for everyone, and give it."""
        message = message or self._last("own message", to, self._is_own)
        await self._act("delete", {"idMessage": message.id}, None, to)
        return message

    async def reads(self) -> list[Message]:
        """Read the chat, and give what was unread."""
        await self._comes()
        read = self._stage.do(lambda: self.instance.contact_reads(self.id))
        return [message for message in self.chat if message.id in read]

    async def calls(self, status: CallStatus = "offer", *, video: bool = False) -> str:
        """Call, and give the call's id; a status other than ``offer`` is how the call ends, at once."""
        await self._comes()
        return self._stage.do(lambda: self.instance.phone_calls.incoming(self.id, status, is_video=video))

    async def does(self, act: str, value: Any, *, quote: Message | None = None, to: Group | None = None) -> Message:
        """Do anything that the control API of the sandbox lets a contact do, as ``does("link", {"text": ...})``."""
        id_message = await self._act(act, value, quote, to)
        return next(message for message in reversed((to or self).chat) if message.id == id_message)

    async def _act(self, act: str, value: Any, quote: Message | None, to: Group | None) -> str:
        await self._comes()
        what: Mapping[str, Any] = {act: value}
        return self._stage.do(
            lambda: self.instance.contact_sends(
                (to or self).id,
                what,
                sender=self.id,
                sender_name=self.name or None,
                quoted_message_id=quote.id if quote is not None else None,
            )
        )

    async def _comes(self) -> None:
        self._stage.time.begin()
        await anyio.lowlevel.checkpoint()

    def _is_own(self, message: Message) -> bool:
        return message.sender == self.id and message.type not in _ACTS

    def _last(self, what: str, to: Group | None, fits: Callable[[Message], bool]) -> Message:
        found = next((message for message in reversed((to or self).chat) if fits(message)), None)
        if found is None:
            raise LookupError(
                f"there is no {what} in the chat yet; `assert await ....hears()` waits for what the bot says"
            )
        return found
