"""A text."""

import re
from typing import Any

import attrs

from greenapi_async.sandbox.content.base import Forwardable

URL = re.compile(r"https?://\S+")


@attrs.frozen
class TextContent(Forwardable):
    """A text; with a link in it, or forwarded, it is what the manual calls an extended text."""

    text: str

    @property
    def _plain(self) -> bool:
        return not URL.search(self.text) and not self.forwarded

    def data(self) -> dict[str, Any]:
        """Give the `messageData`, previewless: the sandbox fetches nothing."""
        if self._plain:
            return {"typeMessage": "textMessage", "textMessageData": {"textMessage": self.text}}
        extended = {"text": self.text, "description": "", "title": "", "jpegThumbnail": "", **self.marks}
        return {"typeMessage": "extendedTextMessage", "extendedTextMessageData": extended}

    def flat(self) -> dict[str, Any]:
        """Give the flat shape."""
        if self._plain:
            return {"typeMessage": "textMessage", "textMessage": self.text}
        preview = {"text": self.text, "description": "", "title": "", "previewType": "None", "jpegThumbnail": ""}
        extended = {**preview, **self.marks}
        return {"typeMessage": "extendedTextMessage", "textMessage": self.text, "extendedTextMessage": extended}

    def quote(self) -> dict[str, Any]:
        """Give the flat shape with less in it."""
        if self._plain:
            return self.flat()
        preview = {"description": "", "title": "", "previewType": "None", "jpegThumbnail": None}
        return {"typeMessage": "extendedTextMessage", "textMessage": self.text, "extendedTextMessage": preview}
