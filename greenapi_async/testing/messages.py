"""Messages as they stand on a phone."""

from collections.abc import Mapping
from typing import Any

import attrs

from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.simulation.content import Content, FileContent, LocationContent, PollContent, Structured
from greenapi_async.sandbox.simulation.messages import Message as Stored
from greenapi_async.testing.backend import Stage

__all__ = ["Button", "File", "Message"]

_TEMPLATES = ("quickReplyButton", "urlButton", "callButton")


@attrs.frozen
class Button:
    """A button, or a row of a list."""

    id: str
    text: str


@attrs.frozen
class File:
    """A file of a message."""

    name: str
    mime_type: str
    url: str
    _stage: Stage = attrs.field(repr=False, eq=False)

    @property
    def content(self) -> bytes:
        """What is in it; LookupError where the sandbox does not have it, as of a file sent by another server's URL."""
        _, ours, path = self.url.partition("/files/")

        def read() -> bytes | None:
            stored = self._stage.state.files.find(path.partition("/")[0]) if ours else None
            return b"".join(stored.content.chunks()) if stored is not None else None

        content = self._stage.do(read)
        if content is None:
            raise LookupError(f"the sandbox has no file of the URL {self.url}")
        return content


class Message:
    """A message in a chat, as it is now: edits, votes and the status are seen when they are asked for."""

    def __init__(self, stage: Stage, instance: Instance, stored: Stored) -> None:
        self._stage = stage
        self._instance = instance
        self._stored = stored

    @property
    def id(self) -> str:
        """Its id."""
        return self._stored.id_message

    @property
    def chat_id(self) -> str:
        """Where it stands."""
        return self._stored.chat_id

    @property
    def sender(self) -> str:
        """The chat id of who wrote it."""
        return self._stored.sender

    @property
    def from_bot(self) -> bool:
        """Whether the instance's account wrote it."""
        return self._stored.type == "outgoing"

    @property
    def text(self) -> str:
        """What a person reads in it: a text, a caption, the question of a poll."""
        return self._stored.text

    @property
    def type(self) -> str:
        """Its type as the manual has it, as ``textMessage``."""
        return str(self._content.flat()["typeMessage"])

    @property
    def data(self) -> Mapping[str, Any]:
        """Its ``messageData`` as the manual has it."""
        return self._content.data()

    @property
    def timestamp(self) -> int:
        """When it was sent, in seconds."""
        return self._stored.timestamp

    @property
    def status(self) -> str | None:
        """What became of a message of the bot: sent, delivered, read, noAccount, failed."""
        return self._stored.status

    @property
    def deleted(self) -> bool:
        """Whether it is gone from the chat."""
        return self._stage.do(lambda: self._stored not in self._instance.chat(self.chat_id))

    @property
    def quoted(self) -> "Message | None":
        """What it quotes."""
        stored = self._stage.do(lambda: self._instance.chats.quoted_by(self._stored))
        return Message(self._stage, self._instance, stored) if stored is not None else None

    @property
    def file(self) -> File | None:
        """Its file."""
        content = self._content
        if not isinstance(content, FileContent):
            return None
        return File(content.file_name, content.mime_type, content.download_url, self._stage)

    @property
    def location(self) -> tuple[float, float] | None:
        """Its latitude and longitude."""
        content = self._content
        return (content.latitude, content.longitude) if isinstance(content, LocationContent) else None

    @property
    def options(self) -> tuple[str, ...]:
        """What a poll gives to choose from."""
        return self._content.options if isinstance(self._content, PollContent) else ()

    @property
    def votes(self) -> dict[str, tuple[str, ...]]:
        """What each voter has chosen, by chat id."""
        return self._stage.do(lambda: dict(self._stored.votes))

    @property
    def buttons(self) -> tuple[Button, ...]:
        """What can be pressed or picked."""
        return tuple(_buttons(self._content.fields)) if isinstance(self._content, Structured) else ()

    @property
    def _content(self) -> Content:
        return self._stored.content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and other._stored is self._stored

    def __hash__(self) -> int:
        return id(self._stored)

    def __repr__(self) -> str:
        return f"<{self.type} {self.text!r} {'of the bot' if self.from_bot else f'of {self.sender}'}>"


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
