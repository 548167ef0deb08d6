"""The entries that wait beyond an id, in memory."""

# ruff: noqa: A002  it is the name of the field

import math
from bisect import bisect_right
from collections.abc import Callable, Collection

from greenapi_async.inbox.base import Entry

__all__ = ["Tail"]

_SPARSE = 100


class Tail:
    """All entries beyond an id that wait, as they are now; the oldest leave when there are more than it may hold."""

    def __init__(self, beyond: int = 0, *, entries: float = math.inf, characters: float = math.inf) -> None:
        self._beyond = beyond
        self._most_entries = entries
        self._most_characters = characters
        self._characters = 0
        self._entries: dict[int, Entry] = {}
        self._ids: list[int] = []  # in order, with those of entries that have gone, for a while

    def covers(self, after: int) -> bool:
        """Tell whether it knows all that waits beyond this id."""
        return after >= self._beyond

    def add(self, entry: Entry) -> None:
        """Take in an entry whose id is beyond all others."""
        self._entries[entry.id] = entry
        self._ids.append(entry.id)
        self._characters += _size(entry)
        self._shrink()

    def remove(self, id: int) -> Entry | None:
        """Let an entry go, and give it, if it was there."""
        entry = self._entries.pop(id, None)
        if entry is not None:
            self._characters -= _size(entry)
            if len(self._ids) > 2 * len(self._entries) + _SPARSE:
                self._ids = list(self._entries)
        return entry

    def change(self, id: int, change: Callable[[Entry], Entry]) -> None:
        """Put what it is changed to in the place of an entry, if it is there."""
        entry = self._entries.get(id)
        if entry is not None:
            changed = self._entries[id] = change(entry)
            self._characters += _size(changed) - _size(entry)
            self._shrink()

    def read(self, instances: Collection[int], after: int, limit: int) -> list[Entry]:
        """Give entries of these instances beyond an id, by id."""
        found: list[Entry] = []
        for place in range(bisect_right(self._ids, after), len(self._ids)):
            if len(found) >= limit:
                break
            entry = self._entries.get(self._ids[place])
            if entry is not None and entry.id_instance in instances:
                found.append(entry)
        return found

    def _shrink(self) -> None:
        while len(self._entries) > self._most_entries or self._characters > self._most_characters:
            self._beyond = next(iter(self._entries))
            self.remove(self._beyond)


def _size(entry: Entry) -> int:
    return len(entry.body) + len(entry.failure or "")
