"""Messages as people see them on their phones."""

from collections.abc import Mapping
from typing import Any

import attrs

from greenapi_async.testing.sandbox_api import (
    Content,
    FileContent,
    Instance,
    LocationContent,
    PollContent,
    StoredMessage,
    Structured,
)
from greenapi_async.testing.server import Server

__all__ = ["Button", "File", "Message"]

_TEMPLATES = ("quickReplyButton", "urlButton", "callButton")


@attrs.frozen
class Button:
    """A button, or a row of a list.

    Attributes:
        id: Its id, as given by the bot.
        text: Its label.
    """

    id: str
    text: str


@attrs.frozen
class File:
    """File of a message.

    Attributes:
        name: The file name.
        mime_type: The MIME type.
        url: The download URL.
    """

    name: str
    mime_type: str
    url: str
    _server: Server = attrs.field(repr=False, eq=False)

    @property
    def content(self) -> bytes:
        """The bytes of the file.

        Raises:
            LookupError: The sandbox does not have the file, because the bot sent it by the URL of another server.
        """
        _, is_own, path = self.url.partition("/files/")

        def read() -> bytes | None:
            stored = self._server.state.files.find(path.partition("/")[0]) if is_own else None
            return b"".join(stored.content.chunks()) if stored is not None else None

        content = self._server.call(read)
        if content is None:
            raise LookupError(f"the sandbox has no file with the URL {self.url}")
        return content


class Message:
    """Message in a chat; the properties show its current state, with later edits, votes and statuses."""

    def __init__(self, server: Server, instance: Instance, stored: StoredMessage) -> None:
        self._server = server
        self._instance = instance
        self._stored = stored

    @property
    def id(self) -> str:
        """The message id."""
        return self._stored.id_message

    @property
    def chat_id(self) -> str:
        """Id of the chat it is in."""
        return self._stored.chat_id

    @property
    def sender(self) -> str:
        """Chat id of the sender."""
        return self._stored.sender

    @property
    def from_bot(self) -> bool:
        """True if the bot sent it, through the API; False for a person, and for the owner's phone."""
        return self._stored.type == "outgoing" and self._stored.by_api

    @property
    def text(self) -> str:
        """The text that a person reads: the text itself, a caption, or the question of a poll."""
        return self._stored.text

    @property
    def type(self) -> str:
        """The message type as in the manual, for example ``textMessage``."""
        return str(self._content.flat()["typeMessage"])

    @property
    def data(self) -> Mapping[str, Any]:
        """The ``messageData`` as in the manual."""
        return self._content.data()

    @property
    def timestamp(self) -> int:
        """When it was sent, in seconds since the epoch."""
        return self._stored.timestamp

    @property
    def status(self) -> str | None:
        """Delivery status of a bot's message: sent, delivered, read, noAccount or failed; None while it is queued."""
        return self._stored.status

    @property
    def deleted(self) -> bool:
        """True if it was deleted from the chat."""
        return self._server.call(lambda: self._stored not in self._instance.chat(self.chat_id))

    @property
    def quoted(self) -> "Message | None":
        """The message that it quotes."""
        stored = self._server.call(lambda: self._instance.chats.quoted_by(self._stored))
        return Message(self._server, self._instance, stored) if stored is not None else None

    @property
    def file(self) -> File | None:
        """The attached file."""
        content = self._content
        if not isinstance(content, FileContent):
            return None
        return File(content.file_name, content.mime_type, content.download_url, self._server)

    @property
    def location(self) -> tuple[float, float] | None:
        """Latitude and longitude of a location."""
        content = self._content
        return (content.latitude, content.longitude) if isinstance(content, LocationContent) else None

    @property
    def options(self) -> tuple[str, ...]:
        """The options of a poll."""
        return self._content.options if isinstance(self._content, PollContent) else ()

    @property
    def votes(self) -> dict[str, tuple[str, ...]]:
        """The chosen options of a poll by the chat id of the voter."""
        return self._server.call(lambda: dict(self._stored.votes))

    @property
    def buttons(self) -> tuple[Button, ...]:
        """The buttons, or the rows of a list."""
        return tuple(_buttons(self._content.fields)) if isinstance(self._content, Structured) else ()

    @property
    def _content(self) -> Content:
        return self._stored.content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and other._stored is self._stored

    def __hash__(self) -> int:
        return id(self._stored)

    def __repr__(self) -> str:
        return f"<{self.type} {self.text!r} from {'the bot' if self.from_bot else self.sender}>"


def _buttons(fields: Mapping[str, Any]) -> list[Button]:
    rows = [row for section in fields.get("sections", []) for row in section.get("rows", [])]
    buttons = fields.get("buttons", [])
    templates = [button[kind] for button in buttons for kind in _TEMPLATES if kind in button]
    return [
        *(Button(str(row.get("rowId", "")), str(row.get("title", ""))) for row in rows),
        *(
            Button(str(button["buttonId"]), str(button.get("buttonText", "")))
            for button in buttons
            if "buttonId" in button
        ),
        *(Button(str(button.get("id", "")), str(button.get("displayText", ""))) for button in templates),
    ]
