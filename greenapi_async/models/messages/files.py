"""Messages that carry a file. Manual: 1.3.4, "Входящее сообщение с изображением, видео, аудио, документом"."""

import attrs

from greenapi_async.models.messages.base import WordlessMessage

__all__ = ["AudioMessage", "DocumentMessage", "FileMessage", "ImageMessage", "StickerMessage", "VideoMessage"]


@attrs.frozen(kw_only=True)
class FileMessage(WordlessMessage):
    """A file; ``client.download`` fetches it."""

    wrappers = ("fileMessageData",)

    download_url: str | None = attrs.field(default=None, repr=False)
    """Where it can be fetched for a while; may be empty."""
    caption: str | None = None
    file_name: str | None = None
    mime_type: str | None = None
    jpeg_thumbnail: str | None = attrs.field(default=None, repr=False)
    """Base64."""
    is_animated: bool | None = None

    @property
    def file(self) -> "FileMessage":
        """The message itself."""
        return self

    @property
    def text(self) -> str | None:
        """The caption."""
        return self.caption or None


@attrs.frozen(kw_only=True)
class ImageMessage(FileMessage):
    """An image."""

    types = ("imageMessage",)


@attrs.frozen(kw_only=True)
class VideoMessage(FileMessage):
    """A video."""

    types = ("videoMessage",)


@attrs.frozen(kw_only=True)
class DocumentMessage(FileMessage):
    """A document of any type."""

    types = ("documentMessage",)


@attrs.frozen(kw_only=True)
class AudioMessage(FileMessage):
    """An audio file or a voice message."""

    types = ("audioMessage",)


@attrs.frozen(kw_only=True)
class StickerMessage(FileMessage):
    """A sticker."""

    types = ("stickerMessage",)
