"""Unfinished entries: what a run keeps of the entries that it has read.

Only what is in progress or will be soon is in memory as an ``Item`` with its parsed notification, limited in number and
in characters. Of every other entry the run keeps its id in a lane, and here its id and time: 25 bytes. It is read again
when it is due.
"""

# ruff: noqa: A002  a parameter has the name of the field

from array import array
from bisect import bisect_left
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import compress

from greenapi_async.polling.counters import Counters
from greenapi_async.processing.item import Item

__all__ = ["Unfinished"]

MAX_IN_MEMORY = 1000
"""Notifications in memory."""
MAX_CHARACTERS_IN_MEMORY = 8_000_000
"""Characters of their bodies; a parsed notification takes two to six bytes for each, so about 32 MB."""
SPARSE = 100


class Unfinished:
    """Registry of unfinished entries; it keeps the counters ``waiting`` and ``oldest`` up to date.

    Attributes:
        items: The entries in memory, by id.
        removed: Called with the id of an entry that is finished.
    """

    def __init__(self, counters: Counters) -> None:
        self.items: dict[int, Item] = {}
        self.removed: Callable[[int], object] = _ignore
        self._counters = counters
        self._characters = 0
        self._unread = 0
        # Parallel arrays of the entries that were read, ascending; some of them are finished.
        self._ids = array("q")
        self._stored = array("d")
        self._alive = bytearray()
        self._start = 0
        self._count = 0
        self._removed: set[int] | None = None

    @property
    def is_full(self) -> bool:
        """True if there is no room in memory for another notification."""
        return len(self.items) >= MAX_IN_MEMORY or self._characters >= MAX_CHARACTERS_IN_MEMORY

    def add(self, id: int, stored: float) -> None:
        """Note an entry that was read, usually in ascending order of the ids; another order costs time."""
        if not self._ids or id > self._ids[-1]:
            self._ids.append(id)
            self._stored.append(stored)
            self._alive.append(1)
        else:
            index = bisect_left(self._ids, id, lo=self._start)
            if index < len(self._ids) and self._ids[index] == id:  # it was removed, and is read again
                self._count -= self._alive[index]
                self._alive[index] = 1
            else:
                self._ids.insert(index, id)
                self._stored.insert(index, stored)
                self._alive.insert(index, 1)
        self._count += 1
        self._update()

    def has(self, id: int) -> bool:
        """Return whether an entry was read and is not finished."""
        index = bisect_left(self._ids, id, lo=self._start)
        alive = index < len(self._ids) and self._ids[index] == id and self._alive[index]
        return bool(alive) or id in self.items

    def stored(self, id: int) -> float | None:
        """Return when an unfinished entry was received, in seconds since the epoch; None if it is not known."""
        index = bisect_left(self._ids, id, lo=self._start)
        return self._stored[index] if index < len(self._ids) and self._ids[index] == id else None

    @contextmanager
    def noting_removals(self) -> Generator[set[int]]:
        """Collect the ids of the entries that are removed while the block runs."""
        removed = self._removed = set[int]()
        try:
            yield removed
        finally:
            self._removed = None

    def keep(self, item: Item) -> None:
        """Keep an entry in memory."""
        self.items[item.id] = item
        self._characters += item.size

    def forget(self, id: int) -> None:
        """Keep an entry in memory no longer; it stays unfinished."""
        item = self.items.pop(id, None)
        if item is not None:
            self._characters -= item.size

    def remove(self, id: int) -> None:
        """Note that an entry is finished; ignored if it is not known."""
        if self._removed is not None:
            self._removed.add(id)
        item = self.items.pop(id, None)
        if item is not None:
            self._characters -= item.size
        index = bisect_left(self._ids, id, lo=self._start)
        if index < len(self._ids) and self._ids[index] == id:
            if self._alive[index]:
                self._alive[index] = 0
                self._count -= 1
                self._trim()
        elif item is not None:
            self._unread = max(self._unread - 1, 0)
        self._update()
        self.removed(id)

    def remove_all(self, id: int) -> None:
        """Note that an entry is finished, with what is handled together with it; not if that is another's part."""
        item = self.items.get(id)
        if item is None or item.gathered_by is None:
            for each in item.gathered if item is not None else ():
                self.remove(each.id)
            self.remove(id)

    def lose(self, item: Item) -> None:
        """Note that another process may handle an item now."""
        item.lose()
        if item.gathered_by is not None:  # it is in the list of another lane of the same person
            item.leave_list()
            self.remove(item.id)

    def add_unread(self, number: int) -> None:
        """Change the number of the entries that wait in the inbox and were not read; never below 0."""
        self._unread = max(self._unread + number, 0)
        self._update()

    def set_total(self, number: int) -> None:
        """Set the number of all unfinished entries; what was not read is the difference."""
        self._unread = max(number - self._count, 0)
        self._update()

    def all_read(self) -> None:
        """Note that no entry is unread."""
        if self._unread:
            self.set_total(0)

    def _trim(self) -> None:
        while self._start < len(self._alive) and not self._alive[self._start]:
            self._start += 1
        if len(self._ids) > 2 * self._count + SPARSE:
            self._ids = array("q", compress(self._ids, self._alive))
            self._stored = array("d", compress(self._stored, self._alive))
            self._alive = bytearray(b"\1") * self._count
            self._start = 0

    def _update(self) -> None:
        self._counters.waiting = self._count + self._unread
        self._counters.oldest = self._stored[self._start] if self._count else None


def _ignore(_: int) -> None:
    pass
