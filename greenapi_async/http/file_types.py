"""Content types and extensions of files, the same on every machine, and image formats by their first bytes.

The extension of a file's name decides how WhatsApp shows it. Hence an image whose name has no extension, or that of
another image format, gets the right one. All other names stay as they are: a PNG named ``.bin`` may be meant to arrive
as a document.
"""

import re
from pathlib import PurePath

__all__ = ["UNKNOWN_CONTENT_TYPE", "content_type_of", "extension_of", "image_type", "with_extension"]

UNKNOWN_CONTENT_TYPE = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_CONTENT_TYPES = {
    ".3gp": "video/3gpp",
    ".7z": "application/x-7z-compressed",
    ".aac": "audio/aac",
    ".amr": "audio/amr",
    ".avi": "video/x-msvideo",
    ".avif": "image/avif",
    ".csv": "text/csv",
    ".doc": "application/msword",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".m4a": "audio/mp4",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".rar": "application/vnd.rar",
    ".txt": "text/plain",
    ".vcf": "text/vcard",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
"""Content types by extension, the same on every machine.

Files with other extensions are sent by name, as manual 1.3.3 requires for ``.py`` and ``.go``.
"""


_PREFERRED = {"audio/ogg": ".ogg", "image/jpeg": ".jpg"}
_EXTENSIONS = {content_type: extension for extension, content_type in _CONTENT_TYPES.items()} | _PREFERRED


def extension_of(content_type: str) -> str:
    """Return the extension of a content type, with a dot; empty if there is none."""
    return _EXTENSIONS.get(content_type.partition(";")[0].strip().lower(), "")


_IMAGES = {
    "image/avif": (re.compile(rb"....ftypavi[fs]", re.DOTALL), {".avif", ".avifs"}),
    "image/gif": (re.compile(rb"GIF8[79]a"), {".gif"}),
    "image/heic": (re.compile(rb"....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL), {".heic", ".heif", ".hif"}),
    "image/jpeg": (re.compile(rb"\xff\xd8\xff"), {".jpg", ".jpeg", ".jpe", ".jfif"}),
    "image/png": (re.compile(rb"\x89PNG\r\n\x1a\n"), {".png", ".apng"}),
    "image/webp": (re.compile(rb"RIFF....WEBP", re.DOTALL), {".webp"}),
}
"""Image formats: their first bytes, and the extensions of their files."""
_IMAGE_EXTENSIONS = frozenset({".bmp", ".tif", ".tiff"}).union(*(extensions for _, extensions in _IMAGES.values()))


def content_type_of(name: str | None) -> str:
    """Return the content type of a file name's extension; ``UNKNOWN_CONTENT_TYPE`` if there is none."""
    return _CONTENT_TYPES.get(_suffix(name), UNKNOWN_CONTENT_TYPE)


def image_type(name: str | None, beginning: bytes) -> str | None:
    """Return the content type of an image by its first bytes.

    Args:
        name: File name. One with an extension of another kind is not taken for an image.
        beginning: The first 16 bytes.

    Returns:
        The content type; None if it is no image of a known format.
    """
    if _suffix(name) not in _IMAGE_EXTENSIONS | {""}:
        return None
    return next((kind for kind, (signature, _) in _IMAGES.items() if signature.match(beginning)), None)


def with_extension(name: str, content_type: str) -> str:
    """Return a file name with the extension of its content, if it has none or that of another image format.

    Args:
        name: The name.
        content_type: Content type of the file.
    """
    suffix = _suffix(name)
    _, own = _IMAGES.get(content_type, (None, set[str]()))
    if not suffix and extension_of(content_type):
        return name.rstrip(".") + extension_of(content_type)
    if own and suffix in _IMAGE_EXTENSIONS - own:
        return name[: -len(suffix)] + extension_of(content_type)
    return name


def _suffix(name: str | None) -> str:
    return PurePath(name or "").suffix.lower()
