"""Messages with a file. Source: manual 1.3.4, "Входящее сообщение с изображением, видео, аудио, документом"."""

from typing import ClassVar

import attrs

from greenapi_async.models.messages.base import NonTextMessage

__all__ = ["AudioMessage", "DocumentMessage", "FileMessage", "ImageMessage", "StickerMessage", "VideoMessage"]


@attrs.frozen(kw_only=True)
class FileMessage(NonTextMessage):
    """Base class of messages with a file; ``Client.download`` fetches it.

    Attributes:
        download_url: URL of the file, valid for a limited time; may be empty.
        jpeg_thumbnail: Preview in Base64; see ``thumbnail``.
    """

    wrappers: ClassVar[tuple[str, ...]] = ("fileMessageData",)

    download_url: str | None = attrs.field(default=None, repr=False)
    caption: str | None = None
    file_name: str | None = None
    mime_type: str | None = None
    jpeg_thumbnail: str | None = attrs.field(default=None, repr=False)
    is_animated: bool | None = None

    @property
    def file(self) -> "FileMessage":
        """The message itself."""
        return self

    @property
    def text(self) -> str | None:
        """Caption, or None if it is empty."""
        return self.caption or None


@attrs.frozen(kw_only=True)
class ImageMessage(FileMessage):
    """An image. Attributes: see ``FileMessage``."""

    types = ("imageMessage",)
    wrappers = ("fileMessageData", "imageMessageData")


@attrs.frozen(kw_only=True)
class VideoMessage(FileMessage):
    """A video. Attributes: see ``FileMessage``."""

    types = ("videoMessage",)
    wrappers = ("fileMessageData", "videoMessageData")


@attrs.frozen(kw_only=True)
class DocumentMessage(FileMessage):
    """A document of any type. Attributes: see ``FileMessage``."""

    types = ("documentMessage",)
    wrappers = ("fileMessageData", "documentMessageData")


@attrs.frozen(kw_only=True)
class AudioMessage(FileMessage):
    """An audio file or a voice message. Attributes: see ``FileMessage``."""

    types = ("audioMessage",)
    wrappers = ("fileMessageData", "audioMessageData")


@attrs.frozen(kw_only=True)
class StickerMessage(FileMessage):
    """A sticker. Attributes: see ``FileMessage``."""

    types = ("stickerMessage",)
    wrappers = ("fileMessageData", "stickerMessageData")
