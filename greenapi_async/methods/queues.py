"""The queues of messages that wait to be sent and of notifications that wait to be received. Manual: 1.3.6."""

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.error_bodies import refused_unless
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.queues import ClearedQueue, ClearedWebhooksQueue, QueueCount, QueuedMessage
from greenapi_async.serialization.converter import list_of, object_of

__all__ = [
    "CLEAR_MESSAGES_QUEUE",
    "CLEAR_WEBHOOKS_QUEUE",
    "GET_MESSAGES_COUNT",
    "GET_WEBHOOKS_COUNT",
    "SHOW_MESSAGES_QUEUE",
    "Queues",
]

SHOW_MESSAGES_QUEUE = Endpoint("GET", "showMessagesQueue", list_of(QueuedMessage), per_second=1, idempotent=True)
CLEAR_MESSAGES_QUEUE = Endpoint("GET", "clearMessagesQueue", object_of(ClearedQueue), per_second=1, idempotent=False)
GET_MESSAGES_COUNT = Endpoint("GET", "getMessagesCount", object_of(QueueCount), idempotent=True)
GET_WEBHOOKS_COUNT = Endpoint("GET", "getWebhooksCount", object_of(QueueCount), idempotent=True)
CLEAR_WEBHOOKS_QUEUE = Endpoint(
    "DELETE",
    "clearWebhooksQueue",
    object_of(ClearedWebhooksQueue),
    per_second=1 / 60,
    idempotent=False,
    refusal=refused_unless("isCleared", detail="leftTime"),
)


class Queues(MethodGroup):
    """Methods on the two queues, of outgoing messages and of notifications."""

    async def show_messages_queue(self) -> list[QueuedMessage]:
        """List the messages that wait to be sent, oldest first.

        Manual: 1.3.6, ShowMessagesQueue.
        """
        return await self._request(SHOW_MESSAGES_QUEUE, {})

    async def clear_messages_queue(self) -> ClearedQueue:
        """Drop the messages that wait to be sent.

        Do so after linking another number, or what was queued for the old one leaves from the new one. Not repeated
        after an unclear failure: what was queued in between would be dropped too.

        Manual: 1.3.6, ClearMessagesQueue.
        """
        return await self._request(CLEAR_MESSAGES_QUEUE, {})

    async def get_messages_count(self) -> QueueCount:
        """Count the messages that wait to be sent; counted by the server every ten seconds.

        Beyond the manual.
        """
        return await self._request(GET_MESSAGES_COUNT, {})

    async def get_webhooks_count(self) -> QueueCount:
        """Count the notifications that wait to be received; counted by the server every ten seconds.

        Beyond the manual.
        """
        return await self._request(GET_WEBHOOKS_COUNT, {})

    async def clear_webhooks_queue(self) -> ClearedWebhooksQueue:
        """Drop the notifications that wait to be received.

        Once a minute: a second call waits for its turn. Raises ``RefusedError`` when another process was first; its
        reason holds the seconds left. Not repeated after an unclear failure: what arrived in between would be lost.

        Beyond the manual.
        """
        return await self._request(CLEAR_WEBHOOKS_QUEUE, {})
