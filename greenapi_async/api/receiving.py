"""The notification queue. Manual: 1.3.4, "HTTP API"."""

from greenapi_async.api.section import Section
from greenapi_async.codec import maybe, one
from greenapi_async.endpoint import Endpoint, Replay
from greenapi_async.limits import between
from greenapi_async.models.receiving import DeletedNotification, ReceivedNotification

__all__ = ["DELETE_NOTIFICATION", "RECEIVE_NOTIFICATION", "Receiving"]

RECEIVE_NOTIFICATION = Endpoint(
    "GET",
    "receiveNotification",
    maybe(ReceivedNotification),
    per_second=100,
    replay=Replay.ALWAYS,
    query=("receiveTimeout",),
    waits="receiveTimeout",
    loop=True,
    answers=frozenset({466}),
    limits={"receiveTimeout": between(5, 60, "seconds")},
)
DELETE_NOTIFICATION = Endpoint(
    "DELETE",
    "deleteNotification",
    one(DeletedNotification),
    per_second=100,
    replay=Replay.ALWAYS,
    path=("receiptId",),
    required=("receiptId",),
    loop=True,
)


class Receiving(Section):
    """Methods on the notification queue; ``Client.notifications`` is the loop over them."""

    async def receive_notification(self, *, receive_timeout: int | None = None) -> ReceivedNotification | None:
        """Get the head of the notification queue, or None when nothing came in time.

        The head is served again until it is deleted; the server keeps 24 hours. ``receive_timeout`` is 5 to 60 seconds,
        by default 5. Raises ``WebhookUrlSetError`` while the instance pushes to a webhook URL.

        Manual: 1.3.4, ReceiveNotification.
        """
        return await self._call(RECEIVE_NOTIFICATION, receiveTimeout=receive_timeout)

    async def delete_notification(self, receipt_id: int) -> DeletedNotification:
        """Delete a notification that was received; ``result`` is False when it was deleted before.

        Manual: 1.3.4, DeleteNotification.
        """
        return await self._call(DELETE_NOTIFICATION, receiptId=receipt_id)
