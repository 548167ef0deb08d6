"""Sending files: from this machine, by URL, or uploaded once and sent often. Source: manual 1.3.3."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import attrs

from greenapi_async import http, models
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Content, Endpoint, Host
from greenapi_async.http.error_bodies import error_unless_present
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import object_of

__all__ = ["SEND_FILE_BY_UPLOAD", "SEND_FILE_BY_URL", "UPLOAD_FILE", "SendingFiles"]

_COMMON = {
    "chatId": validation.chat_id,
    "fileName": validation.file_name(),
    "caption": validation.text(20_000, min_length=0),
    "quotedMessageId": validation.message_id,
    "archiveChat": validation.boolean,
    "typingTime": validation.integer(1000, 20_000, "ms"),
    "typingType": validation.one_of(("recording",)),
}

SEND_FILE_BY_UPLOAD = Endpoint(
    "POST",
    "sendFileByUpload",
    object_of(lambda: models.files.SentFile),
    per_second=50,
    developer_quota=1000,
    idempotent=False,
    host=Host.MEDIA,
    content=Content.FORM,
    required=("chatId", "file"),
    limits=_COMMON,
    refusal=error_unless_present("idMessage"),
)
SEND_FILE_BY_URL = Endpoint(
    "POST",
    "sendFileByUrl",
    object_of(lambda: models.sending.SentMessage),
    per_second=50,
    developer_quota=1000,
    idempotent=False,
    required=("chatId", "urlFile", "fileName"),
    limits={**_COMMON, "urlFile": validation.url},
)
UPLOAD_FILE = Endpoint(
    "POST",
    "uploadFile",
    object_of(lambda: models.files.UploadedFile),
    idempotent=False,
    host=Host.MEDIA,
    content=Content.FILE,
    headers=("Content-Type", "GA-Filename"),
    required=("file",),
    limits={"Content-Type": validation.string, "GA-Filename": validation.string},
    outcome_check="No message was sent: upload the file again.",
)


class SendingFiles(MethodGroup):
    """Methods that send or upload files.

    A file is a path, bytes, an open binary file (also of aiofiles, anyio, FastAPI, Flask or Django), an
    ``httpx.Response``, or an async iterator of bytes. It is streamed and never read into memory as a whole. The
    extension of the file name decides whether it arrives as an image, a video, an audio file or a document. An image,
    recognised by its first bytes, gets the right extension if its name has none or that of another image format.
    """

    @abstractmethod
    async def _send_once(
        self,
        key: str,
        endpoint: "Endpoint[models.sending.SentMessage]",
        values: Mapping[str, Any],
    ) -> "models.sending.SentMessage": ...

    async def send_file_by_upload(
        self,
        chat_id: str,
        file: "models.files.File",
        *,
        file_name: str | None = None,
        caption: str | None = None,
        quoted_message_id: str | None = None,
        typing_time: int | None = None,
        typing_type: Literal["recording"] | None = None,
        progress: "models.files.Progress | None" = None,
    ) -> "models.files.SentFile":
        """Upload a file and send it to a person or group.

        The uploaded file stays in the server's storage for 15 days; ``send_file_by_url`` can send it again.

        Args:
            chat_id: Recipient, a person or group.
            file: Any of the forms that ``File`` lists; 1 byte to 100 MB.
            file_name: Name with extension; None uses the file's own name, or ``image.png`` and the like for an image.
                It is an error if there is neither.
            caption: Text below the file, up to 20,000 characters; shown for images and videos only.
            quoted_message_id: Id of a message of the same chat to quote. For an unknown id the server returns a message
                id all the same, but delivers nothing.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.
            typing_type: ``recording`` shows "recording audio" instead of "typing".
            progress: Called after each chunk with the bytes sent and the total; awaited if it is asynchronous.

        Returns:
            The sent message; ``url_file`` is the URL of the uploaded file.

        Raises:
            InvalidArgumentError: The file is empty, over 100 MB or unreadable, or an argument violates a documented
                limit; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The file may or may not have been
                queued.
            PayloadTooLargeError: The server considers the file too large.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Example:
            >>> await client.send_file_by_upload(chat_id("+7 900 123-45-67"), "invoice.pdf")
            >>> await client.send_file_by_upload(group, picture_bytes, file_name="chart.png", caption="Sales in May")

        Source: manual 1.3.3, SendFileByUpload; 50 requests per second, 1,000 per month on the Developer tariff.
        ``typing_time`` and ``typing_type`` are beyond the manual.
        """
        async with http.uploads.open_payload(file, name=file_name, progress=progress) as payload:
            if payload.name is None:
                raise InvalidArgumentError(
                    "file_name is missing and the file has no name of its own; pass one, for example 'photo.jpg'",
                    method=SEND_FILE_BY_UPLOAD.name,
                )
            return await self._request(
                SEND_FILE_BY_UPLOAD,
                {
                    "chatId": chat_id,
                    "fileName": payload.name,
                    "caption": caption,
                    "quotedMessageId": quoted_message_id,
                    "typingTime": typing_time,
                    "typingType": typing_type,
                    "file": payload,
                },
            )

    async def send_file_by_url(
        self,
        chat_id: str,
        url_file: str,
        file_name: str,
        *,
        caption: str | None = None,
        quoted_message_id: str | None = None,
        archive_chat: bool | None = None,
        typing_time: int | None = None,
        typing_type: Literal["recording"] | None = None,
        once: str | None = None,
    ) -> "models.sending.SentMessage":
        """Send a file that the server downloads from a URL.

        Args:
            chat_id: Recipient, a person or group.
            url_file: URL of the file itself, not of a page; at most 100 MB. It must not be percent-encoded and must not
                contain spaces or any of ``~$#?!``.
            file_name: Name. Without an extension, the content type of the URL decides how the file arrives.
            caption: Text below the file, up to 20,000 characters; shown for images and videos only.
            quoted_message_id: Id of a message of the same chat to quote. For an unknown id the server returns a message
                id all the same, but delivers nothing.
            archive_chat: Whether to archive the chat afterwards; None means no.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.
            typing_type: ``recording`` shows "recording audio" instead of "typing".
            once: Idempotency key, as of ``send_message``; the key belongs to one chat, file name and caption, but not
                to one URL. None sends in any case.

        Raises:
            InvalidArgumentError: An argument violates a documented limit, or ``once`` was used for another message;
                nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The file may or may not have been
                queued.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Example:
            >>> url = "https://my.site.com/img/horse.png"
            >>> await client.send_file_by_url(chat_id("+7 900 123-45-67"), url, "horse.png", caption="A horse")

        Source: manual 1.3.3, SendFileByUrl; 50 requests per second, 1,000 per month on the Developer tariff.
        ``archive_chat``, ``typing_time`` and ``typing_type`` are beyond the manual.
        """
        values = {
            "chatId": chat_id,
            "urlFile": url_file,
            "fileName": file_name,
            "caption": caption,
            "quotedMessageId": quoted_message_id,
            "archiveChat": archive_chat,
            "typingTime": typing_time,
            "typingType": typing_type,
        }
        if once is not None:
            return await self._send_once(once, SEND_FILE_BY_URL, values)
        return await self._request(SEND_FILE_BY_URL, values)

    async def upload_file(
        self,
        file: "models.files.File",
        *,
        file_name: str | None = None,
        content_type: str | None = None,
        with_expiry: bool = False,
        progress: "models.files.Progress | None" = None,
    ) -> "models.files.UploadedFile":
        """Upload a file to the server's storage, to send it with ``send_file_by_url`` as often as needed.

        The server stores it for 15 days.

        Args:
            file: Any of the forms that ``File`` lists; 1 byte to 100 MB.
            file_name: Name with extension; None uses the file's own name, if it has one.
            content_type: Content type, for example ``image/jpeg``; None means that of an image by its first bytes, or
                that of the name's extension. If it is unknown, the name is sent to the server instead.
            with_expiry: Whether to ask the storage until when it keeps the file, in a second request.
            progress: Called after each chunk with the bytes sent and the total; awaited if it is asynchronous.

        Returns:
            The uploaded file; ``url_file`` is its URL, and ``expires_at``, which needs ``with_expiry=True``, the end of
            its storage. If the storage cannot be asked, that is None and a warning is logged.

        Raises:
            InvalidArgumentError: The file is empty, over 100 MB or unreadable, or neither its type nor its name is
                known; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The file may or may not have been
                stored.
            PayloadTooLargeError: The server considers the file too large.

        Example:
            >>> uploaded = await client.upload_file("catalogue.pdf")
            >>> for customer in customers:
            ...     await client.send_file_by_url(customer, uploaded.url_file, "catalogue.pdf")

        Source: manual 1.3.3, UploadFile.
        """
        async with http.uploads.open_payload(
            file, name=file_name, content_type=content_type, progress=progress
        ) as payload:
            known = payload.content_type != http.file_types.UNKNOWN_CONTENT_TYPE
            if not known and payload.name is None:
                raise InvalidArgumentError(
                    "neither file_name nor content_type was given and the file has no name; pass one of them",
                    method=UPLOAD_FILE.name,
                )
            uploaded = await self._request(
                UPLOAD_FILE,
                {
                    "Content-Type": payload.content_type if known else None,
                    "GA-Filename": None if known else _header_safe(payload.name),
                    "file": payload,
                },
            )
        if not with_expiry or not uploaded.url_file:
            return uploaded
        return attrs.evolve(uploaded, expires_at=await self._expiry(uploaded.url_file))

    @abstractmethod
    async def _expiry(self, url: str) -> datetime | None: ...


def _header_safe(name: str | None) -> str | None:
    """Return a file name, or ``file`` with its extension if a header cannot hold the name; only the extension matters.

    An extension that a header cannot hold either becomes ``.bin``, the server's default.
    """
    if name is None or (name.isascii() and name.isprintable()):
        return name
    extension = name.rpartition(".")[2]
    return f"file.{extension}" if extension.isascii() and extension.isalnum() else "file.bin"
