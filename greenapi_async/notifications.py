"""The polling loop behind ``client.notifications()``.

``receiveNotification`` serves the head of a FIFO queue until ``deleteNotification`` removes it. The loop deletes a
notification when the next one is asked for: by then the body of ``async for`` is done with it. A body that raises,
breaks out or is cancelled never asks, so its notification stays on the server and is served again.

It is an iterator with a state, not a generator, so that nothing waits for the garbage collector: when the body ends, no
request is under way and nothing is left to clean up.

The server sometimes delivers twice, and an acknowledgement can be carried out and its answer lost, or the other way
round. So the loop remembers, for a bounded number of notifications, a digest of each body that was done with; one that
comes again is deleted again and not yielded. That is also why a failed acknowledgement needs no retry of its own.
"""

import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from types import TracebackType
from typing import Self

import anyio

from greenapi_async.errors import DecodeError, GreenAPIError, TimeoutExpiredError
from greenapi_async.models.notifications import Delivery, MalformedNotification, Notification, Replier
from greenapi_async.models.receiving import DeletedNotification, ReceivedNotification
from greenapi_async.parsing import parse_notification
from greenapi_async.wire.retry import Decide, Failure, Retry, person_must_act

__all__ = ["Notifications"]

logger = logging.getLogger("greenapi_async")

REMEMBERED = 10_000
"""How many acknowledged notifications are known again when they come twice; about 1 MB."""
ACKNOWLEDGE_SECONDS = 15.0
"""How long a cancelled task waits for an acknowledgement that is under way."""


class Notifications:
    """The notifications of an instance, one after the other, each acknowledged when the next is asked for.

    Iterate with ``async for``, within ``async with`` if you like. Network trouble, 429 and an instance that is starting
    or not yet linked are waited out, with one log line when contact is lost and one when it is back. It raises only
    where a person must act: ``UnauthorizedError``, ``ForbiddenError``, ``NotFoundError``, ``WebhookUrlSetError``,
    ``InstanceExpiredError``, ``InstanceDeletedError``.
    """

    def __init__(
        self,
        receive: Callable[[Decide], Awaitable[ReceivedNotification | None]],
        delete: Callable[[int], Awaitable[DeletedNotification]],
        *,
        retry: Retry,
        client: Replier | None = None,
    ) -> None:
        self._receive = receive
        self._delete = delete
        self._retry = retry
        self._client = client
        self._current: _Pending | None = None
        self._done: OrderedDict[bytes, None] = OrderedDict()
        self._poll: anyio.CancelScope | None = None
        self._busy = False
        self._stopped = False
        self._lost: float | None = None

    def __aiter__(self) -> Self:
        self._current = None  # a body that broke out has not asked for the next: its notification is served again
        return self

    async def __anext__(self) -> Notification:
        if self._busy:
            raise RuntimeError("another task is iterating over these notifications; each task needs its own loop")
        self._busy = True
        try:
            if self._current is not None:
                await self._settle(self._current)
                self._current = None
            while not self._stopped:
                received = await self._next()
                if received is None:
                    continue
                pending = _Pending(received, self._delete, self._remember)
                if pending.digest not in self._done:
                    self._current = pending
                    return self._notification(received, pending)
                logger.info("a notification came twice; dropped (receipt %d)", received.receipt_id)
                await self._settle(pending)
            raise StopAsyncIteration
        finally:
            self._busy = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def stop(self) -> None:
        """End the loop after the current body, acknowledged; a poll that waits is cut short."""
        self._stopped = True
        if self._poll is not None:
            self._poll.cancel()

    async def aclose(self) -> None:
        """End the loop without acknowledging the current notification."""
        self._current = None
        self.stop()

    async def _settle(self, pending: "_Pending") -> None:
        """Acknowledge; where the network is in the way, go on: it will be served again, known, and deleted then."""
        try:
            await pending.acknowledge()
        except GreenAPIError as error:
            if person_must_act(error):
                raise
            self._lose_contact(error)

    async def _next(self) -> ReceivedNotification | None:
        with anyio.CancelScope() as self._poll:
            received = await self._receive(self._decide)
            if self._lost is not None:
                logger.info("contact is back after %.0f s", anyio.current_time() - self._lost)
                self._lost = None
            return received
        return None

    def _decide(self, failure: Failure) -> float | None:
        if person_must_act(failure.error):
            return None
        self._lose_contact(failure.error)
        return self._retry.delay(failure)

    def _lose_contact(self, reason: object) -> None:
        if self._lost is None:
            self._lost = anyio.current_time()
            logger.warning("contact is lost, trying again until it is back: %s", reason)

    def _notification(self, received: ReceivedNotification, pending: "_Pending") -> Notification:
        try:
            notification = parse_notification(received.body, self._client)
        except DecodeError as error:
            notification = MalformedNotification(raw=received.raw, error=str(error))
        if isinstance(notification, MalformedNotification):
            logger.warning("a %s could not be read: %s", notification.type_webhook, notification.error)
        object.__setattr__(notification, "_delivery", Delivery(received.receipt_id, pending.acknowledge))
        return notification

    def _remember(self, digest: bytes) -> None:
        self._done[digest] = None
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)


class _Pending:
    """A notification that was received, and what is needed to acknowledge it once."""

    __slots__ = ("_acknowledged", "_delete", "_remember", "digest", "receipt_id")

    def __init__(
        self,
        received: ReceivedNotification,
        delete: Callable[[int], Awaitable[DeletedNotification]],
        remember: Callable[[bytes], None],
    ) -> None:
        self._acknowledged = False
        self._delete = delete
        self._remember = remember
        self.receipt_id = received.receipt_id
        canonical = json.dumps(received.body, sort_keys=True, separators=(",", ":"))
        self.digest = blake2b(canonical.encode(), digest_size=16).digest()

    async def acknowledge(self) -> None:
        if self._acknowledged:
            return
        self._remember(self.digest)
        with anyio.CancelScope(deadline=anyio.current_time() + ACKNOWLEDGE_SECONDS, shield=True):
            deleted = await self._delete(self.receipt_id)
            self._acknowledged = True
            if deleted.result is False:
                logger.info("notification %d had been deleted before: %s", self.receipt_id, deleted.reason or "")
        if not self._acknowledged:
            words = f"no answer within {ACKNOWLEDGE_SECONDS:g} s"
            raise TimeoutExpiredError(words, method="deleteNotification")
