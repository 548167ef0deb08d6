"""Files: images, videos, audio, documents and stickers."""

from typing import Any

import attrs

from greenapi_async.sandbox.simulation.content.base import Forwardable
from greenapi_async.sandbox.simulation.media_types import FileKind

__all__ = ["FileContent"]


@attrs.frozen(kw_only=True)
class FileContent(Forwardable):
    """A file with its link."""

    kind: FileKind
    download_url: str
    file_name: str
    mime_type: str
    caption: str = ""
    is_animated: bool = False

    @property
    def text(self) -> str:
        """The caption."""
        return self.caption

    def data(self) -> dict[str, Any]:
        """Return the `messageData` of a notification."""
        fields = {**self._file(), **self.forwarding}
        if self.kind == "sticker":
            fields["isAnimated"] = self.is_animated
        return {"typeMessage": f"{self.kind}Message", "fileMessageData": fields}

    def flat(self) -> dict[str, Any]:
        """Return the flat fields of a journal row."""
        return {
            "typeMessage": f"{self.kind}Message",
            **self._file(),
            "isAnimated": self.is_animated,
            **self.forwarding,
        }

    def quote(self) -> dict[str, Any]:
        """Return the flat fields of a quote, without the link; that of a sticker is empty."""
        if self.kind == "sticker":
            return {}
        fields = {"downloadUrl": "", "caption": self.caption, "fileName": "", "jpegThumbnail": ""}
        return {"typeMessage": f"{self.kind}Message", **fields}

    def _file(self) -> dict[str, Any]:
        return {
            "downloadUrl": self.download_url,
            "caption": self.caption,
            "fileName": self.file_name,
            "jpegThumbnail": "",
            "mimeType": self.mime_type,
        }
