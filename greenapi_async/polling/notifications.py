"""The loop behind ``client.notifications()``.

Asking for the next notification acknowledges the previous one: without an inbox it is then deleted on the server, with
an inbox it is removed from there (on the server it was deleted as soon as it was stored). A body that raises, breaks or
is cancelled never asks for the next one, so its notification is delivered again: at-least-once delivery.

With an inbox that can do it, the removal is begun when the next notification is asked for, shares the transaction that
stores the next one, and is completed before that is returned, or before an error or a cancellation is let through.

The loop is an iterator with state, not a generator, so that clean-up never depends on garbage collection: between two
notifications no request is pending and nothing needs to be closed.

Without an inbox, deduplication uses digests of the last handled notifications. An acknowledgement that fails is
therefore not fought for: after a backoff the server serves the notification again, the loop recognises it and deletes
it.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import attrs

from greenapi_async._internal.log_fields import log_fields
from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.base import Deferred, Entry, Inbox, shortcut
from greenapi_async.inbox.consumers import active_consumer, register_consumer, unregister_consumer
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.deduplication import HandledDigests, content_digest, other_digests
from greenapi_async.polling.ingest import Ingest
from greenapi_async.polling.parsing import NotificationParser
from greenapi_async.polling.poller import Deletion, Poller

if TYPE_CHECKING:
    from greenapi_async.models.notifications import Notification

__all__ = ["InboxSource", "Notifications", "ServerSource"]

logger = logging.getLogger("greenapi_async")

PAGE_SIZE = 100
"""Entries read from the inbox at once."""

_ReadCached = Callable[[Collection[int], int, int], Sequence[Entry] | None]


class _Source(Protocol):
    """Source of the next notification."""

    async def next(self) -> "Notification | None":
        """Acknowledge the previous notification and return the next one; None if stopped."""
        ...

    def forget(self) -> None:
        """Drop the previous notification without acknowledging it."""
        ...

    async def aclose(self) -> None:
        """Release what is open."""
        ...


class Notifications:
    """The notifications of one instance, as an async iterator; asking for the next acknowledges the previous one.

    Iterate with ``async for``, optionally inside ``async with``. Network failures, 429, 5xx and an instance that is
    starting or not yet authorized are waited out with backoff; the log has one record when contact is lost and one when
    it is restored. Iteration raises only if a human must act: ``UnauthorizedError``, ``ForbiddenError``,
    ``NotFoundError``, ``WebhookUrlSetError``, ``InstanceExpiredError``, ``InstanceDeletedError``, or ``InboxError``
    (except ``InboxUnavailableError``, which is retried).
    """

    def __init__(self, source: _Source, poller: Poller) -> None:
        self._source = source
        self._poller = poller
        self._busy = False

    @property
    def id_instance(self) -> int:
        """The instance's id."""
        return self._poller.id_instance

    @property
    def counters(self) -> Counters:
        """Counters of this loop."""
        return self._poller.counters

    def __aiter__(self) -> Self:
        self._source.forget()  # after a break: the notification is delivered again
        return self

    async def __anext__(self) -> "Notification":
        if self._busy:
            raise RuntimeError("another task is iterating over these notifications; each task needs its own loop")
        self._busy = True
        try:
            notification = await self._source.next()
        finally:
            self._busy = False
        if notification is None:
            raise StopAsyncIteration
        self._poller.counters.yielded += 1
        return notification

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def stop(self) -> None:
        """End the loop after the current body, which is acknowledged; a pending long poll is cut short."""
        self._poller.stop()

    async def aclose(self) -> None:
        """End the loop without acknowledging the current notification."""
        self._source.forget()
        self.stop()
        await self._source.aclose()


class ServerSource:
    """Reads the server's queue directly."""

    def __init__(self, poller: Poller, parser: NotificationParser, *, overlap: bool) -> None:
        self._poller = poller
        self._parser = parser
        self._overlap = overlap
        self._current: _Pending | None = None
        self._handled = HandledDigests()
        self._advance = poller.exchange if overlap else poller.settle_and_receive

    def forget(self) -> None:
        """Drop the previous notification without acknowledging it."""
        self._current = None

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""

    async def next(self) -> "Notification | None":
        """Delete the previous notification and return the next one."""
        due = self._current
        if due is not None:
            self._handled.add(due.digest)
        self._poller.counters.oldest = None
        while not self._poller.stopped:
            received = await (self._advance(due.deletion) if due else self._poller.receive())
            previous, due, self._current = due if self._overlap else None, None, None
            if received is None:
                continue
            digest, others = content_digest(received), other_digests(received, self._poller.identities.known)
            pending = _Pending(digest, self._poller.deletion(received.receipt_id), self._handled)
            if digest not in self._handled and not any(each in self._handled for each in others):
                self._current = pending
                self._poller.counters.oldest = time.time()
                return self._parser.parse_received(received, pending.acknowledge)
            self._poller.counters.duplicate += 1
            if previous is not None and previous.deletion.done and previous.deletion.receipt_id == received.receipt_id:
                continue  # served again while its deletion was in transit
            if not self._poller.is_stuck:
                logger.info(
                    "Dropped duplicate notification (receipt %d, message %s)",
                    received.receipt_id,
                    received.id_message,
                    extra=log_fields(instance=self._poller.id_instance, message_id=received.id_message),
                )
            if self._overlap:
                due = pending
            else:
                await self._poller.settle(pending.deletion)
        if due is not None:
            await self._poller.settle(due.deletion)
            self._current = None
        return None


class InboxSource:
    """Reads an inbox, and fills it from the server's queue when it is empty."""

    def __init__(self, ingest: Ingest[Inbox], poller: Poller, parser: NotificationParser) -> None:
        self._ingest = ingest
        self._poller = poller
        self._parser = parser
        self._defer_done: Callable[[int], Deferred] | None = shortcut(ingest.inbox, "defer_done", instead_of="done")
        self._read_cached: _ReadCached | None = shortcut(ingest.inbox, "read_cached", instead_of="waiting")
        self._current: _Stored | None = None
        self._page: deque[Entry] = deque()
        self._last_id = 0
        self._open = False

    def forget(self) -> None:
        """Drop the previous notification without acknowledging it."""
        self._current = None
        self._page.clear()
        self._last_id = 0

    async def aclose(self) -> None:
        """Close the inbox, unless something else uses it."""
        if self._open:
            self._open = False
            self._poller.identities.detach()
            unregister_consumer(self._ingest.inbox, self._poller.id_instance, self)
            await self._ingest.inbox.__aexit__(None, None, None)

    async def next(self) -> "Notification | None":
        """Remove the previous notification from the inbox and return the next one."""
        try:
            notification = await self._next()
        except InboxUnavailableError as error:  # only if stopped
            logger.warning(
                "The inbox is unavailable; unfinished notifications are delivered at the next start: %s", error
            )
            notification = None
        if notification is None:
            await self.aclose()
        return notification

    async def _next(self) -> "Notification | None":
        if not self._open:
            self._register()
            with self._poller.stoppable() as scope:
                await self._ingest.retry("open", self._ingest.inbox.__aenter__)
            self._open = not scope.cancelled_caught
            if self._open:
                identities, inbox = self._poller.identities, self._ingest.inbox
                await self._ingest.retry("load", lambda: identities.attach(inbox))
        elif active_consumer(self._ingest.inbox, self._poller.id_instance) is not self:
            raise RuntimeError("another loop has taken over the notifications of this instance in this inbox")
        handled, self._current = self._current, None
        if handled is None:
            return await self._take()
        await handled.begin_removal()
        try:
            notification = await self._take()
        except GeneratorExit:  # nothing can be awaited
            handled.hasten_removal()
            raise
        except BaseException:
            await handled.done()
            raise
        await handled.done()
        return notification

    async def _take(self) -> "Notification | None":
        """Return the next entry's notification; None if stopped."""
        while not self._poller.stopped:
            if not self._page:
                self._page.extend(await self._waiting())
            if self._page:
                entry = self._page.popleft()
                self._last_id = entry.id
                self._poller.counters.oldest = entry.stored.timestamp()
                self._current = _Stored(entry.id, self._ingest, self._defer_done)
                notification = self._parser.parse_entry(entry, self._current.done, self._poller.parsed(entry.body))
                await self._poller.identities.save()
                return notification
            self._poller.counters.oldest = None
            await self._ingest.receive(self._poller)
        await self._ingest.settle(self._poller)
        return None

    async def _waiting(self) -> Sequence[Entry]:
        instances = {self._poller.id_instance}
        cached = self._read_cached(instances, self._last_id, PAGE_SIZE) if self._read_cached is not None else None
        if cached is not None:
            return cached
        return await self._ingest.retry(
            "waiting", lambda: self._ingest.inbox.waiting(instances, self._last_id, PAGE_SIZE)
        )

    def _register(self) -> None:
        inbox, id_instance = self._ingest.inbox, self._poller.id_instance
        owner = active_consumer(inbox, id_instance)
        if owner is not None and not isinstance(owner, InboxSource):
            raise RuntimeError(
                f"process(...) is already consuming the notifications of instance {id_instance} from this inbox; "
                "stop() it first"
            )
        register_consumer(inbox, id_instance, self)


class _Pending:
    """A received notification that is not yet deleted."""

    __slots__ = ("_handled", "deletion", "digest")

    def __init__(self, digest: bytes, deletion: Deletion, handled: HandledDigests) -> None:
        self.deletion = deletion
        self.digest = digest
        self._handled = handled

    async def acknowledge(self) -> None:
        """Delete it now."""
        await self.deletion.execute()
        self._handled.add(self.digest)


@attrs.define(eq=False)
class _Stored:
    """An entry that was handed out."""

    id: int
    ingest: Ingest[Inbox]
    defer_done: Callable[[int], Deferred] | None
    is_done: bool = False
    removal: Deferred | None = None

    async def begin_removal(self) -> None:
        """Begin to remove it from the inbox; only ``done`` waits for the end, if the inbox supports that."""
        if self.defer_done is None:
            await self.done()
        elif not self.is_done:
            self.removal = self.defer_done(self.id)

    def hasten_removal(self) -> None:
        """Remove it as soon as possible, without waiting for the end."""
        if self.removal is not None:
            self.removal.begin()

    async def done(self) -> None:
        """Remove it from the inbox."""
        if not self.is_done:
            await self.ingest.retry("done", self._remove)
            self.is_done = True

    async def _remove(self) -> None:
        removal, self.removal = self.removal, None
        await (removal.finish() if removal is not None else self.ingest.inbox.done(self.id))
