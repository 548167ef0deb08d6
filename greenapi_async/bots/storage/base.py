"""What a storage of states is.

It keeps texts under keys, and neither reads them nor orders those who change them: who handles one chat at a time has
no races. What it raises fails the handler, whose notification is tried again.
"""

from typing import Protocol

__all__ = ["StateStorage"]


class StateStorage(Protocol):
    """A store of texts that can lapse; to write one for another store, implement this."""

    async def get(self, key: str) -> str | None:
        """Give what is kept under a key; None where nothing is, or it has lapsed."""
        ...

    async def set(self, key: str, value: str, expires: float | None) -> None:
        """Keep a text in the place of any other, for so many seconds, above 0, or for good."""
        ...

    async def delete(self, key: str) -> None:
        """Forget what is kept under a key; nothing there is no error."""
        ...
