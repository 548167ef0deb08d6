"""A text."""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from greenapi_async.sandbox.simulation.content.base import Forwardable

URL = re.compile(r"https?://\S+")
JOURNAL: Final = ("mediaType", "sourceId", "sourceType", "sourceUrl", "thumbnailUrl")
"""What a journal keeps of an advertisement."""
_NO_PREVIEW: Final = {"description": "", "title": "", "jpegThumbnail": ""}


@attrs.frozen
class TextContent(Forwardable):
    """A text; with a link in it, or forwarded, it is what the manual calls an extended text."""

    text: str
    preview: Mapping[str, str] = attrs.field(factory=dict[str, str], kw_only=True)
    """What is known of the link: `title`, `description`, `jpegThumbnail`. The sandbox fetches nothing itself."""
    advertisement: Mapping[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True)
    """The fields of an advertisement, which is a link that says nothing of its forwarding."""

    @property
    def _plain(self) -> bool:
        return not (URL.search(self.text) or self.forwarded or self.preview or self.advertisement)

    def data(self) -> dict[str, Any]:
        """Give the `messageData`."""
        if self._plain:
            return {"typeMessage": "textMessage", "textMessageData": {"textMessage": self.text}}
        told = {"text": self.text, **_NO_PREVIEW, **self.preview, **(self.advertisement or self.marks)}
        return {"typeMessage": "extendedTextMessage", "extendedTextMessageData": told}

    def flat(self) -> dict[str, Any]:
        """Give the flat shape."""
        if self._plain:
            return {"typeMessage": "textMessage", "textMessage": self.text}
        kept = {name: self.advertisement[name] for name in JOURNAL if name in self.advertisement}
        preview = {"text": self.text, **_NO_PREVIEW, "previewType": "None", **self.preview}
        return self._extended({**preview, **kept, **self.marks})

    def quote(self) -> dict[str, Any]:
        """Give the flat shape with less in it."""
        if self._plain:
            return self.flat()
        return self._extended({**_NO_PREVIEW, "previewType": "None", **self.preview, "jpegThumbnail": None})

    def _extended(self, extended: dict[str, Any]) -> dict[str, Any]:
        return {"typeMessage": "extendedTextMessage", "textMessage": self.text, "extendedTextMessage": extended}
