"""Protocol for the storage of conversation states."""

from typing import Protocol

__all__ = ["StateStorage"]


class StateStorage(Protocol):
    """A key-value store of strings with expiry; implement it to keep states elsewhere.

    No locking is needed: notifications of one chat are handled one at a time. An exception fails the handler, whose
    notification is then retried.
    """

    async def get(self, key: str) -> str | None:
        """Return the value of a key.

        Args:
            key: The key.

        Returns:
            The value, or None if there is none or it has expired.
        """
        ...

    async def set(self, key: str, value: str, expires: float | None) -> None:
        """Store a value, replacing any other.

        Args:
            key: The key.
            value: The value.
            expires: Seconds until it expires, more than 0; None means never.
        """
        ...

    async def delete(self, key: str) -> None:
        """Delete a key and its value.

        Args:
            key: The key; a missing one is not an error.
        """
        ...
