"""The loop behind ``client.notifications()``.

``receiveNotification`` serves the head of a FIFO queue until ``deleteNotification`` removes it. Without an inbox the
loop deletes a notification when the next one is asked for: by then the body of ``async for`` is done with it. A body
that raises, breaks out or is cancelled never asks, so its notification stays on the server and is served again. With
an inbox a notification is deleted as soon as the inbox keeps it; then it is the inbox that serves it again.

It is an iterator with a state, not a generator, so that nothing waits for the garbage collector: when the body ends, no
request is under way and nothing is left to clean up.

The server sometimes delivers twice, and an acknowledgement can be carried out and its answer lost, or the other way
round. So the loop remembers, for a bounded number of notifications, a digest of each body that was done with; one that
comes again is deleted again and not yielded. That is also why an acknowledgement that fails is not fought for: after
a delay that grows from failure to failure the notification is served again, known, and deleted then.
"""

import logging
import time
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import attrs

from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.consumers import active_consumer, register_consumer, unregister_consumer
from greenapi_async.models.notifications import Notification
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.deduplication import digest
from greenapi_async.polling.ingest import Intake
from greenapi_async.polling.poller import Deletion, Poller
from greenapi_async.polling.reader import Reader
from greenapi_async.polling.remembered import Remembered

if TYPE_CHECKING:
    from greenapi_async.inbox.base import Entry

__all__ = ["InboxSource", "Notifications", "ServerSource"]

logger = logging.getLogger("greenapi_async")

PAGE = 100
"""Entries of an inbox that are read at once."""


class Source(Protocol):
    """Where the next notification comes from."""

    async def next(self) -> Notification | None:
        """Finish with the previous notification and give the next; None when it was stopped."""
        ...

    def forget(self) -> None:
        """Take the previous notification as not done with."""
        ...

    async def aclose(self) -> None:
        """Let go of what is open."""
        ...


class Notifications:
    """The notifications of an instance, one after the other, each done with when the next is asked for.

    Iterate with ``async for``, within ``async with`` if you like. Network trouble, 429 and an instance that is starting
    or not yet linked are waited out, with one log line when contact is lost and one when it is back. It raises only
    where a person must act: ``UnauthorizedError``, ``ForbiddenError``, ``NotFoundError``, ``WebhookUrlSetError``,
    ``InstanceExpiredError``, ``InstanceDeletedError``, and ``InboxError`` but for ``InboxUnavailableError``.
    """

    def __init__(self, source: Source, poll: Poller, id_instance: int) -> None:
        self._source = source
        self._poll = poll
        self._busy = False
        self.id_instance = id_instance
        """The instance's number."""

    @property
    def counters(self) -> Counters:
        """What this loop did so far."""
        return self._poll.counters

    def __aiter__(self) -> Self:
        self._source.forget()  # a body that broke out has not asked for the next: its notification is served again
        return self

    async def __anext__(self) -> Notification:
        if self._busy:
            raise RuntimeError("another task is iterating over these notifications; each task needs its own loop")
        self._busy = True
        try:
            notification = await self._source.next()
        finally:
            self._busy = False
        if notification is None:
            raise StopAsyncIteration
        self._poll.counters.yielded += 1
        return notification

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def stop(self) -> None:
        """End the loop after the current body, acknowledged; a poll that waits is cut short."""
        self._poll.stop()

    async def aclose(self) -> None:
        """End the loop without acknowledging the current notification."""
        self._source.forget()
        self.stop()
        await self._source.aclose()


class ServerSource:
    """The queue itself: what the body is done with is deleted, and the next is asked for."""

    def __init__(self, poll: Poller, reader: Reader, *, overlap: bool) -> None:
        self._poll = poll
        self._reader = reader
        self._overlap = overlap
        self._current: _Pending | None = None
        self._done = Remembered()

    def forget(self) -> None:
        """Take the previous notification as not done with."""
        self._current = None

    async def aclose(self) -> None:
        """Nothing is open."""

    async def next(self) -> Notification | None:
        """Delete the previous notification and give the next."""
        due = self._current
        if due is not None:
            self._done.add(due.digest)
            if not self._overlap or self._poll.stopped:
                await self._poll.settle(due.deletion)
                due = self._current = None
        self._poll.counters.oldest = None
        while not self._poll.stopped:
            received = await (self._poll.exchange(due.deletion) if due else self._poll.receive())
            before, due, self._current = due, None, None
            if received is None:
                continue
            pending = _Pending(received, self._poll.deletion(received.receipt_id), self._done)
            if pending.digest not in self._done:
                self._current = pending
                self._poll.counters.oldest = time.time()
                return self._reader.received(received, pending.acknowledge)
            self._poll.counters.duplicate += 1
            if before is not None and before.deletion.done and before.deletion.receipt_id == received.receipt_id:
                continue  # it was served while its deletion was on the way
            logger.info("notification %d came twice and was dropped", received.receipt_id)
            if self._overlap:
                due = pending
            else:
                await self._poll.settle(pending.deletion)
        if due is not None:
            await self._poll.settle(due.deletion)
        return None


class InboxSource:
    """The inbox: what waits there first, and then what the server has, kept there before it is deleted."""

    def __init__(self, intake: Intake, reader: Reader) -> None:
        self._intake = intake
        self._reader = reader
        self._current: _Stored | None = None
        self._page: deque[Entry] = deque()
        self._seen = 0
        self._open = False

    def forget(self) -> None:
        """Take the previous notification as not done with."""
        self._current = None
        self._page.clear()
        self._seen = 0

    async def aclose(self) -> None:
        """Close the inbox, if nobody else uses it."""
        if self._open:
            self._open = False
            unregister_consumer(self._intake.inbox, self._intake.id_instance, self)
            await self._intake.close()

    async def next(self) -> Notification | None:
        """Take the previous notification out of the inbox and give the next."""
        try:
            notification = await self._next()
        except InboxUnavailableError as error:  # only when stopped
            logger.warning("what was not done with is handed out again at the next start: %s", error)
            notification = None
        if notification is None:
            await self.aclose()
        return notification

    async def _next(self) -> Notification | None:
        if not self._open:
            self._claim()
            self._open = await self._intake.open()
        elif active_consumer(self._intake.inbox, self._intake.id_instance) is not self:
            raise RuntimeError("another loop takes the notifications of this instance out of this inbox by now")
        if self._current is not None:
            await self._current.done()
            self._current = None
        while not self._intake.stopped:
            if not self._page:
                self._page.extend(await self._intake.waiting(self._seen, PAGE))
            if self._page:
                entry = self._page.popleft()
                self._seen = entry.id
                self._intake.counters.oldest = entry.stored.timestamp()
                self._current = _Stored(entry.id, self._intake)
                return self._reader.stored(entry, self._current.done)
            self._intake.counters.oldest = None
            await self._intake.once()
        await self._intake.settle()
        return None

    def _claim(self) -> None:
        inbox, number = self._intake.inbox, self._intake.id_instance
        owner = active_consumer(inbox, number)
        if owner is not None and not isinstance(owner, InboxSource):
            raise RuntimeError(
                f"a process(...) takes the notifications of instance {number} out of this inbox; stop() it"
            )
        register_consumer(inbox, number, self)


class _Pending:
    """A notification that was received and not yet deleted."""

    __slots__ = ("_done", "deletion", "digest")

    def __init__(self, received: ReceivedNotification, deletion: Deletion, done: Remembered) -> None:
        self.deletion = deletion
        self.digest = digest(received)
        self._done = done

    async def acknowledge(self) -> None:
        """Delete it now."""
        await self.deletion.carry_out()
        self._done.add(self.digest)


@attrs.define(eq=False)
class _Stored:
    """An entry that was handed out."""

    id: int
    intake: Intake
    is_done: bool = False

    async def done(self) -> None:
        """Take it out of the inbox."""
        if not self.is_done:
            await self.intake.done(self.id)
            self.is_done = True
