"""Texts, with or without a link preview."""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from greenapi_async.sandbox.simulation.content.base import Forwardable

__all__ = ["TextContent"]

URL = re.compile(r"https?://\S+")
JOURNAL_FIELDS: Final = ("mediaType", "sourceId", "sourceType", "sourceUrl", "thumbnailUrl")
"""The fields of an advertisement that a journal keeps."""
_NO_PREVIEW: Final = {"description": "", "title": "", "jpegThumbnail": ""}


@attrs.frozen
class TextContent(Forwardable):
    """A text; with a link in it, or forwarded, it becomes what the manual calls an extended text.

    Attributes:
        text: The text.
        preview: The preview of the link: `title`, `description`, `jpegThumbnail`. The sandbox never fetches one.
        advertisement: The fields of an advertisement, which replace the forwarding fields.
    """

    text: str
    preview: Mapping[str, str] = attrs.field(factory=dict[str, str], kw_only=True)
    advertisement: Mapping[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True)

    @property
    def _is_plain(self) -> bool:
        return not (URL.search(self.text) or self.forwarded or self.preview or self.advertisement)

    def data(self) -> dict[str, Any]:
        """Return the `messageData` of a notification."""
        if self._is_plain:
            return {"typeMessage": "textMessage", "textMessageData": {"textMessage": self.text}}
        fields = {"text": self.text, **_NO_PREVIEW, **self.preview, **(self.advertisement or self.forwarding)}
        return {"typeMessage": "extendedTextMessage", "extendedTextMessageData": fields}

    def flat(self) -> dict[str, Any]:
        """Return the flat fields of a journal row."""
        if self._is_plain:
            return {"typeMessage": "textMessage", "textMessage": self.text}
        kept = {name: self.advertisement[name] for name in JOURNAL_FIELDS if name in self.advertisement}
        preview = {"text": self.text, **_NO_PREVIEW, "previewType": "None", **self.preview}
        return self._extended({**preview, **kept, **self.forwarding})

    def quote(self) -> dict[str, Any]:
        """Return the flat fields of a quote, which are fewer."""
        if self._is_plain:
            return self.flat()
        return self._extended({**_NO_PREVIEW, "previewType": "None", **self.preview, "jpegThumbnail": None})

    def _extended(self, extended: dict[str, Any]) -> dict[str, Any]:
        return {"typeMessage": "extendedTextMessage", "textMessage": self.text, "extendedTextMessage": extended}
