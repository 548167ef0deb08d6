"""The notification queue, and the files that messages bring. Manual: 1.3.4."""

import re

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.validation import between, message_id
from greenapi_async.http.validation import chat_id as a_chat_id
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.receiving import DeletedNotification, DownloadLink, ReceivedNotification
from greenapi_async.serialization.converter import object_of, object_or_none

__all__ = ["DELETE_NOTIFICATION", "DOWNLOAD_FILE", "RECEIVE_NOTIFICATION", "Receiving"]

_RECEIPT = re.compile(rb'\s*\{\s*"receiptId"\s*:\s*(\d{1,18})\s*,')


def _receipt(content: bytes) -> dict[str, object] | None:
    """Find the receipt of a notification that is nested too deep, so that it can be handed out and deleted."""
    found = _RECEIPT.match(content)
    return {"receiptId": int(found[1]), "body": content.decode("utf-8", "replace")} if found else None


RECEIVE_NOTIFICATION = Endpoint(
    "GET",
    "receiveNotification",
    object_or_none(ReceivedNotification),
    per_second=100,
    idempotent=True,
    query=("receiveTimeout",),
    hold_parameter="receiveTimeout",
    is_poll=True,
    answer_statuses=frozenset({466}),
    fallback_parse=_receipt,
    limits={"receiveTimeout": between(5, 60, "seconds")},
)
DELETE_NOTIFICATION = Endpoint(
    "DELETE",
    "deleteNotification",
    object_of(DeletedNotification),
    per_second=100,
    idempotent=True,
    path=("receiptId",),
    required=("receiptId",),
    is_poll=True,
)
DOWNLOAD_FILE = Endpoint(
    "POST",
    "downloadFile",
    object_of(DownloadLink),
    per_second=5,
    developer_quota=500,
    idempotent=True,
    required=("chatId", "idMessage"),
    limits={"chatId": a_chat_id, "idMessage": message_id},
)


class Receiving(MethodGroup):
    """Methods on the notification queue, over which ``Client.notifications`` is the loop, and on files."""

    async def receive_notification(self, *, receive_timeout: int = 5) -> ReceivedNotification | None:
        """Get the head of the notification queue, or None when nothing came in time.

        The head is served again until it is deleted; the server keeps 24 hours. ``receive_timeout`` is 5 to 60 seconds.
        Raises ``WebhookUrlSetError`` while the instance pushes to a webhook URL.

        Manual: 1.3.4, ReceiveNotification.
        """
        return await self._request(RECEIVE_NOTIFICATION, {"receiveTimeout": receive_timeout})

    async def delete_notification(self, receipt_id: int) -> DeletedNotification:
        """Delete a notification that was received; ``result`` is False when it was deleted before.

        Manual: 1.3.4, DeleteNotification.
        """
        return await self._request(DELETE_NOTIFICATION, {"receiptId": receipt_id})

    async def download_file(self, chat_id: str, id_message: str) -> DownloadLink:
        """Get a link to the file of a message, received or sent.

        Raises ``BadRequestError`` when the message has no file, and ``ServerError`` when WhatsApp no longer keeps it.

        Manual: 1.3.4, DownloadFile.
        """
        return await self._request(DOWNLOAD_FILE, {"chatId": chat_id, "idMessage": id_message})
