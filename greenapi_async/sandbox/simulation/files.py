"""The files that were uploaded, by programs or by people: where they can be fetched, and for how long."""

import uuid
from collections.abc import Callable
from random import Random
from typing import Final
from urllib.parse import quote

import attrs

from greenapi_async.sandbox.payloads.spooled_body import Slice

FIFTEEN_DAYS: Final = 15 * 86_400.0
ROOM: Final = 1024**3
"""Bytes kept at once; the oldest files go first."""


@attrs.frozen
class StoredFile:
    """One file."""

    file_id: str
    name: str
    content_type: str
    content: Slice = attrs.field(repr=False)
    expires_at: float
    private: bool = False
    """Whether it is fetched through `/v1/media` only."""


@attrs.define(eq=False)
class FileStore:
    """Keep files for as long as their links live."""

    clock: Callable[[], float] = attrs.field(repr=False)
    random: Random = attrs.field(repr=False)
    base_url: str = "http://sandbox"
    """Where this server was last reached."""
    _files: dict[str, StoredFile] = attrs.field(factory=dict[str, StoredFile], init=False, repr=False)

    def add(
        self, name: str, content_type: str, content: Slice, *, lifetime: float = FIFTEEN_DAYS, private: bool = False
    ) -> StoredFile:
        """Store a file."""
        file_id = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        stored = StoredFile(file_id, name, content_type, content, self.clock() + lifetime, private)
        self._files[file_id] = stored
        while sum(one.content.size for one in self._files.values()) > ROOM:
            del self._files[next(iter(self._files))]
        return stored

    def find(self, file_id: str, *, private: bool = False) -> StoredFile | None:
        """Look a file up, if its link still lives."""
        stored = self._files.get(file_id)
        if stored is not None and stored.expires_at <= self.clock():
            del self._files[file_id]
            return None
        return stored if stored is not None and stored.private is private else None

    def remove(self, file_id: str) -> None:
        """Forget a file."""
        self._files.pop(file_id, None)

    def url(self, stored: StoredFile) -> str:
        """Give the link of a file."""
        return f"{self.base_url}/files/{stored.file_id}/{quote(stored.name, safe='')}"

    def lost(self, url: str) -> bool:
        """Say whether a link is one of ours whose file is gone."""
        _, ours, path = url.partition("/files/")
        return bool(ours) and url.startswith("http") and _is_id(path[:36]) and self.find(path[:36]) is None


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
