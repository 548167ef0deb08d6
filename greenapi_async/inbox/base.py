"""Inbox: durable storage between the server's queue and the handlers.

At-least-once delivery rests on one rule: a notification is deleted on the server only after ``put`` has returned, and
removed from the inbox only after its handler has finished. Entries that were not finished when the process stopped are
delivered again at the next start, oldest first.

Deduplication: the server delivers some notifications twice. An entry carries deduplication keys; ``put`` rejects it if
one of its ``unless`` keys is known. Keys are kept for at least 24 hours, as long as the server keeps its queue.

To implement another store, implement ``Inbox``, and compare by identity. One process uses it at a time. ``put`` must
survive a power failure, every other change the death of the process.
"""

# ruff: noqa: A002  a parameter has the name of the field

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol, Self, cast

import attrs

__all__ = ["Deferred", "Destination", "Entry", "Inbox", "describe_body", "shortcut", "tail_line"]


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
        interrupted: Whether a process died that may have been handling it. None if the inbox does not know: then the
            entries found at start-up may have been in progress.
        lane: Main id of the chat with which a shared inbox orders it; empty without a chat. None if the run decides.
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
    interrupted: bool | None = None
    lane: str | None = None

    def __str__(self) -> str:
        """Describe the entry for a person: one line, and the failure below it."""
        about = describe_body(self.body)
        facts = [
            f"entry {self.id} of instance {self.id_instance}",
            *about,
            f"stored {self.stored:%Y-%m-%d %H:%M:%S} UTC",
        ]
        if self.attempts:
            facts.append(f"{self.attempts} failed attempt{'' if self.attempts == 1 else 's'}")
        if self.due is not None:
            facts.append(f"due {self.due.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
        if self.error is not None:
            facts.append(f"unreadable: {self.error}")
        return "\n".join([", ".join(facts), *([self.failure.rstrip()] if self.failure else [])])


def describe_body(body: str) -> list[str]:
    """Return the type of a notification, its chat and its message id, as far as it has them.

    Args:
        body: The notification as received.
    """
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if not isinstance(parsed, dict):
        return []
    fields = cast("dict[str, Any]", parsed)
    sender = fields.get("senderData")
    inner = cast("dict[str, Any]", sender if isinstance(sender, dict) else {})
    chat = inner.get("chatId") or fields.get("chatId") or fields.get("from")
    found = {"": fields.get("typeWebhook"), "chat ": chat, "message ": fields.get("idMessage")}
    return [f"{name}{value}" for name, value in found.items() if value and isinstance(value, str | int)]


def tail_line(entry: Entry) -> dict[str, object]:
    """Return the copy of an entry for processes that follow what arrives."""
    return {
        "id": entry.id,
        "instance": entry.id_instance,
        "stored": entry.stored.timestamp(),
        "recovered": entry.recovered,
        "error": entry.error,
        "body": entry.body,
    }


class Destination(Protocol):
    """Destination of received notifications: an inbox, or a message broker (``greenapi_async.relay``)."""

    async def put(self, entry: Entry) -> bool:
        """Store a notification; it is deleted on the server when this has returned.

        Args:
            entry: The notification as received; its ``id`` and ``stored`` are ignored.

        Returns:
            False if it is a duplicate and nothing was stored.

        Raises:
            InboxUnavailableError: The destination cannot store at the moment; retrying can help.
            InboxError: The destination cannot be used; retrying cannot help.
        """
        ...


class Inbox(Destination, Protocol):
    """Durable store of notifications; the module's docstring describes its guarantees.

    Every method that reads or changes the store can raise:

    - ``InboxUnavailableError`` if the store cannot be used at the moment (disk full, read-only); retrying can help.
    - ``InboxError`` if it cannot be used at all (damaged, not an inbox); retrying cannot help.
    """

    async def put(self, entry: Entry) -> bool:
        """Store a notification together with its deduplication keys, atomically.

        Args:
            entry: The notification as received; its ``id`` and ``stored`` are ignored.

        Returns:
            False if it is a duplicate and nothing was stored.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        """Return entries that are neither done nor in quarantine, ordered by id.

        Args:
            instances: Ids of the instances whose entries to return.
            after: Only entries with a greater id; 0 for all.
            limit: Greatest number of entries.

        Raises:
            InboxUnavailableError: The store cannot be read at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def wait_for_change(self, after: int) -> int:
        """Wait until an entry was put or released.

        Spurious wakeups are allowed.

        Args:
            after: The number that this method returned last, so that no change is missed; 0 at first.

        Returns:
            The current number, greater than ``after``.
        """
        ...

    async def done(self, id: int) -> None:
        """Delete an entry, waiting or in quarantine, and keep its deduplication keys.

        Idempotent, and completed even if the caller is cancelled.

        Args:
            id: The entry's id; an unknown id is ignored.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def failed(self, id: int, attempts: int, due: datetime, failure: str) -> None:
        """Record a failed attempt of a waiting entry.

        Idempotent, and completed even if the caller is cancelled.

        Args:
            id: The entry's id; an unknown id is ignored.
            attempts: Number of failed attempts so far.
            due: When to retry; aware.
            failure: Traceback of the failure.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def quarantine(self, id: int, attempts: int, failure: str) -> None:
        """Move a waiting entry to quarantine, the dead-letter queue.

        Idempotent, and completed even if the caller is cancelled.

        Args:
            id: The entry's id; an unknown id is ignored.
            attempts: Number of failed attempts.
            failure: Traceback of the last failure.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def quarantined(self) -> Sequence[Entry]:
        """Return the entries in quarantine, of all instances, ordered by id.

        Raises:
            InboxUnavailableError: The store cannot be read at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def release(self, id: int) -> None:
        """Requeue a quarantined entry at the end of the queue, with its attempts reset.

        Args:
            id: The entry's id; it gets a new one.

        Raises:
            InvalidArgumentError: No quarantined entry has this id.
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def drop(self, id: int) -> None:
        """Delete a quarantined entry.

        Args:
            id: The entry's id.

        Raises:
            InvalidArgumentError: No quarantined entry has this id.
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def __aenter__(self) -> Self:
        """Open the store, unless another context has opened it.

        Raises:
            InboxUnavailableError: The store cannot be opened at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the store when all contexts have been left."""
        ...


class Deferred(Protocol):
    """A change of an inbox that shares the transaction of the next one, or begins by itself a moment later."""

    def begin(self) -> None:
        """Begin at once, without waiting for the end."""
        ...

    async def finish(self) -> None:
        """Begin at once, and wait for the end; completed even if the caller is cancelled.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...

    async def wait(self) -> None:
        """Wait for the end, without beginning; otherwise like ``finish``.

        Raises:
            InboxUnavailableError: The store cannot write at the moment.
            InboxError: The store cannot be used.
        """
        ...


class Shortcuts(Protocol):
    """Optional methods of an inbox, with which each notification needs less."""

    def defer_done(self, id: int) -> Deferred:
        """Like ``done``, but the caller continues and waits for the end later, if it can.

        Args:
            id: The entry's id; an unknown id is ignored.
        """
        ...

    def read_cached(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry] | None:
        """Return what ``waiting`` would return if that needs no waiting, otherwise None.

        Args:
            instances: Ids of the instances whose entries to return.
            after: Only entries with a greater id; 0 for all.
            limit: Greatest number of entries.
        """
        ...


def shortcut(inbox: Inbox, name: str, instead_of: str) -> Any:
    """Return a method of ``Shortcuts``; None if the inbox has none, or a subclass replaced only the ordinary method."""
    for attributes in (getattr(inbox, "__dict__", {}), *map(vars, type(inbox).__mro__)):
        if name in attributes:
            return getattr(inbox, name)
        if instead_of in attributes:
            return None
    return None
