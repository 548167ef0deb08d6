"""MIME types, file extensions, and how a file is shown in a chat."""

import mimetypes
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final, Literal

__all__ = ["BINARY", "FileKind", "extension", "has_extension", "kind", "mime_type"]

FileKind = Literal["image", "video", "audio", "document", "sticker"]

BINARY: Final = "application/octet-stream"
_FAMILIES: Final[Mapping[str, FileKind]] = {"image": "image", "video": "video", "audio": "audio"}
_TYPES: Final = mimetypes.MimeTypes()
for _type, _extension in (
    ("audio/ogg", ".oga"),
    ("audio/ogg", ".ogg"),
    ("audio/opus", ".opus"),
    ("audio/mp4", ".m4a"),
    ("image/webp", ".webp"),
    ("image/jpeg", ".jpg"),
    ("video/3gpp", ".3gp"),
    ("video/quicktime", ".mov"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
):
    _TYPES.add_type(_type, _extension)


def mime_type(name: str) -> str:
    """Return the MIME type of a file name's extension."""
    return _TYPES.guess_type(name)[0] or BINARY


def extension(content_type: str) -> str:
    """Return the usual extension of a MIME type; `.bin` for an unknown one."""
    plain = content_type.partition(";")[0].strip().lower()
    if plain == "image/jpeg":
        return ".jpg"
    return ".bin" if plain == BINARY else _TYPES.guess_extension(plain) or ".bin"


def kind(mime: str) -> FileKind:
    """Return how a file of a MIME type is shown in a chat."""
    if mime == "image/webp":
        return "sticker"
    return _FAMILIES.get(mime.partition("/")[0], "document")


def has_extension(name: str) -> bool:
    """Return whether a file name has an extension."""
    return bool(PurePosixPath(name).suffix)
