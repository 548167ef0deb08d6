"""Ingest: from the server's queue into an inbox, or into another destination.

A notification is received, stored, and only then deleted on the server. While the inbox is unavailable (disk full,
read-only), notifications stay on the server: the operation is retried with exponential backoff and jitter, and the log
names the file once. Duplicates are rejected by the inbox and deleted on the server again.

A thousand instances with full queues could keep the event loop so busy that handlers hardly run. So while a turn of the
event loop takes long, each instance pauses after a notification; the others stay on the server meanwhile.
"""

import logging
import random
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio
import anyio.lowlevel

from greenapi_async._internal.concurrency import current_time
from greenapi_async._internal.log_fields import log_fields
from greenapi_async.errors import InboxUnavailableError
from greenapi_async.http.retry import backoff
from greenapi_async.inbox.base import Destination
from greenapi_async.polling.deduplication import received_entry
from greenapi_async.polling.poller import Deletion, Poller

__all__ = ["Ingest"]

T = TypeVar("T")
D_co = TypeVar("D_co", bound=Destination, covariant=True)

logger = logging.getLogger("greenapi_async")

WAIT_INITIAL = 0.2
WAIT_MAX = 30.0
"""Seconds between two attempts of an operation on an unavailable inbox."""
LONG_TURN = 0.05
"""Seconds; if a turn of the event loop takes longer, polls give way to handlers."""
PAUSE_MAX = 5.0
"""Seconds for which an instance pauses at most after a notification."""
SAMPLE = 16
"""Of so many notifications, one measures a turn; each one does during a pause."""


class Ingest(Generic[D_co]):
    """An inbox, or another destination, and the pollers that fill it."""

    def __init__(
        self,
        inbox: D_co,
        *,
        overlap: bool,
        stopped: Callable[[], bool],
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        name: str = "The inbox",
    ) -> None:
        """Create an ingest.

        Args:
            inbox: Where notifications are stored.
            overlap: Whether a deletion and the next poll are sent concurrently.
            stopped: Returns whether to stop retrying.
            sleep: Waits between two attempts.
            name: What log records call the inbox.
        """
        self._inbox = inbox
        self._overlap = overlap
        self._stopped = stopped
        self._sleep = sleep
        self._name = name
        self._unavailable: dict[str, InboxUnavailableError] = {}
        self._pending: dict[Poller, Deletion] = {}
        self._received = 0
        self._pause = 0.0
        self._is_measuring = False

    @property
    def inbox(self) -> D_co:
        """The inbox, or the other destination."""
        return self._inbox

    @property
    def trouble(self) -> InboxUnavailableError | None:
        """Why an operation fails that is being repeated; None if none does."""
        return next(iter(self._unavailable.values()), None)

    async def receive(self, poller: Poller) -> None:
        """Poll once, store what arrived, and delete it on the server (with ``overlap``, together with the next poll).

        Args:
            poller: The queue of one instance.

        Raises:
            GreenAPIError: A human must act.
            InboxUnavailableError: The inbox was unavailable when everything was stopped.
            InboxError: The inbox is damaged.
        """
        previous = self._pending.pop(poller, None)
        received, stored = None, False
        with poller.stoppable() as scope:
            received = await (poller.exchange(previous) if previous else poller.poll())
            if received is not None:
                entry = received_entry(poller.id_instance, received, poller.identities.known)
                stored = await self.retry("put", lambda: self._inbox.put(entry))
        if received is None or scope.cancelled_caught:
            return
        if not stored:
            poller.counters.duplicate += 1
            if previous is not None and previous.done and previous.receipt_id == received.receipt_id:
                return  # served again while its deletion was in transit
            if not poller.is_stuck:
                logger.info(
                    "Dropped duplicate notification (receipt %d, message %s)",
                    received.receipt_id,
                    received.id_message,
                    extra=log_fields(instance=poller.id_instance, message_id=received.id_message),
                )
        self._pending[poller] = poller.deletion(received.receipt_id)
        if not self._overlap:
            await self.settle(poller)
        self._received += 1
        if self._pause or self._received % SAMPLE == 0:
            await self._give_way(poller)

    async def _give_way(self, poller: Poller) -> None:
        """Measure a turn of the event loop, and pause if turns take long."""
        if not self._is_measuring:
            self._is_measuring = True
            start = current_time()
            try:
                await anyio.lowlevel.checkpoint()
            finally:
                self._is_measuring = False
            turn = current_time() - start
            if turn > LONG_TURN:
                self._pause = min(PAUSE_MAX, max(self._pause * 2, turn))
            else:
                self._pause = self._pause / 2 if self._pause > LONG_TURN else 0.0
        if self._pause:
            await self.settle(poller)
            await poller.sleep(self._pause)

    async def settle(self, poller: Poller) -> None:
        """Delete on the server what is stored and not yet deleted."""
        pending = self._pending.pop(poller, None)
        if pending is not None:
            await poller.settle(pending)

    async def retry(self, operation: str, work: Callable[[], Awaitable[T]]) -> T:
        """Run an operation on the inbox, and retry it with backoff while the inbox is unavailable.

        Args:
            operation: Its name; each operation is logged once when it becomes unavailable.
            work: Runs it.

        Raises:
            InboxUnavailableError: It was unavailable when everything was stopped.
            InboxError: The inbox is damaged.
        """
        failures = 0
        while True:
            try:
                result = await work()
            except InboxUnavailableError as error:
                if self._stopped():
                    raise
                if operation not in self._unavailable:
                    logger.warning("%s is unavailable. Retrying with backoff: %s", self._name, error)
                self._unavailable[operation] = error
            else:
                if operation in self._unavailable:
                    logger.info("%s is available again", self._name)
                    del self._unavailable[operation]
                return result
            failures += 1
            jitter = random.random()  # noqa: S311  not for secrets
            await self._sleep(backoff(failures, initial=WAIT_INITIAL, maximum=WAIT_MAX, jitter=jitter))
