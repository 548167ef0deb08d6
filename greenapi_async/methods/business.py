"""Methods of ``/v1/messages`` and ``/v1/media``.

Source: the vendor's pages v1/messages and v1/media, and the page of the WhatsApp Business API (on-premises) on messages
with media. Where they disagree, whatever one of them allows can be sent.
"""

import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import attrs

from greenapi_async import models
from greenapi_async.errors import BusinessError, InvalidArgumentError
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Content, Endpoint, ErrorPattern, Host
from greenapi_async.http.file_types import UNKNOWN_CONTENT_TYPE
from greenapi_async.http.protocol import error_items
from greenapi_async.http.uploads import Payload, open_payload
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import ignore_body, object_of

__all__ = [
    "DELETE_MEDIA",
    "DOWNLOAD_MEDIA",
    "SEND",
    "UPLOAD_MEDIA",
    "BusinessMethods",
    "RecipientType",
]

RecipientType: TypeAlias = Literal["individual", "group"]

_MAX_MEDIA_BYTES = 37 * 1024 * 1024
_COMMON_STATUSES = frozenset({401, 403, 404, 408, 413, 429, 466, 499})
"""Statuses that have the same meaning, and error class, as elsewhere."""
_MEDIA_ID = re.compile(r"[\w-][\w.-]*", re.ASCII)


def _error(status: int, value: Any) -> BusinessError | None:
    items = () if status in _COMMON_STATUSES or status >= 500 else error_items(value)
    return BusinessError("; ".join(map(str, items)), status=status, errors=items) if items else None


def _refusal(value: Any) -> str | None:
    if isinstance(value, dict) and ("messages" in value or "media" in value):
        return None
    return "; ".join(map(str, error_items(value))) or None


def _decode_sent(value: Any) -> "models.business.SentBusinessMessage":
    sent = object_of(lambda: models.business.SentBusinessMessage)(value)
    if not sent.messages or not sent.id:
        raise ValueError("it contains no message id")
    return sent


def _decode_media_id(value: Any) -> str:
    uploaded = object_of(lambda: models.business.UploadedMedia)(value)
    if not uploaded.media or not uploaded.media[0].id:
        raise ValueError("it contains no media id")
    return uploaded.media[0].id


_recipient_form = validation.matches(
    re.compile(r"\d+(?:-\d+)?", re.ASCII),
    "<phone> for a person or <phone>-<time> for a group, for example 79001234567, without + and @",
)


def _recipient(value: Any) -> str | None:
    return _recipient_form(value) or (None if "-" in value else validation.phone_number(value))


_media_id = validation.matches(_MEDIA_ID, "a media id, for example bca567ba-0bd7-4211-8792-0c123fbd2716")
_media_fields = validation.json_object(
    {
        "id": _media_id,
        "link": validation.url,
        "caption": validation.string,
        "provider": validation.json_object({"name": validation.string}),
    }
)
_document_fields = validation.json_object(
    {
        "link": validation.matches(
            re.compile(r"(?:https?|[\w.-]+/[a-z][a-z0-9+.-]*)://[^\s/]\S*", re.IGNORECASE),
            "an http:// or https:// URL without spaces, or one of a provider, provider-name/protocol://the-url",
        ),
        "filename": validation.string,
    }
)


def _document(value: Any) -> str | None:
    fields = cast("Mapping[str, Any]", value)
    return _document_fields(fields) or _media({**fields, **({"link": "https://-"} if "link" in fields else {})})


def _media(value: Any) -> str | None:
    fields = cast("Mapping[str, Any]", value)
    if ("id" in fields) == ("link" in fields):
        return f"has {'both id and' if 'id' in fields else 'neither id nor'} link; exactly one of them is required"
    if "provider" in fields and "link" not in fields:
        return "has a provider without a link; a provider is only used to download links"
    return _media_fields(fields)


def _media_size(value: Any) -> str | None:
    size = cast("Payload", value).size
    return None if size <= _MAX_MEDIA_BYTES else f"has {size:,} bytes; 1 to {_MAX_MEDIA_BYTES:,} are allowed"


SEND = Endpoint(
    "POST",
    "messages",
    _decode_sent,
    idempotent=False,
    required=("to",),
    limits={
        "to": _recipient,
        "recipient_type": validation.one_of(("individual", "group")),
        "text": validation.json_object({"body": validation.text(4096)}, required=("body",)),
        "preview_url": validation.boolean,
        "image": _media,
        "video": _media,
        "audio": _media,
        "document": _document,
        "sticker": _media,
    },
    error_from=_error,
    refusal=_refusal,
    outcome_check="Wait for the message's statuses at the webhook before sending it again.",
)
UPLOAD_MEDIA = Endpoint(
    "POST",
    "media",
    _decode_media_id,
    idempotent=False,
    host=Host.MEDIA,
    content=Content.FILE,
    headers=("Content-Type", "X-Gr-File-Extension"),
    required=("file",),
    limits={
        "file": _media_size,
        "Content-Type": validation.matches(re.compile(r"[!-~]+/[ -~]+"), "a type, for example image/jpeg"),
        "X-Gr-File-Extension": validation.matches(
            re.compile(r"\w+", re.ASCII), "an extension of Latin letters and digits, for example jpeg"
        ),
    },
    error_from=_error,
    refusal=_refusal,
    outcome_check="No message was sent: upload the file again.",
)
DOWNLOAD_MEDIA = Endpoint(
    "GET",
    "media",
    ignore_body,
    idempotent=True,
    host=Host.MEDIA,
    path=("id",),
    required=("id",),
    limits={"id": _media_id},
    error_from=_error,
)
"""``BusinessClient.download_media`` writes the answer, which is not JSON, into a file."""
DELETE_MEDIA = attrs.evolve(DOWNLOAD_MEDIA, verb="DELETE", already_done=(ErrorPattern(404),))


class BusinessMethods(MethodGroup):
    """Methods that send messages, and upload and delete media.

    A message is only queued; its statuses are sent to the webhook.
    """

    async def send_text(
        self, to: str | int, body: str, *, preview_url: bool | None = None, recipient_type: RecipientType | None = None
    ) -> "models.business.SentBusinessMessage":
        """Send a text message.

        Args:
            to: A phone number of 7 to 15 digits, or a group, ``79001234567-1581234048``.
            body: Text, 1 to 4,096 characters.
            preview_url: Whether to show a preview of a URL in the text; None means no.
            recipient_type: ``individual`` or ``group``; None derives it from ``to``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            BusinessError: The server rejected the message; it has the server's error code.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: v1/messages, "Параметры запроса".
        """
        return await self._send("text", to, recipient_type, {"body": body}, preview_url=preview_url)

    async def send_image(
        self,
        to: str | int,
        *,
        id: str | None = None,  # noqa: A002  the field's own name
        link: str | None = None,
        caption: str | None = None,
        provider: str | None = None,
        recipient_type: RecipientType | None = None,
    ) -> "models.business.SentBusinessMessage":
        """Send an image.

        Args:
            to: A phone number of 7 to 15 digits, or a group, ``79001234567-1581234048``.
            id: Media id from ``upload_media``; exactly one of ``id`` and ``link`` is required.
            link: URL of the image, http or https.
            caption: Text below the image; None shows none.
            provider: Name of the provider through which the server downloads the link; None downloads it directly.
            recipient_type: ``individual`` or ``group``; None derives it from ``to``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            BusinessError: The server rejected the message; it has the server's error code.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: v1/messages, object ``image``.
        """
        return await self._send("image", to, recipient_type, _media_object(id, link, provider, caption=caption))

    async def send_video(
        self,
        to: str | int,
        *,
        id: str | None = None,  # noqa: A002
        link: str | None = None,
        caption: str | None = None,
        provider: str | None = None,
        recipient_type: RecipientType | None = None,
    ) -> "models.business.SentBusinessMessage":
        """Send a video.

        Args:
            to: A phone number of 7 to 15 digits, or a group, ``79001234567-1581234048``.
            id: Media id from ``upload_media``; exactly one of ``id`` and ``link`` is required.
            link: URL of the video, http or https.
            caption: Text below the video; None shows none.
            provider: Name of the provider through which the server downloads the link; None downloads it directly.
            recipient_type: ``individual`` or ``group``; None derives it from ``to``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            BusinessError: The server rejected the message; it has the server's error code.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: v1/messages, object ``video``; the draft of the page for ``caption``.
        """
        return await self._send("video", to, recipient_type, _media_object(id, link, provider, caption=caption))

    async def send_audio(
        self,
        to: str | int,
        *,
        id: str | None = None,  # noqa: A002
        link: str | None = None,
        provider: str | None = None,
        recipient_type: RecipientType | None = None,
    ) -> "models.business.SentBusinessMessage":
        """Send an audio file.

        Args:
            to: A phone number of 7 to 15 digits, or a group, ``79001234567-1581234048``.
            id: Media id from ``upload_media``; exactly one of ``id`` and ``link`` is required.
            link: URL of the file, http or https.
            provider: Name of the provider through which the server downloads the link; None downloads it directly.
            recipient_type: ``individual`` or ``group``; None derives it from ``to``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            BusinessError: The server rejected the message; it has the server's error code.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: v1/messages, object ``audio``.
        """
        return await self._send("audio", to, recipient_type, _media_object(id, link, provider))

    async def send_document(
        self,
        to: str | int,
        *,
        id: str | None = None,  # noqa: A002
        link: str | None = None,
        caption: str | None = None,
        filename: str | None = None,
        provider: str | None = None,
        recipient_type: RecipientType | None = None,
    ) -> "models.business.SentBusinessMessage":
        """Send a document.

        Args:
            to: A phone number of 7 to 15 digits, or a group, ``79001234567-1581234048``.
            id: Media id from ``upload_media``; exactly one of ``id`` and ``link`` is required.
            link: URL of the document, http or https, or a link of a provider, ``provider-name/protocol://the-url``.
            caption: Text below the document; None shows none.
            filename: File name shown to the recipient; None leaves it to the server.
            provider: Name of the provider through which the server downloads the link; None downloads it directly.
            recipient_type: ``individual`` or ``group``; None derives it from ``to``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            BusinessError: The server rejected the message; it has the server's error code.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: v1/messages, object ``document``; the draft of the page for ``caption`` and ``filename``.
        """
        media = _media_object(id, link, provider, caption=caption, filename=filename)
        return await self._send("document", to, recipient_type, media)

    async def send_sticker(
        self,
        to: str | int,
        *,
        id: str | None = None,  # noqa: A002
        link: str | None = None,
        provider: str | None = None,
        recipient_type: RecipientType | None = None,
    ) -> "models.business.SentBusinessMessage":
        """Send a sticker; GREEN-API's own pages do not mention it.

        Args:
            to: A phone number of 7 to 15 digits, or a group, ``79001234567-1581234048``.
            id: Media id from ``upload_media``; exactly one of ``id`` and ``link`` is required.
            link: URL of the sticker, http or https.
            provider: Name of the provider through which the server downloads the link; None downloads it directly.
            recipient_type: ``individual`` or ``group``; None derives it from ``to``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            BusinessError: The server rejected the message; it has the server's error code.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: the WhatsApp Business API, messages with media.
        """
        return await self._send("sticker", to, recipient_type, _media_object(id, link, provider))

    async def upload_media(
        self,
        file: "models.files.File",
        *,
        content_type: str | None = None,
        file_name: str | None = None,
        progress: "models.files.Progress | None" = None,
    ) -> str:
        """Upload a file, to send it by its id.

        Args:
            file: Any of the forms that ``File`` lists; 1 byte to 37 MB.
            content_type: Content type, for example ``image/jpeg``; None means that of an image by its first bytes, or
                that of the name's extension.
            file_name: Name whose extension is sent; None uses the file's own name, or the extension of
                ``content_type``.
            progress: Called after each chunk with the bytes sent and the total.

        Returns:
            The media id, valid for 24 hours.

        Raises:
            InvalidArgumentError: The file is empty, too large or unreadable, or its extension is unknown; nothing was
                sent.
            BusinessError: The server rejected the file; it has the server's error code.
            DeliveryUnknownError: The connection failed after the request was sent. The file may or may not have been
                stored.

        Source: v1/media, upload.
        """
        async with open_payload(file, name=file_name, content_type=content_type, progress=progress) as payload:
            extension = Path(payload.name or "").suffix[1:] or _guess_extension(payload.content_type)
            if not extension:
                raise InvalidArgumentError(
                    "neither file_name nor content_type determines the file's extension; pass one of them",
                    method=UPLOAD_MEDIA.name,
                )
            headers = {"Content-Type": payload.content_type, "X-Gr-File-Extension": extension.lower()}
            return await self._request(UPLOAD_MEDIA, {**headers, "file": payload})

    async def delete_media(self, id: str) -> None:  # noqa: A002
        """Delete a file from the server's storage; GREEN-API's own pages do not mention it.

        Args:
            id: Media id from ``upload_media``.

        Raises:
            InvalidArgumentError: ``id`` is malformed.
            NotFoundError: There is no such file.

        Source: the WhatsApp Business API, media.
        """
        await self._request(DELETE_MEDIA, {"id": id})

    async def _send(
        self, kind: str, to: str | int, recipient_type: RecipientType | None, part: Mapping[str, Any], **values: Any
    ) -> "models.business.SentBusinessMessage":
        if recipient_type is None and "-" in str(to):
            recipient_type = "group"  # one page says that the server derives it, another that the default is individual
        return await self._request(
            SEND,
            {
                "recipient_type": recipient_type,
                "to": str(to) if isinstance(to, int) else to,
                "type": kind,
                kind: part,
                **values,
            },
        )


def _guess_extension(content_type: str) -> str:
    kind = content_type.partition(";")[0].strip()
    return "" if kind == UNKNOWN_CONTENT_TYPE else (mimetypes.guess_extension(kind) or "")[1:]


def _media_object(id_: str | None, link: str | None, provider: str | None, **fields: str | None) -> dict[str, Any]:
    values = {"id": id_, "link": link, **fields, "provider": None if provider is None else {"name": provider}}
    return {name: value for name, value in values.items() if value is not None}
