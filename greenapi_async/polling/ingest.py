"""From the server into an inbox: received, kept, and only then deleted.

Where the inbox cannot keep it (the disk is full, the file is read-only), the notification stays on the server, the log
names the file once, and it is tried again with growing delays until it can.
"""

import logging
import random
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import TypeVar

import anyio

from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.deduplication import received_entry
from greenapi_async.polling.poller import Deletion, Poller

__all__ = ["Intake", "PatientInbox"]

T = TypeVar("T")

logger = logging.getLogger("greenapi_async")

WAIT_INITIAL = 0.2
WAIT_MAX = 30.0
"""Seconds between attempts at an inbox that is not available."""


class PatientInbox:
    """An inbox whose passing trouble is waited out, and told of once; when all is stopped, it is raised."""

    def __init__(
        self, inbox: Inbox, stopped: Callable[[], bool], sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    ) -> None:
        self.inbox = inbox
        self._stopped = stopped
        self._sleep = sleep
        self._unavailable: set[str] = set()

    async def open(self) -> None:
        """Open it; whoever does closes it with ``close``."""
        await self._persist("open", self.inbox.__aenter__)

    async def close(self) -> None:
        """Close it, if nobody else has it open."""
        await self.inbox.__aexit__(None, None, None)

    async def put(self, arrival: Entry) -> bool:
        """Store an arrival; False where it is known."""
        return await self._persist("put", lambda: self.inbox.put(arrival))

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        """Give what waits."""
        return await self._persist("waiting", lambda: self.inbox.waiting(instances, after, limit))

    async def done(self, number: int) -> None:
        """Forget an entry."""
        await self._persist("done", lambda: self.inbox.done(number))

    async def failed(self, number: int, attempts: int, due: datetime, failure: str) -> None:
        """Note that a handler failed."""
        await self._persist("failed", lambda: self.inbox.failed(number, attempts, due, failure))

    async def quarantine(self, number: int, attempts: int, failure: str) -> None:
        """Put an entry aside."""
        await self._persist("quarantine", lambda: self.inbox.quarantine(number, attempts, failure))

    async def _persist(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        failures = 0
        while True:
            try:
                result = await work()
            except InboxUnavailableError as error:
                if self._stopped():
                    raise
                if what not in self._unavailable:
                    logger.warning("the inbox is not available, trying again until it is: %s", error)
                self._unavailable.add(what)
            else:
                if what in self._unavailable:
                    logger.info("the inbox is available again")
                    self._unavailable.discard(what)
                return result
            wait = min(WAIT_MAX, WAIT_INITIAL * 2.0 ** min(failures, 30))
            failures += 1
            await self._sleep(wait * (0.75 + random.random() / 2))  # noqa: S311  jitter


class Intake:
    """One instance's way into an inbox."""

    def __init__(self, poll: Poller, inbox: PatientInbox, id_instance: int, *, overlap: bool) -> None:
        self._poll = poll
        self._inbox = inbox
        self._overlap = overlap
        self._due: Deletion | None = None
        self.id_instance = id_instance

    @property
    def inbox(self) -> Inbox:
        """Where it goes."""
        return self._inbox.inbox

    @property
    def counters(self) -> Counters:
        """What came in."""
        return self._poll.counters

    async def open(self) -> bool:
        """Open the inbox; False when it was stopped while it could not be."""
        with self._poll.stoppable() as scope:
            await self._inbox.open()
        return not scope.cancelled_caught

    async def close(self) -> None:
        """Close the inbox."""
        await self._inbox.close()

    @property
    def stopped(self) -> bool:
        """Whether nothing more is asked for."""
        return self._poll.stopped

    async def once(self) -> None:
        """Poller once, keep what came, and delete it at the server, or do that together with the next poll."""
        before, self._due = self._due, None
        received = await (self._poll.exchange(before) if before else self._poll.receive())
        if received is None:
            return
        with self._poll.stoppable() as scope:
            stored = await self._inbox.put(received_entry(self.id_instance, received))
        if scope.cancelled_caught:
            return
        if not stored:
            self.counters.duplicate += 1
            if before is not None and before.done and before.receipt_id == received.receipt_id:
                return  # it was served while its deletion was on the way
            logger.info("notification %d came twice and was dropped", received.receipt_id)
        self._due = self._poll.deletion(received.receipt_id)
        if not self._overlap:
            await self.settle()

    async def settle(self) -> None:
        """Delete at the server what is kept and was not deleted yet."""
        if self._due is not None:
            due, self._due = self._due, None
            await self._poll.settle(due)

    async def waiting(self, after: int, limit: int) -> Sequence[Entry]:
        """Give what waits for this instance."""
        return await self._inbox.waiting({self.id_instance}, after, limit)

    async def done(self, number: int) -> None:
        """Forget an entry."""
        await self._inbox.done(number)
