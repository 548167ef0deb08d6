"""Queue of ids that takes eight bytes for each."""

# ruff: noqa: A002  a parameter has the name of the field

from array import array
from bisect import insort
from collections.abc import Iterable, Iterator

__all__ = ["IdQueue"]


class IdQueue:
    """FIFO queue of ids. The front is cut off when half of the array is used up, so removal is O(1) on average."""

    __slots__ = ("_ids", "_start")

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._ids = array("q", ids)
        self._start = 0

    @property
    def first(self) -> int:
        """The id that is removed next; IndexError if there is none."""
        return self._ids[self._start]

    def append(self, id: int) -> None:
        """Add an id at the end."""
        self._ids.append(id)

    def appendleft(self, id: int) -> None:
        """Add an id at the front."""
        self._ids.insert(self._start, id)

    def popleft(self) -> int:
        """Remove and return the first id; IndexError if there is none."""
        first = self._ids[self._start]
        self._start += 1
        if 2 * self._start >= len(self._ids):
            del self._ids[: self._start]
            self._start = 0
        return first

    def insert(self, id: int, *, keep_first: bool) -> None:
        """Add an id in ascending order.

        Args:
            id: The id.
            keep_first: Whether the first id stays the first, also if it is greater.
        """
        insort(self._ids, id, lo=self._start + (1 if keep_first and self else 0))

    def remove(self, id: int) -> bool:
        """Remove an id; return False if it is not queued."""
        try:
            del self._ids[self._ids.index(id, self._start)]
        except ValueError:
            return False
        return True

    def merge(self, ids: "IdQueue", *, keep_first: bool) -> None:
        """Add the ids of another queue in ascending order; ``keep_first`` as in ``insert``."""
        first = [self.popleft()] if keep_first and self else []
        self._ids = array("q", [*first, *sorted([*self, *ids])])
        self._start = 0

    def __contains__(self, id: int) -> bool:
        try:
            self._ids.index(id, self._start)
        except ValueError:
            return False
        return True

    def __len__(self) -> int:
        return len(self._ids) - self._start

    def __iter__(self) -> Iterator[int]:
        return (self._ids[index] for index in range(self._start, len(self._ids)))
