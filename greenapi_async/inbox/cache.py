"""Cache of the newest waiting entries, ordered by id."""

# ruff: noqa: A002  a parameter has the name of the field

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from greenapi_async.inbox.base import Entry

__all__ = ["EntryCache", "select_after"]

T = TypeVar("T")

_SPARSE = 100


class EntryCache:
    """All waiting entries with a greater id than ``after``; evicts the oldest when it is full.

    Args:
        after: The cache holds nothing up to this id.
        max_entries: Greatest number of entries.
        max_characters: Greatest total length of bodies and failures.
    """

    def __init__(self, after: int = 0, *, max_entries: float = math.inf, max_characters: float = math.inf) -> None:
        self._after = after
        self._max_entries = max_entries
        self._max_characters = max_characters
        self._characters = 0
        self._entries: dict[int, Entry] = {}
        self._ids: list[int] = []  # ascending; includes some ids that were removed

    def covers(self, after: int) -> bool:
        """Return whether the cache holds every waiting entry with a greater id than ``after``."""
        return after >= self._after

    def add(self, entry: Entry) -> None:
        """Add an entry whose id is greater than all others."""
        self._entries[entry.id] = entry
        self._ids.append(entry.id)
        self._characters += _size(entry)
        self._evict()

    def remove(self, id: int) -> Entry | None:
        """Remove and return an entry, or return None if it is not cached."""
        entry = self._entries.pop(id, None)
        if entry is not None:
            self._characters -= _size(entry)
            if len(self._ids) > 2 * len(self._entries) + _SPARSE:
                self._ids = list(self._entries)
        return entry

    def update(self, id: int, change: Callable[[Entry], Entry]) -> None:
        """Replace an entry with a changed copy.

        Args:
            id: The entry's id; ignored if it is not cached.
            change: Returns the changed copy, with the same id.
        """
        entry = self._entries.get(id)
        if entry is not None:
            changed = self._entries[id] = change(entry)
            self._characters += _size(changed) - _size(entry)
            self._evict()

    def count_others(self, instances: Collection[int]) -> Counter[int]:
        """Return the number of entries of each instance that is not among these."""
        return Counter(entry.id_instance for entry in self._entries.values() if entry.id_instance not in instances)

    def read(self, instances: Collection[int], after: int, limit: int) -> list[Entry]:
        """Return cached entries, ordered by id.

        Args:
            instances: Ids of the instances whose entries to return.
            after: Only entries with a greater id.
            limit: Greatest number of entries.
        """
        return select_after(self._ids, self._entries, after, limit, lambda entry: entry.id_instance in instances)

    def _evict(self) -> None:
        while len(self._entries) > self._max_entries or self._characters > self._max_characters:
            self._after = next(iter(self._entries))
            self.remove(self._after)


def _size(entry: Entry) -> int:
    return len(entry.body) + len(entry.failure or "")


def select_after(
    ids: Sequence[int], entries: Mapping[int, T], after: int, limit: int, matches: Callable[[T], bool]
) -> list[T]:
    """Return what matches among the entries with greater ids, ordered by id.

    Args:
        ids: Ids in ascending order; some have no entry any more.
        entries: The entries, by id.
        after: Only entries with a greater id.
        limit: Greatest number of entries.
        matches: Whether to return an entry.
    """
    found: list[T] = []
    for index in range(bisect_right(ids, after), len(ids)):
        if len(found) >= limit:
            break
        entry = entries.get(ids[index])
        if entry is not None and matches(entry):
            found.append(entry)
    return found
