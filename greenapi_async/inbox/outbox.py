"""What was sent under a key, so that it is sent once.

A send is noted before it leaves, and forgotten when it surely was not carried out; when it was, its message's id is
noted. What is neither was unclear, or the process ended in the middle. Notes are kept for 366 days.

To write an outbox for another store, implement ``Outbox``. One process uses it at a time. ``begin`` must be durable
when it returns; what the others noted may be lost, then the message is looked for once more. Raise ``InboxError``
where the store fails.
"""

from datetime import datetime
from typing import Protocol

import attrs

__all__ = ["KEPT", "REMOVED_AT_ONCE", "Outbox", "OutboxRecord"]

KEPT = 366 * 24 * 3600
REMOVED_AT_ONCE = 100
"""How many old notes one ``begin`` may remove, so that none stalls."""


@attrs.frozen(kw_only=True)
class OutboxRecord:
    """What is noted under a key."""

    is_new: bool
    """Whether nothing was, so that nothing was sent."""
    chat_id: str
    digest: bytes = attrs.field(repr=False)
    """Of the text."""
    begun: datetime
    """In UTC."""
    age: float
    """Seconds since then."""
    id_message: str | None = None
    """The message that was sent; None while that is unclear."""


class Outbox(Protocol):
    """A store of what was sent; see the module's docstring for what it promises."""

    async def begin(self, id_instance: int, key: str, chat_id: str, digest: bytes) -> OutboxRecord:
        """Note that a message is about to be sent, or give what is noted already."""
        ...

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        """Note the id that the server answered; doing so again is no error."""
        ...

    async def claim(self, id_instance: int, key: str, id_message: str) -> bool:
        """Note the id of a message that was found; False, and nothing noted, where it is another key's."""
        ...

    async def forget(self, id_instance: int, key: str) -> None:
        """Note that nothing was sent."""
        ...
