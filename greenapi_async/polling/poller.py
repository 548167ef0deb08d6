"""Poller: long polls for the head of the server's queue, and deletions, retried through every temporary failure.

``receiveNotification`` returns the head of a FIFO queue until ``deleteNotification`` removes it. The poller waits out
network failures, 5xx, 429 and an instance that is starting, with exponential backoff and jitter; it logs once that
contact is lost and once that it is restored. Errors that need a human are raised.

``exchange`` sends a deletion and the next poll concurrently on two connections, so that a notification costs one round
trip instead of two. The poll may overtake the deletion and return the same head again; the caller recognises it by its
receipt. Only the requests overlap: nothing is deleted before it was handled. If deletions are answered within
``NEARBY``, nothing is gained, so the poll waits for the answer.

A head that stays although its deletion succeeded before the poll was sent is deleted again, with backoff. The same goes
for content that keeps returning under new receipts: the server delivers some notifications twice, but not endlessly.
"""

import logging
import random
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

import anyio

from greenapi_async._internal.concurrency import complete_within, current_time, run_to_completion
from greenapi_async._internal.log_fields import log_fields
from greenapi_async.errors import GreenAPIError, TimeoutExpiredError
from greenapi_async.http.retry import Failure, Retry, RetryPolicy, needs_intervention
from greenapi_async.inbox.identities import ClientIdentities
from greenapi_async.models.receiving import DeletedNotification, ReceivedNotification
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.deduplication import content_digest

__all__ = ["Deletion", "Poller"]

logger = logging.getLogger("greenapi_async")

ACKNOWLEDGE_TIMEOUT = 15.0
"""Seconds for which a cancelled task waits for an acknowledgement that has started."""
HEAD_START = 0.001
"""Seconds by which a deletion precedes the concurrent poll, which would otherwise return the same head."""
NEARBY = 0.002
"""Seconds; if the last deletion took less, the next poll waits for its answer: a second task would cost more."""
STUCK = 3
"""Times that a deleted head must return before it is logged: a server that is a moment late is no reason."""
TOO_SOON = 1.0
"""Seconds; an empty answer earlier than this means that the server does not hold the poll (it should for five)."""


class Poller:
    """The server's queue of one instance."""

    def __init__(
        self,
        receive: Callable[[RetryPolicy], Awaitable[ReceivedNotification | None]],
        delete: Callable[[int], Awaitable[DeletedNotification]],
        *,
        identities: ClientIdentities,
        retry: Retry,
        counters: Counters | None = None,
    ) -> None:
        """Create a poller.

        Args:
            receive: Calls receiveNotification with a retry policy.
            delete: Calls deleteNotification with a receipt.
            identities: The instance, and what is known about the ids of its persons.
            retry: Determines the backoff.
            counters: Where to count; None creates new counters.
        """
        self._receive = receive
        self._delete = delete
        self._retry = retry
        self.id_instance = identities.id_instance
        self.counters = counters or Counters()
        self.identities = identities
        self.stopped = False
        self._is_nearby = False
        self._failures = 0
        self._contact_lost: float | None = None
        self._loss = ""
        self._deleted: int | None = None
        self._head: ReceivedNotification | None = None
        self._returned = 0
        self._scopes: set[anyio.CancelScope] = set()

    def stop(self) -> None:
        """Stop polling; a pending long poll is cut short."""
        self.stopped = True
        for scope in self._scopes:
            scope.cancel()

    async def receive(self) -> ReceivedNotification | None:
        """Poll once.

        Returns:
            The head of the queue, or None if there was none or the poller was stopped.

        Raises:
            GreenAPIError: A human must act.
        """
        with self.stoppable():
            return await self.poll()
        return None

    async def settle_and_receive(self, deletion: "Deletion") -> ReceivedNotification | None:
        """Settle a deletion, then receive, in one cancel scope: opening one costs as much as building a request."""
        with anyio.CancelScope(shield=True) as scope:
            await self.settle(deletion, scope)
            if self.stopped:
                return None
            self._scopes.add(scope)
            try:
                return await self.poll()
            finally:
                self._scopes.discard(scope)
        if not self.stopped:
            await self._settle_later(_no_answer())
        return None

    async def poll(self) -> ReceivedNotification | None:
        """Poll once, as ``receive``, but in a scope of the caller's, from ``stoppable``."""
        start, deleted = current_time(), self._deleted
        received = await self._receive(self._retry_policy)
        if received is None:
            if current_time() - start < TOO_SOON:
                await self._back_off(GreenAPIError("the server does not hold polls"))
                return None
            self._failures = 0
        else:
            self.counters.received += 1
        self.counters.contact = time.time()
        if self._contact_lost is not None and self._failures == 0:
            lost = current_time() - self._contact_lost
            logger.info("Contact with the API is restored after %.0f s", lost, extra=self._fields())
            self._contact_lost = None
        head, self._head = self._head, received
        self._returned = self._returned + 1 if received and _has_returned(received, head, deleted) else 0
        if received is not None and self._returned > (received.receipt_id != deleted):
            await self._wait_for_head(received.receipt_id)
        return received

    @property
    def lost_contact(self) -> tuple[float, str] | None:
        """Seconds for which polls have failed, and why they did at first; None if they do not."""
        return None if self._contact_lost is None else (current_time() - self._contact_lost, self._loss)

    @property
    def is_stuck(self) -> bool:
        """Return whether the head of the queue stays although its deletion succeeded."""
        return self._returned > 1

    def parsed(self, body_text: str) -> Any:
        """Return the parsed body of the notification that was received last, if this is its text; None otherwise."""
        head = self._head
        return head.body if head is not None and head.body_text is body_text else None

    async def sleep(self, seconds: float) -> None:
        """Sleep until the poller is stopped, at most for this time."""
        with self.stoppable():
            await anyio.sleep(seconds)

    async def settle(self, deletion: "Deletion", scope: anyio.CancelScope | None = None) -> None:
        """Delete a handled notification on the server; after a temporary failure, back off and return.

        The server then serves the notification again; it is recognised as a duplicate and deleted.

        Args:
            deletion: The deletion.
            scope: See ``Deletion.execute``.
        """
        try:
            await deletion.execute(scope)
        except GreenAPIError as error:
            if needs_intervention(error):
                raise
            await self._settle_later(error)
        else:
            self._failures = 0

    async def exchange(self, deletion: "Deletion") -> ReceivedNotification | None:
        """Delete and poll concurrently, if that saves time; the deletion is sent first."""
        if self._is_nearby:
            await self._settle_timed(deletion)
            return None if self.stopped else await self.receive()
        received: ReceivedNotification | None = None
        failed: GreenAPIError | None = None

        async def receive() -> None:
            nonlocal received, failed
            await anyio.sleep(HEAD_START)
            if self.stopped:
                return
            try:
                received = await self.receive()
            except GreenAPIError as error:
                failed = error

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(receive)
            try:
                await self._settle_timed(deletion)
            except GreenAPIError as error:
                failed = error
                tasks.cancel_scope.cancel()
        if failed is not None:
            raise failed
        return received

    async def _settle_timed(self, deletion: "Deletion") -> None:
        """Settle, and note whether the server is so near that a concurrent poll saves nothing."""
        start = current_time()
        await self.settle(deletion)
        self._is_nearby = current_time() - start < NEARBY

    def deletion(self, receipt_id: int) -> "Deletion":
        """Return the deletion of a notification; it is executed at most once."""
        return Deletion(receipt_id, self._delete, self._record_deletion)

    def stoppable(self) -> "_StoppableScope":
        """Open a cancel scope that ``stop`` cancels."""
        return _StoppableScope(self._scopes)

    def _record_deletion(self, receipt_id: int, deleted: DeletedNotification) -> None:
        if receipt_id == self._deleted:
            return  # deleted again
        self._deleted = receipt_id
        self.counters.acknowledged += 1
        if deleted.result is False:
            fields = self._fields("deleteNotification")
            logger.info("Notification was already deleted (receipt %d)", receipt_id, extra=fields)

    async def _wait_for_head(self, receipt_id: int) -> None:
        """Back off because the head was deleted but stays."""
        if self._returned == STUCK:
            logger.warning(
                "Notification stays at the head of the queue although its deletion succeeded (receipt %d). "
                "Deleting it again with backoff.",
                receipt_id,
                extra=self._fields("deleteNotification"),
            )
        await self._sleep(self._returned, GreenAPIError("the head of the queue was deleted but stays"))

    async def _settle_later(self, error: GreenAPIError) -> None:
        self._lose_contact(error)
        await self._back_off(error)

    async def _back_off(self, error: GreenAPIError) -> None:
        self._failures += 1
        if not self.stopped:
            await self._sleep(self._failures, error)

    async def _sleep(self, failures: int, error: GreenAPIError) -> None:
        with self.stoppable():
            jitter = random.random()  # noqa: S311  not for secrets
            await anyio.sleep(self._retry.delay(error, failures, jitter))

    def _retry_policy(self, failure: Failure) -> float | None:
        if needs_intervention(failure.error):
            return None
        self._lose_contact(failure.error)
        return self._retry.delay(failure.error, failure.number, failure.jitter)

    def _lose_contact(self, error: GreenAPIError) -> None:
        if self._contact_lost is None:
            self._contact_lost = current_time()
            where = " ".join(part for part in (error.method, str(error.status or "")) if part)
            reason = " ".join("".join(letter if letter.isprintable() else " " for letter in error.reason).split())
            reason = reason[:300] or type(error).__name__
            event = "Cannot reach" if self.counters.contact is None else "Lost contact with"
            self._loss = f"{where or 'poll'}: {reason}"
            fields = self._fields(error.method)
            logger.warning("%s the API (%s). Retrying with backoff.", event, self._loss, extra=fields)

    def _fields(self, method: str | None = "receiveNotification") -> dict[str, object]:
        return log_fields(instance=self.id_instance, method=method)


class _StoppableScope:
    """Context manager of a cancel scope that is in a set while it is open."""

    __slots__ = ("_open", "_scope")

    def __init__(self, open_scopes: set[anyio.CancelScope]) -> None:
        self._open = open_scopes
        self._scope = anyio.CancelScope()

    def __enter__(self) -> anyio.CancelScope:
        self._open.add(self._scope)
        return self._scope.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self._open.discard(self._scope)
        return self._scope.__exit__(kind, error, traceback)


def _no_answer() -> TimeoutExpiredError:
    return TimeoutExpiredError(f"no answer within {ACKNOWLEDGE_TIMEOUT:g} s", method="deleteNotification")


def _has_returned(received: ReceivedNotification, head: ReceivedNotification | None, deleted: int | None) -> bool:
    """Return whether a notification was deleted last, or was received last under another receipt."""
    if received.receipt_id == deleted:
        return True
    if head is None or head.receipt_id == received.receipt_id or head.body_text != received.body_text:
        return False
    return content_digest(head) == content_digest(received)


class Deletion:
    """The deletion of one notification on the server, executed once."""

    __slots__ = ("_delete", "_ended", "_is_running", "_record", "done", "receipt_id")

    def __init__(
        self,
        receipt_id: int,
        delete: Callable[[int], Awaitable[DeletedNotification]],
        record: Callable[[int, DeletedNotification], None],
    ) -> None:
        self.receipt_id = receipt_id
        self.done = False
        self._delete = delete
        self._record = record
        self._is_running = False
        self._ended: anyio.Event | None = None
        """Set at the end of the request that runs; None if nobody waits for it."""

    async def execute(self, scope: anyio.CancelScope | None = None) -> None:
        """Delete the notification; once started, this completes even if the task is cancelled.

        Args:
            scope: An open cancel scope to use, which is cancelled if there is no answer in time; None opens one.

        Raises:
            TimeoutExpiredError: There was no answer in time.
        """
        if self.done:
            return
        try:
            if scope is None:
                await run_to_completion(self._execute, ACKNOWLEDGE_TIMEOUT)
            else:
                await complete_within(scope, self._execute, ACKNOWLEDGE_TIMEOUT)
        except TimeoutError:
            raise _no_answer() from None

    async def _execute(self) -> None:
        while self._is_running:
            self._ended = self._ended or anyio.Event()
            await self._ended.wait()
        if self.done:
            return
        self._is_running = True
        try:
            deleted = await self._delete(self.receipt_id)
        finally:
            self._is_running = False
            ended, self._ended = self._ended, None
            if ended is not None:
                ended.set()
        self.done = True
        self._record(self.receipt_id, deleted)
