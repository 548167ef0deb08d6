"""The polling loop behind ``client.notifications()``.

``receiveNotification`` serves the head of a FIFO queue until ``deleteNotification`` removes it. The loop deletes a
notification when the next one is asked for: by then the body of ``async for`` is done with it. A body that raises,
breaks out or is cancelled never asks, so its notification stays on the server and is served again.

It is an iterator with a state, not a generator, so that nothing waits for the garbage collector: when the body ends, no
request is under way and nothing is left to clean up.

The server sometimes delivers twice, and an acknowledgement can be carried out and its answer lost, or the other way
round. So the loop remembers, for a bounded number of notifications, a digest of each body that was done with; one that
comes again is deleted again and not yielded. That is also why an acknowledgement that fails is not fought for: after
a delay that grows from failure to failure the notification is served again, known, and deleted then. A body that has
neither an id nor a time is known by its receipt alone: another one may be equal to it and yet be news.
"""

import json
import logging
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from types import TracebackType
from typing import Any, Self

import anyio

from greenapi_async.codec import nothing
from greenapi_async.drift import Drift
from greenapi_async.endpoint import Endpoint, Replay
from greenapi_async.errors import DecodeError, GreenAPIError, TimeoutExpiredError
from greenapi_async.finishing import finish
from greenapi_async.models.notifications import Delivery, MalformedNotification, Notification, Replier
from greenapi_async.models.receiving import DeletedNotification, ReceivedNotification
from greenapi_async.parsing import parse_notification
from greenapi_async.wire.retry import Decide, Failure, Retry, person_must_act

__all__ = ["Notifications"]

_LOOP = Endpoint("GET", "notifications", nothing, replay=Replay.ALWAYS)

logger = logging.getLogger("greenapi_async")

REMEMBERED = 10_000
"""How many acknowledged notifications are known again when they come twice; about 1 MB."""
ACKNOWLEDGE_SECONDS = 15.0
"""How long a cancelled task waits for an acknowledgement that is under way."""
SUSPICIOUSLY_SOON = 1.0
"""Seconds before which an empty poll is not one: the shortest waits five."""


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
        self._done = _Done()
        self._drift = Drift()
        self._failures = 0
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
                pending = _Pending(received, self._delete, self._done)
                if not pending.known:
                    self._current = pending
                    return self._notification(received, pending)
                logger.info("notification %d came twice and was dropped", received.receipt_id)
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
        """Acknowledge what the body is done with; where that fails, wait and go on."""
        self._done.add(pending)
        try:
            await pending.acknowledge()
        except GreenAPIError as error:
            if person_must_act(error):
                raise
            self._lose_contact(error)
            await self._wait(error)
        else:
            self._failures = 0

    async def _next(self) -> ReceivedNotification | None:
        """Poll once; None when nothing came, or the loop was stopped."""
        with anyio.CancelScope() as self._poll:
            start = anyio.current_time()
            received = await self._receive(self._decide)
            if received is None and anyio.current_time() - start < SUSPICIOUSLY_SOON:
                await self._wait(GreenAPIError("the server does not wait"))  # or it would be asked without end
            elif received is None:
                self._failures = 0
            if self._lost is not None and self._failures == 0:
                logger.info("contact is back after %.0f s", anyio.current_time() - self._lost)
                self._lost = None
            return received
        return None

    async def _wait(self, error: GreenAPIError) -> None:
        """Wait as long as this loop's failures in a row ask for; ``stop`` cuts it short."""
        self._failures += 1
        with anyio.CancelScope() as self._poll:
            if not self._stopped:
                failure = Failure(_LOOP, error, self._failures, 0, 0, random.random())  # noqa: S311  jitter
                await anyio.sleep(self._retry.delay(failure))

    def _decide(self, failure: Failure) -> float | None:
        if person_must_act(failure.error):
            return None
        self._lose_contact(failure.error)
        return self._retry.delay(failure)

    def _lose_contact(self, error: GreenAPIError) -> None:
        if self._lost is None:
            self._lost = anyio.current_time()
            words = " ".join("".join(letter if letter.isprintable() else " " for letter in str(error)).split())
            logger.warning("contact is lost, trying again until it is back: %s", words[:300])

    def _notification(self, received: ReceivedNotification, pending: "_Pending") -> Notification:
        try:
            notification = parse_notification(received.body, self._client)
        except DecodeError as error:
            notification = MalformedNotification(raw=received.raw, error=str(error))
        if isinstance(notification, MalformedNotification):
            # Not why: the reason may quote what somebody wrote.
            logger.warning(
                "notification %d of type %.40r could not be read", received.receipt_id, notification.type_webhook
            )
        self._drift.report(notification)
        object.__setattr__(notification, "_delivery", Delivery(received.receipt_id, pending.acknowledge))
        return notification


class _Done:
    """What was done with, as far back as is remembered."""

    def __init__(self) -> None:
        self._digests: OrderedDict[bytes, None] = OrderedDict()

    def add(self, pending: "_Pending") -> None:
        self._digests[pending.digest] = None
        if len(self._digests) > REMEMBERED:
            self._digests.popitem(last=False)

    def __contains__(self, pending: object) -> bool:
        return isinstance(pending, _Pending) and pending.digest in self._digests


class _Pending:
    """A notification that was received, and what is needed to acknowledge it once."""

    __slots__ = ("_acknowledged", "_delete", "_done", "_one_at_a_time", "digest", "receipt_id")

    def __init__(
        self, received: ReceivedNotification, delete: Callable[[int], Awaitable[DeletedNotification]], done: _Done
    ) -> None:
        self._acknowledged = False
        self._delete = delete
        self._done = done
        self._one_at_a_time = anyio.Lock(fast_acquire=True)
        self.receipt_id = received.receipt_id
        self.digest = _digest(received)

    @property
    def known(self) -> bool:
        return self in self._done

    async def acknowledge(self) -> None:
        async with self._one_at_a_time:
            if self._acknowledged:
                return
            try:
                await finish(self._acknowledge, ACKNOWLEDGE_SECONDS)
            except TimeoutError:
                words = f"no answer within {ACKNOWLEDGE_SECONDS:g} s"
                raise TimeoutExpiredError(words, method="deleteNotification") from None

    async def _acknowledge(self) -> None:
        deleted = await self._delete(self.receipt_id)
        self._acknowledged = True
        self._done.add(self)
        if deleted.result is False:
            logger.info("notification %d had been deleted before", self.receipt_id)


def _digest(received: ReceivedNotification) -> bytes:
    body: Any = received.body
    has_identity = isinstance(body, dict) and ("idMessage" in body or "timestamp" in body)
    try:
        canonical = json.dumps(body if has_identity else [received.receipt_id, body], sort_keys=True)
    except (RecursionError, ValueError):  # as deep as can be read is deeper than can be written
        canonical = str(received.receipt_id)
    return blake2b(canonical.encode(), digest_size=16).digest()
