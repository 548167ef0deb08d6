"""Membership: the tasks with which a process takes part in the work of an inbox in PostgreSQL.

- The process's lease is renewed, and given up the moment it expires by the monotonic clock.
- A connection listens for news: new entries in lanes of this process, lanes that nobody holds, and entries that an
  operator wants retried at once.
- Every few seconds, and when the lease of another process ends, the store is compared with what this process knows: a
  message of ``NOTIFY`` can be missed while a connection is lost, and a transaction can have been committed without an
  answer. Leases that have expired are deleted then, what they held becomes free, and old deduplication keys expire.
- Lanes that were idle for a moment are given back together.

The tasks survive a database that is down. If it cannot be used at all, ``failure`` says why.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Protocol

from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.lane_feed import LaneKey
from greenapi_async.inbox.postgres.lease_store import LOST
from greenapi_async.inbox.process_lease import RENEWALS, ProcessLease

if TYPE_CHECKING:
    from greenapi_async.inbox.postgres.connection import PostgresConnection

__all__ = ["Member", "Membership"]

logger = logging.getLogger("greenapi_async")

COMPARE_EVERY = 5.0
"""Seconds between two comparisons with the store."""
GIVE_BACK_EVERY = 0.5
"""Seconds between two looks for idle lanes."""
RESOLUTION = 0.1
"""Seconds between two looks at a lease that is about to end."""
RETRY_EVERY = 1.0
"""Seconds after which an operation on an unavailable database is repeated."""


class Member(Protocol):
    """Holdings of a process; the methods that wait may raise ``InboxUnavailableError``."""

    def note_news(self, lanes: Collection[LaneKey] | None) -> None:
        """Note that some lanes of this process have new entries; None: any, or lanes that nobody holds."""
        ...

    def note_retry(self, id: int) -> None:  # noqa: A002  the name of the field
        """Note that an entry, by its id in the store, is to be retried at once; it may be another process's."""
        ...

    async def compare(self) -> float | None:
        """Compare what this process holds with the store, and free what dead processes hold.

        Returns:
            Seconds until a lease of another process ends, if it is not renewed; None if there is none.
        """
        ...

    async def give_back_idle(self) -> None:
        """Release idle lanes."""
        ...


class Membership:
    """The tasks of one process.

    Args:
        connection: The database.
        lease: The lease of this process.
        member: What takes part.

    Attributes:
        failure: Why the database cannot be used; None if it can.
    """

    def __init__(self, connection: "PostgresConnection", lease: ProcessLease, member: Member) -> None:
        self.failure: Exception | None = None
        self._connection = connection
        self._lease = lease
        self._member = member
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = asyncio.Lock()
        self._has_lease = asyncio.Event()
        self._was_reported = False

    async def start(self) -> None:
        """Take the lease and start the tasks, unless they run.

        Raises:
            InboxError: The database cannot be used.
            InboxUnavailableError: The database cannot be used at the moment.
        """
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            if self.failure is not None:
                raise self.failure
            return
        async with self._starting:
            if self._loop is loop:
                return
            await self._lease.acquire()
            self.failure = None
            self._loop = loop
            self._tasks = [
                loop.create_task(self._guard(work), name=f"greenapi_async {work.__name__}")
                for work in (self._keep_lease, self._watch_lease, self._listen, self._compare, self._give_back)
            ]

    async def stop(self) -> None:
        """End the tasks; the lease stays."""
        tasks, self._tasks = self._tasks, []
        if self._loop is asyncio.get_running_loop():
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
        self._loop = None

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  raised by start
            self.failure = error
            self._member.note_news(None)

    async def _attempt(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Run an operation; return False if the database is unavailable."""
        try:
            await work()
        except InboxUnavailableError as error:
            if not self._was_reported:
                logger.warning("PostgreSQL is unavailable. Retrying: %s", error)
            self._was_reported = True
            return False
        return True

    def _note_contact(self) -> None:
        """Note that the database has answered; an operation can succeed because it had nothing to ask."""
        if self._was_reported:
            logger.info("PostgreSQL is available again")
            self._was_reported = False

    async def _keep_lease(self) -> None:
        wait = self._lease.seconds / RENEWALS
        while True:
            await asyncio.sleep(min(wait, max(self._lease.remaining, 0.0)) if self._lease.id else 0.0)
            self._lease.check()
            before = self._lease.id
            if await self._attempt(self._lease.acquire):
                self._note_contact()
                wait = self._lease.seconds / RENEWALS
                if self._lease.id != before:
                    self._member.note_news(None)
            else:
                wait = min(RETRY_EVERY, self._lease.seconds / RENEWALS)
                if not self._lease.id:
                    await asyncio.sleep(wait)

    async def _watch_lease(self) -> None:
        """Notice the end of the lease, even while its renewal waits for the database."""
        while True:
            await asyncio.sleep(max(self._lease.remaining, RESOLUTION) if self._lease.id else RETRY_EVERY)
            self._lease.check()

    async def _listen(self) -> None:
        while True:
            process = self._lease.id
            if not process or not await self._attempt(partial(self._listen_as, process)):
                await asyncio.sleep(RETRY_EVERY)

    async def _listen_as(self, process: str) -> None:
        connection = await self._connection.connect("greenapi_lanes", "greenapi_retries", f"greenapi_{process}")
        try:
            async with connection:
                self._member.note_news(None)  # what was missed
                while self._lease.id == process:
                    async for message in connection.notifies(timeout=RETRY_EVERY):
                        if message.payload == LOST:
                            await self._lease.acquire()  # finds out that it is lost
                        elif message.channel == "greenapi_retries":
                            schema, _, entry = message.payload.rpartition(" ")
                            if schema == self._connection.schema:
                                self._member.note_retry(int(entry))
                        elif message.channel != "greenapi_lanes":
                            self._member.note_news(_lanes(message.payload))
                        elif message.payload == self._connection.schema:
                            self._member.note_news(())
        except self._connection.errors as error:
            raise self._connection.translate(error) from error

    async def _compare(self) -> None:
        wait = 0.0

        async def compare() -> None:
            nonlocal wait
            next_end = await self._member.compare()
            wait = COMPARE_EVERY if next_end is None else min(COMPARE_EVERY, next_end + RESOLUTION)

        while True:
            await asyncio.sleep(max(wait, RESOLUTION))
            wait = RETRY_EVERY
            if await self._attempt(compare):
                self._note_contact()

    async def _give_back(self) -> None:
        while True:
            await asyncio.sleep(GIVE_BACK_EVERY)
            await self._attempt(self._member.give_back_idle)


def _lanes(payload: str) -> list[LaneKey] | None:
    return [(instance, lane) for instance, lane in json.loads(payload)] if payload else None
