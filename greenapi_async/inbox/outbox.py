"""Outbox: idempotency keys of sent messages, so that a message is sent once per key.

A send is recorded before the request (``begin``). Afterwards its record is completed with the message's id (``sent``),
or deleted if the message was certainly not sent (``forget``). A record with neither means that the outcome is unknown:
the connection failed, or the process died in between. Records are kept for 366 days.

To implement another store, implement ``Outbox``. One process uses it at a time. ``begin`` must survive a power failure.
The other changes can be lost; then the message is searched for once more.
"""

from datetime import datetime
from typing import Protocol

import attrs

__all__ = ["KEEP_SECONDS", "RECORDS_AT_ONCE", "Outbox", "OutboxRecord"]

KEEP_SECONDS = 366 * 24 * 3600
RECORDS_AT_ONCE = 100
"""Number of expired records that one ``begin`` may delete, so that it stays fast."""


@attrs.frozen(kw_only=True)
class OutboxRecord:
    """The record of an idempotency key.

    Attributes:
        is_new: Whether ``begin`` created the record, so nothing was sent under the key.
        chat_id: Recipient of the message.
        digest: Digest of the text.
        begun: When the record was created, in UTC.
        age: Seconds since then.
        id_message: Id of the sent message; None while the outcome is unknown.
    """

    is_new: bool
    chat_id: str
    digest: bytes = attrs.field(repr=False)
    begun: datetime
    age: float
    id_message: str | None = None


class Outbox(Protocol):
    """Durable store of idempotency keys; the module's docstring describes its guarantees.

    Every method raises ``InboxUnavailableError`` if the store cannot be used at the moment (disk full, read-only), and
    ``InboxError`` if it cannot be used at all.
    """

    async def begin(self, id_instance: int, key: str, chat_id: str, digest: bytes) -> OutboxRecord:
        """Record that a message is about to be sent, unless the key has a record.

        Args:
            id_instance: The sending instance; each has its own keys.
            key: Idempotency key.
            chat_id: Recipient of the message.
            digest: Digest of the text.

        Returns:
            The new record, or the unchanged existing one with ``is_new=False``.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        """Record the id of the sent message; idempotent.

        Args:
            id_instance: The sending instance.
            key: Idempotency key; it has a record.
            id_message: Id of the message, from the server's response.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def claim(self, id_instance: int, key: str, id_message: str) -> bool:
        """Record the id of a message that was found on the server, unless it belongs to another key.

        Args:
            id_instance: The sending instance.
            key: Idempotency key; it has a record.
            id_message: Id of the message that was found.

        Returns:
            False if another key of the instance has this message; then nothing is recorded.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def forget(self, id_instance: int, key: str) -> None:
        """Delete the record of a message that was not sent; idempotent.

        Args:
            id_instance: The sending instance.
            key: Idempotency key; ignored if it has no record.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...
