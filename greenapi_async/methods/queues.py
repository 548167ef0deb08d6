"""The queue of outgoing messages and the queue of notifications. Source: manual 1.3.6."""

from greenapi_async import models
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.http.error_bodies import error_unless_true
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import list_of, object_of

__all__ = [
    "CLEAR_MESSAGES_QUEUE",
    "CLEAR_WEBHOOKS_QUEUE",
    "GET_MESSAGES_COUNT",
    "GET_WEBHOOKS_COUNT",
    "SHOW_MESSAGES_QUEUE",
    "Queues",
]

SHOW_MESSAGES_QUEUE = Endpoint(
    "GET", "showMessagesQueue", list_of(lambda: models.queues.QueuedMessage), per_second=1, idempotent=True
)
CLEAR_MESSAGES_QUEUE = Endpoint(
    "GET",
    "clearMessagesQueue",
    object_of(lambda: models.queues.ClearedQueue),
    per_second=1,
    idempotent=False,
    outcome_check="Call show_messages_queue() to see whether the queue is empty.",
)
"""Not idempotent: a repeated call would also drop messages that were queued in the meantime."""
GET_MESSAGES_COUNT = Endpoint("GET", "getMessagesCount", object_of(lambda: models.queues.QueueCount), idempotent=True)
GET_WEBHOOKS_COUNT = Endpoint("GET", "getWebhooksCount", object_of(lambda: models.queues.QueueCount), idempotent=True)
CLEAR_WEBHOOKS_QUEUE = Endpoint(
    "DELETE",
    "clearWebhooksQueue",
    object_of(lambda: models.queues.ClearedWebhooksQueue),
    per_second=1 / 60,
    idempotent=False,
    refusal=error_unless_true("isCleared", detail="leftTime"),
    advice={ErrorPattern(200, "too many requests"): "Wait for leftTime seconds: once per minute is allowed."},
    outcome_check="Call get_webhooks_count() to see whether the queue is empty.",
)
"""Not idempotent: a repeated call would also drop notifications that arrived in the meantime."""


class Queues(MethodGroup):
    """Methods on the queue of outgoing messages and the queue of notifications."""

    async def show_messages_queue(self) -> "list[models.queues.QueuedMessage]":
        """Return the messages waiting to be sent, oldest first.

        Example:
            >>> waiting = await client.show_messages_queue()
            >>> print(len(waiting), [row.type for row in waiting])

        Source: manual 1.3.6, ShowMessagesQueue; 1 request per second.
        """
        return await self._request(SHOW_MESSAGES_QUEUE, {})

    async def clear_messages_queue(self) -> "models.queues.ClearedQueue":
        """Drop all messages waiting to be sent.

        Do this after linking another phone number; otherwise messages queued for the old number are sent from the new
        one, which may get it banned.

        Raises:
            DeliveryUnknownError: The connection failed after the request was sent. The queue may or may not be empty.

        Source: manual 1.3.6, ClearMessagesQueue; 1 request per second.
        """
        return await self._request(CLEAR_MESSAGES_QUEUE, {})

    async def get_messages_count(self) -> "models.queues.QueueCount":
        """Return the number of messages waiting to be sent; the server updates it every ten seconds.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(GET_MESSAGES_COUNT, {})

    async def get_webhooks_count(self) -> "models.queues.QueueCount":
        """Return the number of notifications waiting to be received; the server updates it every ten seconds.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(GET_WEBHOOKS_COUNT, {})

    async def clear_webhooks_queue(self) -> "models.queues.ClearedWebhooksQueue":
        """Drop all notifications waiting to be received.

        The rate limiter delays a second call within a minute.

        Raises:
            RefusedError: Another process called it less than a minute ago; the reason contains the seconds left.
            DeliveryUnknownError: The connection failed after the request was sent. The queue may or may not be empty.

        Source: the vendor's documentation, beyond the manual; 1 request per minute.
        """
        return await self._request(CLEAR_WEBHOOKS_QUEUE, {})
