"""A file: an image, a video, a sound, a document or a sticker."""

from typing import Any

import attrs

from greenapi_async.sandbox.simulation.content.base import Forwardable
from greenapi_async.sandbox.simulation.media_types import FileKind


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
        """Give the `messageData`."""
        told = {**self._file(), **self.marks}
        if self.kind == "sticker":
            told["isAnimated"] = self.is_animated
        return {"typeMessage": f"{self.kind}Message", "fileMessageData": told}

    def flat(self) -> dict[str, Any]:
        """Give the flat shape."""
        return {
            "typeMessage": f"{self.kind}Message",
            **self._file(),
            "isAnimated": self.is_animated,
            **self.marks,
        }

    def quote(self) -> dict[str, Any]:
        """Give the flat shape without a link; a sticker's has nothing at all."""
        if self.kind == "sticker":
            return {}
        told = {"downloadUrl": "", "caption": self.caption, "fileName": "", "jpegThumbnail": ""}
        return {"typeMessage": f"{self.kind}Message", **told}

    def _file(self) -> dict[str, Any]:
        return {
            "downloadUrl": self.download_url,
            "caption": self.caption,
            "fileName": self.file_name,
            "jpegThumbnail": "",
            "mimeType": self.mime_type,
        }
