"""Outbox: idempotency keys of sent messages, so that a message is sent once per key.

A send is recorded before the request (``begin``). Afterwards its record is completed with the message's id (``sent``),
or deleted if the message was certainly not sent (``forget``). A record with neither means that the outcome is unknown:
the connection failed, or the process died in between. Records are kept for 366 days.

Each attempt to send has a random id, which works as a fencing token: a caller that has searched for the message in
vain replaces exactly the attempt that it has searched for, so of several callers only one sends again, and a caller
whose attempt has been replaced does not send. Processes can therefore share a store, if its methods are atomic.

To implement another store, implement ``Outbox``. ``begin`` must survive a power failure. The other changes can be lost;
then the message is searched for once more.
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
        is_new: Whether this ``begin`` created the record or replaced its attempt, so the caller is to send.
        chat_id: Recipient of the message.
        digest: Digest of the text.
        attempt: Id of the attempt to send.
        begun: When the attempt was recorded, in UTC, by the store's clock: the local one, or that of a shared database.
        age: Seconds since then by the same clock; negative if it was set back.
        server_time: When the attempt was recorded, by the server's clock, in UTC; None if unknown.
        id_message: Id of the sent message; None while the outcome is unknown.
    """

    is_new: bool
    chat_id: str
    digest: bytes = attrs.field(repr=False)
    attempt: str = ""
    begun: datetime
    age: float
    server_time: datetime | None = None
    id_message: str | None = None


class Outbox(Protocol):
    """Durable store of idempotency keys; the module's docstring describes its guarantees.

    Every method is atomic. Each raises ``InboxUnavailableError`` if the store cannot be used at the moment (disk full,
    read-only), and ``InboxError`` if it cannot be used at all.
    """

    async def begin(
        self,
        id_instance: int,
        key: str,
        chat_id: str,
        digest: bytes,
        *,
        attempt: str = "",
        replaces: str | None = None,
        server_time: datetime | None = None,
    ) -> OutboxRecord:
        """Record an attempt to send a message, unless the key has a record.

        Deletes expired records: those with ``server_time`` by the server's clock, others by the store's clock.

        Args:
            id_instance: The sending instance; each has its own keys.
            key: Idempotency key.
            chat_id: Recipient of the message.
            digest: Digest of the text.
            attempt: Id of the attempt, unique. If the record has it already, only a missing ``server_time`` is added.
            replaces: Id of an attempt without an outcome. If the record still has it, and no message id, the new
                attempt replaces it and its times. None replaces nothing.
            server_time: When the attempt begins, by the server's clock; None if unknown.

        Returns:
            The new record, or the existing one with ``is_new=False``.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        """Record the id of the sent message; idempotent.

        Args:
            id_instance: The sending instance.
            key: Idempotency key; ignored if it has no record.
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
            key: Idempotency key.
            id_message: Id of the message that was found.

        Returns:
            Whether the key has this message now. False if another key of the instance has it, or if the key has
            another message or no record; then nothing is recorded.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def is_claimed(self, id_instance: int, id_message: str) -> bool:
        """Return whether a key has this message.

        Args:
            id_instance: The sending instance.
            id_message: Id of a message that was found on the server.

        Raises:
            InboxUnavailableError: The store cannot be read at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def forget(self, id_instance: int, key: str, attempt: str = "") -> None:
        """Delete the record of a message that was not sent; idempotent.

        Args:
            id_instance: The sending instance.
            key: Idempotency key; ignored if it has no record.
            attempt: The attempt that failed; ignored if the record has another one, or a message id.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...
