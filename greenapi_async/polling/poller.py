"""Asking the server for the head of its queue, and deleting it, through whatever passes by itself.

With ``exchange`` the deletion of one notification and the request for the next travel together, on two connections, so
a notification costs one round trip. The request may overtake the deletion and be served the same head again; whoever
asks knows it by its receipt. Nothing is deleted before it is done with: what overlaps is the wire, not the order.
"""

import logging
import random
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import anyio

from greenapi_async._concurrency import run_to_completion
from greenapi_async.errors import GreenAPIError, TimeoutExpiredError
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.retry import Failure, Retry, RetryPolicy, needs_intervention
from greenapi_async.models.receiving import DeletedNotification, ReceivedNotification
from greenapi_async.polling.counters import Counters
from greenapi_async.serialization.converter import ignore_body

__all__ = ["Deletion", "Poller"]

_LOOP = Endpoint("GET", "notifications", ignore_body, idempotent=True)

logger = logging.getLogger("greenapi_async")

ACKNOWLEDGE_SECONDS = 15.0
"""How long a cancelled task waits for an acknowledgement that is under way."""
HEAD_START = 0.001
"""Seconds that a deletion has before the poll that travels with it, which is served the same head if it comes first."""
SUSPICIOUSLY_SOON = 1.0
"""Seconds before which an empty poll is not one: the shortest waits five."""


class Poller:
    """The queue of one instance at the server."""

    def __init__(
        self,
        receive: Callable[[RetryPolicy], Awaitable[ReceivedNotification | None]],
        delete: Callable[[int], Awaitable[DeletedNotification]],
        *,
        retry: Retry,
        counters: Counters | None = None,
    ) -> None:
        self._receive = receive
        self._delete = delete
        self._retry = retry
        self.counters = counters or Counters()
        self.stopped = False
        self._failures = 0
        self._lost: float | None = None
        self._waiting: set[anyio.CancelScope] = set()

    def stop(self) -> None:
        """Ask no more; what waits now is cut short."""
        self.stopped = True
        for scope in self._waiting:
            scope.cancel()

    async def receive(self) -> ReceivedNotification | None:
        """Poller once; None when nothing came, or it was stopped."""
        with self.stoppable():
            start = anyio.current_time()
            received = await self._receive(self._decide)
            if received is None and anyio.current_time() - start < SUSPICIOUSLY_SOON:
                await self._wait(GreenAPIError("the server does not wait"))  # or it would be asked without end
                return None
            if received is None:
                self._failures = 0
            else:
                self.counters.received += 1
            self.counters.contact = time.time()
            if self._lost is not None and self._failures == 0:
                logger.info("contact is back after %.0f s", anyio.current_time() - self._lost)
                self._lost = None
            return received
        return None

    async def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until it is stopped."""
        with self.stoppable():
            await anyio.sleep(seconds)

    async def settle(self, deletion: "Deletion") -> None:
        """Delete at the server what is done with; where that fails, wait and go on."""
        try:
            await deletion.carry_out()
        except GreenAPIError as error:
            if needs_intervention(error):
                raise
            self._lose_contact(error)
            await self._wait(error)
        else:
            self._failures = 0

    async def exchange(self, deletion: "Deletion") -> ReceivedNotification | None:
        """Delete and poll at the same time; the deletion leaves first."""
        received: ReceivedNotification | None = None
        failed: GreenAPIError | None = None

        async def receive() -> None:
            nonlocal received, failed
            await anyio.sleep(HEAD_START)
            try:
                received = await self.receive()
            except GreenAPIError as error:
                failed = error

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(receive)
            try:
                await self.settle(deletion)
            except GreenAPIError as error:
                failed = error
                tasks.cancel_scope.cancel()
        if failed is not None:
            raise failed
        return received

    def deletion(self, receipt_id: int) -> "Deletion":
        """Give what deletes a notification once."""
        return Deletion(receipt_id, self._delete, self.counters)

    async def _wait(self, error: GreenAPIError) -> None:
        """Wait as long as the failures in a row ask for."""
        self._failures += 1
        if self.stopped:
            return
        with self.stoppable():
            failure = Failure(_LOOP, error, self._failures, 0, 0, random.random())  # noqa: S311  jitter
            await anyio.sleep(self._retry.delay(failure))

    @contextmanager
    def stoppable(self) -> Generator[anyio.CancelScope]:
        """Give a scope that ``stop`` cuts short."""
        with anyio.CancelScope() as scope:
            self._waiting.add(scope)
            try:
                yield scope
            finally:
                self._waiting.discard(scope)

    def _decide(self, failure: Failure) -> float | None:
        if needs_intervention(failure.error):
            return None
        self._lose_contact(failure.error)
        return self._retry.delay(failure)

    def _lose_contact(self, error: GreenAPIError) -> None:
        if self._lost is None:
            self._lost = anyio.current_time()
            words = " ".join("".join(letter if letter.isprintable() else " " for letter in str(error)).split())
            logger.warning("contact is lost, trying again until it is back: %s", words[:300])


class Deletion:
    """The deletion of one notification at the server, carried out once."""

    __slots__ = ("_counters", "_delete", "_one_at_a_time", "done", "receipt_id")

    def __init__(
        self, receipt_id: int, delete: Callable[[int], Awaitable[DeletedNotification]], counters: Counters
    ) -> None:
        self.receipt_id = receipt_id
        self.done = False
        self._delete = delete
        self._counters = counters
        self._one_at_a_time = anyio.Lock(fast_acquire=True)

    async def carry_out(self) -> None:
        """Delete it, through any cancellation; raises TimeoutExpiredError when that takes too long."""
        if self.done:
            return
        try:
            await run_to_completion(self._carry_out, ACKNOWLEDGE_SECONDS)
        except TimeoutError:
            words = f"no answer within {ACKNOWLEDGE_SECONDS:g} s"
            raise TimeoutExpiredError(words, method="deleteNotification") from None

    async def _carry_out(self) -> None:
        async with self._one_at_a_time:
            if self.done:
                return
            deleted = await self._delete(self.receipt_id)
            self.done = True
            self._counters.acknowledged += 1
            if deleted.result is False:
                logger.info("notification %d had been deleted before", self.receipt_id)
