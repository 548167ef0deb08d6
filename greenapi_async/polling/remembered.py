"""What was done with, as far back as is remembered, so that it is known when it comes again."""

from collections import OrderedDict

__all__ = ["REMEMBERED", "Remembered"]

REMEMBERED = 10_000
"""How many notifications; about 1 MB."""


class Remembered:
    """The marks of what was done with last."""

    def __init__(self) -> None:
        self._marks: OrderedDict[bytes, None] = OrderedDict()

    def add(self, mark: bytes) -> None:
        """Remember a mark, and forget the oldest beyond what is remembered."""
        self._marks[mark] = None
        if len(self._marks) > REMEMBERED:
            self._marks.popitem(last=False)

    def __contains__(self, mark: object) -> bool:
        return mark in self._marks
