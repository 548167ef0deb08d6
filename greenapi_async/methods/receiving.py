"""The notification queue, and files of messages. Source: manual 1.3.4."""

import functools
import re
from typing import Any

import attrs

from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.receiving import DeletedNotification, DownloadLink, ReceivedNotification
from greenapi_async.serialization.converter import object_of, object_or_none, structure
from greenapi_async.serialization.json_text import ObjectWithText, parse_object_with_text

__all__ = ["DELETE_NOTIFICATION", "DOWNLOAD_FILE", "RECEIVE_NOTIFICATION", "Receiving"]

_RECEIPT_ID = re.compile(rb'\s*\{\s*"receiptId"\s*:\s*(\d{1,18})\s*,')


def _parse_receipt_id(content: bytes) -> dict[str, object] | None:
    """Return a too deeply nested notification with its receipt id and its text as body, so that it can be deleted."""
    found = _RECEIPT_ID.match(content)
    return {"receiptId": int(found[1]), "body": content.decode("utf-8", "replace")} if found else None


def _decode_received(value: Any) -> ReceivedNotification | None:
    """Decode the answer and keep the JSON text of the body."""
    received = object_or_none(ReceivedNotification)(value)
    if received is not None:
        structure(int, received.raw.get("receiptId"))  # without it, the notification cannot be deleted
    if received is not None and isinstance(value, ObjectWithText):
        return attrs.evolve(received, body_text=value.text)
    return received


RECEIVE_NOTIFICATION = Endpoint(
    "GET",
    "receiveNotification",
    _decode_received,
    parse=functools.partial(parse_object_with_text, member="body"),
    per_second=100,
    idempotent=True,
    query=("receiveTimeout",),
    hold_parameter="receiveTimeout",
    is_poll=True,
    answer_statuses=frozenset({466}),
    fallback_parse=_parse_receipt_id,
    limits={"receiveTimeout": validation.integer(5, 60, "seconds")},
)
"""Long poll. Idempotent: the head of the queue is returned again until it is deleted."""
DELETE_NOTIFICATION = Endpoint(
    "DELETE",
    "deleteNotification",
    object_of(DeletedNotification),
    per_second=100,
    idempotent=True,
    path=("receiptId",),
    required=("receiptId",),
    limits={"receiptId": validation.integer()},
    is_poll=True,
    already_done=(ErrorPattern(500, "findunackedmessage"),),
    already_done_answer={"result": False},
    already_done_at_first=True,
)
DOWNLOAD_FILE = Endpoint(
    "POST",
    "downloadFile",
    object_of(DownloadLink),
    per_second=5,
    developer_quota=500,
    idempotent=True,
    required=("chatId", "idMessage"),
    limits={"chatId": validation.chat_id, "idMessage": validation.message_id},
    advice={
        ErrorPattern(400, "url not found"): "The message has no file.",
        ErrorPattern(500, "internal error when downloading file"): (
            "WhatsApp no longer stores the file: it cannot be downloaded through the API, open it on the phone."
        ),
    },
)


class Receiving(MethodGroup):
    """Methods on the notification queue and on files of messages.

    ``Client.notifications`` and ``Client.process`` call the first two in a loop, ``Client.download`` the third.
    """

    async def receive_notification(self, *, receive_timeout: int = 5) -> ReceivedNotification | None:
        """Return the first notification of the queue, waiting for one if the queue is empty (long poll).

        The server returns the same notification until ``delete_notification`` removes it, and keeps it for 24 hours.

        Args:
            receive_timeout: Seconds to wait for a notification, 5 to 60.

        Returns:
            The notification, or None if none arrived in time.

        Raises:
            InvalidArgumentError: ``receive_timeout`` is out of range.
            WebhookUrlSetError: The instance sends its notifications to a webhook URL; see ``use_polling``.

        Source: manual 1.3.4, ReceiveNotification; 100 requests per second.
        """
        return await self._request(RECEIVE_NOTIFICATION, {"receiveTimeout": receive_timeout})

    async def delete_notification(self, receipt_id: int) -> DeletedNotification:
        """Delete a notification from the queue.

        Args:
            receipt_id: ``receipt_id`` of the received notification.

        Returns:
            The answer; ``result`` is False if there is no such notification, for example because it was deleted before.
            The server's 500 with ``findUnAckedMessage`` means the same and is not raised.

        Raises:
            WebhookUrlSetError: The instance sends its notifications to a webhook URL; see ``use_polling``.

        Source: manual 1.3.4, DeleteNotification; 100 requests per second.
        """
        return await self._request(DELETE_NOTIFICATION, {"receiptId": receipt_id})

    async def download_file(self, chat_id: str, id_message: str) -> DownloadLink:
        """Return a new URL for the file of a received or sent message.

        ``Client.download`` saves the file itself, and calls this method if a message's URL has expired.

        Args:
            chat_id: The message's chat.
            id_message: Id of the message.

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            BadRequestError: The message has no file.
            ServerError: WhatsApp no longer stores the file.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Example:
            >>> link = await client.download_file(notification.chat_id, notification.id_message)
            >>> await client.download(link.download_url, "photo.jpg")

        Source: manual 1.3.4, DownloadFile; 5 requests per second, 500 per month on the Developer tariff.
        """
        return await self._request(DOWNLOAD_FILE, {"chatId": chat_id, "idMessage": id_message})
