"""What an inbox is: where a notification is safe between the server and the handler.

The loop puts what it received into the inbox, and only when ``put`` has returned deletes it at the server. It reads
what waits, in the order of ``id``, hands it out, and calls ``done``. What was not done when the process ended waits
still when it starts again.

The server delivers some notifications twice. An arrival names the marks of what it may be known by, and leaves marks of
its own; an inbox keeps marks for at least 24 hours, as long as the server keeps its queue, and drops an arrival that
finds one of those it must not find.

To write an inbox for another store, implement ``Inbox``; compare it by identity. One process uses it at a time. When
``put`` has returned the arrival must outlast a power failure, when ``done`` has, the change must outlast the process.
Raise ``InboxUnavailableError`` where waiting can help, and ``InboxError`` where it cannot.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol, Self

import attrs

__all__ = ["Entry", "Inbox"]


def _now() -> datetime:
    return datetime.now(UTC)


@attrs.frozen(kw_only=True)
class Entry:
    """A notification in an inbox, or on its way into it.

    Attributes:
        id: Grows in the order in which entries become readable and is never reused; 0 before the entry is stored.
        id_instance: The instance that received it.
        body: The notification as received, a JSON object.
        receipt_id: Id for its deletion on the server; None if it was pushed or recovered.
        error: Why the body cannot be parsed as a notification; None if it can.
        recovered: Whether it came from the journal instead of the queue.
        unless: Deduplication keys; ``put`` rejects the entry if one of them is known. Not stored.
        keys: Deduplication keys that become known when the entry is stored. Not part of a stored entry.
        stored: When it was stored, in UTC.
        attempts: Number of failed attempts of its handler.
        due: When it is retried, in UTC; None before the first failure.
        failure: Traceback of the last failure.
    """

    id: int = 0
    id_instance: int
    body: str = attrs.field(repr=False)
    receipt_id: int | None = None
    error: str | None = None
    recovered: bool = False
    unless: tuple[bytes, ...] = ()
    keys: tuple[bytes, ...] = ()
    stored: datetime = attrs.field(factory=_now)
    attempts: int = 0
    due: datetime | None = None
    failure: str | None = attrs.field(default=None, repr=False)


class Inbox(Protocol):
    """A store of notifications; see the module's docstring for what it promises."""

    async def put(self, entry: Entry) -> bool:
        """Store an arrival and its marks in one step; False, and nothing stored, where it is known."""
        ...

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        """Give what is neither done nor in quarantine of these instances, with an id beyond ``after``, by id."""
        ...

    async def news(self, after: int) -> int:
        """Wait until something was put or released since it gave this number, and give the present one.

        At first the number is 0. Returning too often does no harm.
        """
        ...

    async def done(self, id: int) -> None:  # noqa: A002  it is the name of the field
        """Forget an entry, but not its marks; one that is not there is no error."""
        ...

    async def failed(self, id: int, attempts: int, due: datetime, failure: str) -> None:  # noqa: A002
        """Note that a handler failed; the entry goes on waiting."""
        ...

    async def quarantine(self, id: int, attempts: int, failure: str) -> None:  # noqa: A002
        """Put an entry aside, with the traceback of the last failure."""
        ...

    async def quarantined(self) -> Sequence[Entry]:
        """Give what was put aside, by id."""
        ...

    async def release(self, id: int) -> None:  # noqa: A002
        """Let an entry in quarantine wait again, behind all others, under a new id and with no attempts counted.

        Raises ``InvalidArgumentError`` for one that is not in quarantine.
        """
        ...

    async def drop(self, id: int) -> None:  # noqa: A002
        """Forget an entry in quarantine; raises ``InvalidArgumentError`` for one that is not there."""
        ...

    async def __aenter__(self) -> Self:
        """Open the store, if nobody has."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the store when all who opened it have."""
        ...
