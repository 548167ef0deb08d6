"""The notification queue, and files of messages. Source: manual 1.3.4."""

import functools
import os
import re
from abc import abstractmethod
from pathlib import Path
from typing import Any, overload

from greenapi_async import http, models, serialization
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import object_of
from greenapi_async.serialization.json_text import ObjectWithText, parse_object_with_text

__all__ = ["DELETE_NOTIFICATION", "DOWNLOAD_FILE", "RECEIVE_NOTIFICATION", "Receiving"]

_RECEIPT_ID = re.compile(rb'\s*\{\s*"receiptId"\s*:\s*(\d{1,18})\s*,')


def _parse_receipt_id(content: bytes) -> dict[str, object] | None:
    """Return a too deeply nested notification with its receipt id and its text as body, so that it can be deleted."""
    found = _RECEIPT_ID.match(content)
    return {"receiptId": int(found[1]), "body": content.decode("utf-8", "replace")} if found else None


def _decode_received(value: Any) -> "models.receiving.ReceivedNotification | None":
    """Decode the answer and keep the JSON text of the body."""
    if value is None:
        return None
    structure = serialization.converter.structure
    received = structure(models.receiving.ReceivedNotification, value)
    receipt_id = received.raw.get("receiptId")
    if receipt_id.__class__ is not int:
        structure(int, receipt_id)  # without it, the notification cannot be deleted
    if isinstance(value, ObjectWithText):
        object.__setattr__(received, "body_text", value.text)
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
    object_of(lambda: models.receiving.DeletedNotification),
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
    object_of(lambda: models.receiving.DownloadLink),
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

    ``Client.notifications`` and ``Client.process`` call the first two in a loop, ``download`` the third if necessary.
    """

    async def receive_notification(self, *, receive_timeout: int = 5) -> "models.receiving.ReceivedNotification | None":
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

    async def delete_notification(self, receipt_id: int) -> "models.receiving.DeletedNotification":
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

    async def download_file(self, chat_id: str, id_message: str) -> "models.receiving.DownloadLink":
        """Return a new URL for the file of a received or sent message.

        ``download`` saves the file itself, and calls this method if a message's URL has expired.

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

    @overload
    async def download(
        self,
        file: "str | models.notifications.MessageNotification | models.journals.HistoryMessage",
        path: str | os.PathLike[str],
        *,
        max_bytes: int | None = None,
        progress: "models.files.Progress | None" = None,
    ) -> Path: ...
    @overload
    async def download(
        self,
        file: "str | models.notifications.MessageNotification | models.journals.HistoryMessage",
        path: None = None,
        *,
        max_bytes: int | None = None,
        progress: "models.files.Progress | None" = None,
    ) -> bytes: ...
    @overload
    async def download(
        self,
        file: "str | models.notifications.MessageNotification | models.journals.HistoryMessage",
        path: "models.files.Writer",
        *,
        max_bytes: int | None = None,
        progress: "models.files.Progress | None" = None,
    ) -> int: ...
    @overload
    async def download(
        self,
        file: "str | models.notifications.MessageNotification | models.journals.HistoryMessage",
        path: "str | os.PathLike[str] | models.files.Writer | None" = None,
        *,
        max_bytes: int | None = None,
        progress: "models.files.Progress | None" = None,
    ) -> Path | bytes | int: ...
    async def download(
        self,
        file: "str | models.notifications.MessageNotification | models.journals.HistoryMessage",
        path: "str | os.PathLike[str] | models.files.Writer | None" = None,
        *,
        max_bytes: int | None = None,
        progress: "models.files.Progress | None" = None,
    ) -> Path | bytes | int:
        """Download the file of a message, or of a URL.

        If the message's ``download_url`` is missing or expired, a new one is requested. An interrupted download starts
        again.

        Args:
            file: A message notification, a journal row, or a URL.
            path: A file, which is replaced when the download is complete, or a directory, in which the file gets the
                name it was sent with and replaces nothing. A path that ends in a slash is created as a directory. None
                returns the content. A writer, that is a binary file (also of aiofiles or anyio) or a stream such as
                ``anyio.abc.ByteSendStream``, gets the content when the download is complete, and stays open.
            max_bytes: Limit in bytes; None is unlimited, and 100 MB for content that is returned.
            progress: Called as ``progress(done, total)`` in bytes, and awaited if it is asynchronous; ``total`` is None
                if unknown.

        Returns:
            The path of the file; without ``path``, its content; for a writer, the number of bytes.

        Raises:
            PayloadTooLargeError: The file is larger than ``max_bytes``.
            ServerError: WhatsApp no longer stores the message's file, so its URL cannot be renewed.
            NotFoundError: ``file`` is a URL that does not exist or has expired. For a message, its renewed URL does not
                exist either.
            InvalidArgumentError: The message has no file, or ``path`` is nothing that can be written to.
            QuotaExceededError: The URL has expired and the monthly quota of ``download_file`` is used up (466).

        Example:
            >>> path = await client.download(notification, "downloads/", max_bytes=20_000_000)
            >>> content = await client.download(notification, max_bytes=20_000_000)

        Source: manual 1.3.4, DownloadFile.
        """
        fetch = functools.partial(self._download, http.downloads.DOWNLOAD)
        if isinstance(file, str):
            return await http.downloads.download(fetch, None, file, path, max_bytes=max_bytes, progress=progress)
        attached, chat_id, id_message = file.message.file, file.chat_id, file.id_message
        if attached is None or not chat_id or not id_message:
            raise InvalidArgumentError(
                f"the message is a {type(file.message).__name__} and has no file; expected a message with a file"
            )

        async def refresh() -> str | None:
            return (await self.download_file(chat_id, id_message)).download_url

        url, name = attached.download_url, attached.file_name
        return await http.downloads.download(
            fetch, refresh, url, path, name=name, max_bytes=max_bytes, progress=progress
        )

    @abstractmethod
    async def _download(self, endpoint: Endpoint[None], url: str, sink: "http.sink.Sink") -> None: ...
