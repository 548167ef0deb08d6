"""What a message says: the shapes it takes in a notification and in a quote."""

import re
from typing import Any, Protocol

import attrs

URL = re.compile(r"https?://\S+")


class Content(Protocol):
    """What a kind of message has to know about itself; a new kind is a new class beside `TextContent`."""

    @property
    def text(self) -> str:
        """What a person reads in it."""
        ...

    def data(self) -> dict[str, Any]:
        """Give the `messageData` of a notification, when the message quotes nothing."""
        ...

    def quote(self) -> dict[str, Any]:
        """Give the flat shape that it takes inside a `quotedMessage`."""
        ...


@attrs.frozen
class TextContent:
    """A text; with a link in it the manual calls it an extended text."""

    text: str

    def data(self) -> dict[str, Any]:
        """Give the `messageData`, previewless: the sandbox fetches nothing."""
        if not URL.search(self.text):
            return {"typeMessage": "textMessage", "textMessageData": {"textMessage": self.text}}
        extended = {
            "text": self.text,
            "description": "",
            "title": "",
            "jpegThumbnail": "",
            "forwardingScore": 0,
            "isForwarded": False,
        }
        return {"typeMessage": "extendedTextMessage", "extendedTextMessageData": extended}

    def quote(self) -> dict[str, Any]:
        """Give the flat shape."""
        if not URL.search(self.text):
            return {"typeMessage": "textMessage", "textMessage": self.text}
        preview = {"description": "", "title": "", "previewType": "None", "jpegThumbnail": None}
        return {"typeMessage": "extendedTextMessage", "textMessage": self.text, "extendedTextMessage": preview}
