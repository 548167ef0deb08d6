"""``/v1/messages`` and ``/v1/media``: GREEN-API's own, and those of the on-premises WhatsApp Business API.

Both have the same two nodes, so that another base URL is all the difference. The token stands in a header. Where the
pages disagree, what any of them allows can be sent. Sources: the vendor's pages v1/messages and v1/media, and the
WhatsApp Business API's page on messages with media.
"""

import functools
import mimetypes
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import quote

import attrs

from greenapi_async.base_client import UNSET, BaseClient, Unset, host_url
from greenapi_async.errors import BusinessError, InvalidArgumentError
from greenapi_async.http.downloads import download
from greenapi_async.http.endpoint import Content, Endpoint, Host
from greenapi_async.http.protocol import TOKEN_PLACE, error_items
from greenapi_async.http.rate_limiter import RateLimiter
from greenapi_async.http.retry import Retry
from greenapi_async.http.token import IN_HEADERS, seal_token
from greenapi_async.http.transport import AsyncTransport
from greenapi_async.http.uploads import UNKNOWN_TYPE, Payload, opened
from greenapi_async.http.validation import Limit, choice, link, record, text
from greenapi_async.models.business import SentBusinessMessage, UploadedMedia
from greenapi_async.models.files import File, Progress
from greenapi_async.serialization.converter import ignore_body, object_of

__all__ = [
    "DELETE_MEDIA",
    "DOWNLOAD_MEDIA",
    "SEND",
    "UPLOAD_MEDIA",
    "BusinessAddress",
    "BusinessClient",
    "RecipientType",
]

RecipientType = Literal["individual", "group"]

_API_URL = "https://api.green-api.com"
_MEDIA_URL = "https://media.green-api.com"
_LARGEST = 37 * 1024 * 1024
_COMMON = frozenset({401, 403, 404, 408, 413, 429, 466, 499})
_RECIPIENT = re.compile(r"\d+(?:-\d+)?", re.ASCII)
_MEDIA_ID = re.compile(r"[\w-][\w.-]*", re.ASCII)
_EXTENSION = re.compile(r"\w+", re.ASCII)
_CONTENT_TYPE = re.compile(r"[!-~]+/[ -~]+")


def _failure(status: int, value: Any) -> BusinessError | None:
    items = () if status in _COMMON or status >= 500 else error_items(value)
    return BusinessError("; ".join(map(str, items)), status=status, errors=items) if items else None


def _refusal(value: Any) -> str | None:
    if isinstance(value, dict) and ("messages" in value or "media" in value):
        return None
    return "; ".join(map(str, error_items(value))) or None


def _sent(value: Any) -> SentBusinessMessage:
    sent = object_of(SentBusinessMessage)(value)
    if not sent.messages:
        raise ValueError("it names no message")
    return sent


def _uploaded(value: Any) -> str:
    uploaded = object_of(UploadedMedia)(value)
    if not uploaded.media:
        raise ValueError("it names no file")
    return uploaded.media[0].id


def _matching(pattern: re.Pattern[str], allowed: str) -> Limit:
    def complain(value: Any) -> str | None:
        if isinstance(value, str) and pattern.fullmatch(value):
            return None
        return f"is {value!r}; allowed are {allowed}"

    return complain


_TEXT = record({"body": text(4096)}, required=("body",))
_FILE = record({"id": _matching(_MEDIA_ID, "ids that upload_media gave"), "link": link})


def _media(value: Any) -> str | None:
    fields = cast("Mapping[str, Any]", value)
    if ("id" in fields) == ("link" in fields):
        return f"has {'both id and' if 'id' in fields else 'neither id nor'} link; exactly one of them is needed"
    if "provider" in fields and "link" not in fields:
        return "has a provider without a link; only links are fetched through one"
    return _FILE(fields)


def _size(value: Any) -> str | None:
    size = cast("Payload", value).size
    return None if size <= _LARGEST else f"has {size:,} bytes; 1 to {_LARGEST:,} are allowed"


SEND = Endpoint(
    "POST",
    "messages",
    _sent,
    idempotent=False,
    required=("to",),
    limits={
        "to": _matching(
            _RECIPIENT, "<phone> for a person and <phone>-<time> for a group, as in 79001234567, without @"
        ),
        "recipient_type": choice(("individual", "group")),
        "text": _TEXT,
        "image": _media,
        "video": _media,
        "audio": _media,
        "document": _media,
        "sticker": _media,
    },
    error_from=_failure,
    refusal=_refusal,
)
UPLOAD_MEDIA = Endpoint(
    "POST",
    "media",
    _uploaded,
    idempotent=False,
    host=Host.MEDIA,
    content=Content.FILE,
    headers=("Content-Type", "X-Gr-File-Extension"),
    required=("file",),
    limits={
        "file": _size,
        "Content-Type": _matching(_CONTENT_TYPE, "types as image/jpeg"),
        "X-Gr-File-Extension": _matching(_EXTENSION, "endings of Latin letters and digits, as jpeg"),
    },
    error_from=_failure,
    refusal=_refusal,
)
DOWNLOAD_MEDIA = Endpoint(
    "GET",
    "media",
    ignore_body,
    idempotent=True,
    host=Host.MEDIA,
    required=("id",),
    limits={"id": _matching(_MEDIA_ID, "ids of media, as bca567ba-0bd7-4211-8792-0c123fbd2716")},
    error_from=_failure,
)
DELETE_MEDIA = attrs.evolve(DOWNLOAD_MEDIA, verb="DELETE", path=("id",))


@attrs.frozen
class BusinessAddress:
    """Where the two nodes are."""

    api_url: str
    media_url: str

    def url(self, endpoint: Endpoint[Any]) -> str:
        """Give ``{host}/v1/{node}``."""
        return f"{self.media_url if endpoint.host is Host.MEDIA else self.api_url}/v1/{endpoint.name}"

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Give the token's header."""
        return (("authorization", f"Bearer {TOKEN_PLACE}"),)

    def __str__(self) -> str:
        return f"at {self.api_url}"


class BusinessClient(BaseClient):
    """Messages and media by the WhatsApp Business API's rules, at GREEN-API or on your premises.

    Use it as ``async with BusinessClient(...) as business``, or call ``aclose()``. Without ``media_url``, media go to
    GREEN-API's host for them, or where ``api_url`` points if that is given. The other options are those of ``Client``.

    ``to`` is a phone number, ``79001234567``, or a group, ``79001234567-1581234048``, for which ``recipient_type`` is
    ``group`` unless given. A file is told by ``id``, from ``upload_media``, or by ``link``, http or https: exactly one
    of them; ``provider`` names the one through which the server fetches the link. What the server refuses raises
    ``BusinessError``, with the server's code. Sending only queues: what becomes of a message comes to the webhook.

    Source: v1/messages, v1/media.
    """

    def __init__(
        self,
        token: str,
        api_url: str = _API_URL,
        media_url: str | None = None,
        *,
        transport: AsyncTransport | None = None,
        timeout: float = 30.0,
        retry: Retry | None = None,
        rate_limiter: RateLimiter | Unset | None = UNSET,
        validate: bool = True,
    ) -> None:
        sealed = seal_token(token, "token", IN_HEADERS)
        del token  # from here on no frame holds the token as a string
        if isinstance(sealed, InvalidArgumentError):
            raise sealed
        api_url = host_url("api_url", api_url)
        media_url = media_url or (_MEDIA_URL if api_url == _API_URL else api_url)
        address = BusinessAddress(api_url, host_url("media_url", media_url))
        super().__init__(
            address,
            sealed,
            transport=transport,
            timeout=timeout,
            retry=retry,
            rate_limiter=rate_limiter,
            validate=validate,
        )

    async def send_text(
        self, to: str, body: str, *, preview_url: bool | None = None, recipient_type: RecipientType | None = None
    ) -> SentBusinessMessage:
        """Send a text of 1 to 4,096 characters; ``preview_url`` shows what its URL leads to.

        Source: v1/messages, "Параметры запроса".
        """
        return await self._send("text", to, recipient_type, {"body": body}, preview_url=preview_url)

    async def send_image(
        self,
        to: str,
        *,
        id: str | None = None,  # noqa: A002  the field's own name
        link: str | None = None,
        caption: str | None = None,
        provider: str | None = None,
        recipient_type: RecipientType | None = None,
    ) -> SentBusinessMessage:
        """Send an image, with words under it.

        Source: v1/messages, object ``image``.
        """
        return await self._send("image", to, recipient_type, _file(id, link, provider, caption=caption))

    async def send_video(
        self,
        to: str,
        *,
        id: str | None = None,  # noqa: A002
        link: str | None = None,
        caption: str | None = None,
        provider: str | None = None,
        recipient_type: RecipientType | None = None,
    ) -> SentBusinessMessage:
        """Send a video, with words under it.

        Source: v1/messages, object ``video``; its draft for the caption.
        """
        return await self._send("video", to, recipient_type, _file(id, link, provider, caption=caption))

    async def send_audio(
        self,
        to: str,
        *,
        id: str | None = None,  # noqa: A002
        link: str | None = None,
        provider: str | None = None,
        recipient_type: RecipientType | None = None,
    ) -> SentBusinessMessage:
        """Send an audio file.

        Source: v1/messages, object ``audio``.
        """
        return await self._send("audio", to, recipient_type, _file(id, link, provider))

    async def send_document(
        self,
        to: str,
        *,
        id: str | None = None,  # noqa: A002
        link: str | None = None,
        caption: str | None = None,
        filename: str | None = None,
        provider: str | None = None,
        recipient_type: RecipientType | None = None,
    ) -> SentBusinessMessage:
        """Send a document, with words under it, and the name under which it arrives.

        Source: v1/messages, object ``document``; its draft for the caption and the name.
        """
        media = _file(id, link, provider, caption=caption, filename=filename)
        return await self._send("document", to, recipient_type, media)

    async def send_sticker(
        self,
        to: str,
        *,
        id: str | None = None,  # noqa: A002
        link: str | None = None,
        provider: str | None = None,
        recipient_type: RecipientType | None = None,
    ) -> SentBusinessMessage:
        """Send a sticker; GREEN-API's own pages do not name it.

        Source: the WhatsApp Business API, messages with media.
        """
        return await self._send("sticker", to, recipient_type, _file(id, link, provider))

    async def upload_media(
        self,
        file: File,
        *,
        content_type: str | None = None,
        file_name: str | None = None,
        progress: Progress | None = None,
    ) -> str:
        """Upload a file of up to 37 MB, and give the id by which it can be sent for 24 hours.

        Its type and its ending are guessed from each other where one is missing; ``progress(done, total)`` is called
        with bytes as they leave.

        Source: v1/media, upload.
        """
        async with opened(file, name=file_name, content_type=content_type, progress=progress) as payload:
            ending = Path(payload.name or "").suffix[1:] or _ending(payload.content_type)
            if not ending:
                raise InvalidArgumentError(
                    "neither file_name nor content_type tells the file's ending; one of them is needed",
                    method=UPLOAD_MEDIA.name,
                )
            headers = {"Content-Type": payload.content_type, "X-Gr-File-Extension": ending.lower()}
            return await self._request(UPLOAD_MEDIA, {**headers, "file": payload})

    async def download_media(
        self,
        id: str,  # noqa: A002
        path: str | os.PathLike[str],
        *,
        max_bytes: int | None = None,
        progress: Progress | None = None,
    ) -> Path:
        """Download a file into ``path``, or by its id into the folder ``path``, and give the path it was written to.

        ``path`` and the options are those of ``Client.download``. GREEN-API's own pages do not name it.

        Source: the WhatsApp Business API, media.
        """
        self._prepare(DOWNLOAD_MEDIA, {"id": id})  # validates the id
        url = f"{self._api.url(DOWNLOAD_MEDIA)}/{quote(id, safe='')}"
        return await download(
            functools.partial(self._download, DOWNLOAD_MEDIA),
            None,
            url,
            path,
            name=id,
            max_bytes=max_bytes,
            progress=progress,
        )

    async def delete_media(self, id: str) -> None:  # noqa: A002
        """Delete a file from the server's storage; ``NotFoundError`` if it is not there.

        GREEN-API's own pages do not name it. Source: the WhatsApp Business API, media.
        """
        await self._request(DELETE_MEDIA, {"id": id})

    async def _send(
        self, kind: str, to: str, recipient_type: RecipientType | None, part: Mapping[str, Any], **values: Any
    ) -> SentBusinessMessage:
        if recipient_type is None and "-" in str(to):
            recipient_type = "group"  # one page finds it out from ``to``, the other takes it for a person
        return await self._request(
            SEND,
            {
                "recipient_type": recipient_type,
                "to": to,
                "type": kind,
                kind: part,
                **values,
            },
        )


def _ending(content_type: str) -> str:
    kind = content_type.partition(";")[0].strip()
    return "" if kind == UNKNOWN_TYPE else (mimetypes.guess_extension(kind) or "")[1:]


def _file(id_: str | None, link: str | None, provider: str | None, **words: str | None) -> dict[str, Any]:
    given = {"id": id_, "link": link, **words, "provider": None if provider is None else {"name": provider}}
    return {name: value for name, value in given.items() if value is not None}
