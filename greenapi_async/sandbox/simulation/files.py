"""Uploaded files and their links, which expire."""

import uuid
from collections.abc import Callable
from random import Random
from typing import Final
from urllib.parse import quote

import attrs

from greenapi_async.sandbox.payloads.spooled_body import Slice

__all__ = ["FileStore", "StoredFile"]

FIFTEEN_DAYS: Final = 15 * 86_400.0
CAPACITY: Final = 1024**3
"""Bytes stored at once; beyond it, the oldest files are removed."""


@attrs.frozen
class StoredFile:
    """One stored file."""

    file_id: str
    name: str
    content_type: str
    content: Slice = attrs.field(repr=False)
    expires_at: float
    private: bool = False
    """Whether it can be downloaded through `/v1/media` only."""


@attrs.define(eq=False)
class FileStore:
    """The files of all instances, each stored until its link expires.

    Attributes:
        clock: Returns the current time in seconds since the epoch.
        random: Source of the file ids.
        base_url: The address under which this server was last reached.
    """

    clock: Callable[[], float] = attrs.field(repr=False)
    random: Random = attrs.field(repr=False)
    base_url: str = "http://sandbox"
    _files: dict[str, StoredFile] = attrs.field(factory=dict[str, StoredFile], init=False, repr=False)

    def add(
        self, name: str, content_type: str, content: Slice, *, lifetime: float = FIFTEEN_DAYS, private: bool = False
    ) -> StoredFile:
        """Store a file.

        Args:
            name: Its file name.
            content_type: Its MIME type.
            content: Its bytes.
            lifetime: Seconds until its link expires.
            private: Whether it can be downloaded through `/v1/media` only.
        """
        file_id = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        stored = StoredFile(file_id, name, content_type, content, self.clock() + lifetime, private)
        self._files[file_id] = stored
        while sum(file.content.size for file in self._files.values()) > CAPACITY:
            del self._files[next(iter(self._files))]
        return stored

    def find(self, file_id: str, *, private: bool = False) -> StoredFile | None:
        """Return a file unless its link has expired.

        Args:
            file_id: The id of the file.
            private: Whether to look among the private files, or among the others.
        """
        stored = self._files.get(file_id)
        if stored is not None and stored.expires_at <= self.clock():
            del self._files[file_id]
            return None
        return stored if stored is not None and stored.private is private else None

    def remove(self, file_id: str) -> None:
        """Remove a file."""
        self._files.pop(file_id, None)

    def url(self, stored: StoredFile) -> str:
        """Return the link of a file."""
        return f"{self.base_url}/files/{stored.file_id}/{quote(stored.name, safe='')}"

    def is_gone(self, url: str) -> bool:
        """Return whether a URL is a link of this store whose file no longer exists."""
        _, found, path = url.partition("/files/")
        return bool(found) and url.startswith("http") and _is_id(path[:36]) and self.find(path[:36]) is None


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
