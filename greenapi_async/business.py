"""Client for ``/v1/messages`` and ``/v1/media`` of GREEN-API, or of the on-premises WhatsApp Business API.

Both have the same two nodes and differ only in their base URL. The token is sent in a header.
"""

import functools
import os
from pathlib import Path
from typing import Any, overload

import attrs

from greenapi_async.base_client import UNSET, BaseClient, Unset, host_url
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.downloads import download
from greenapi_async.http.endpoint import Endpoint, Host
from greenapi_async.http.protocol import TOKEN_PLACEHOLDER
from greenapi_async.http.rate_limiter import RateLimiter
from greenapi_async.http.retry import Retry
from greenapi_async.http.token import IN_HEADERS, seal_token
from greenapi_async.http.wire import TransportOption
from greenapi_async.methods.business import DOWNLOAD_MEDIA, BusinessMethods
from greenapi_async.methods.with_raw_response import BusinessWithRawResponse
from greenapi_async.models.files import Progress, Writer

__all__ = ["BusinessAddress", "BusinessClient"]

_API_URL = "https://api.green-api.com"
_MEDIA_URL = "https://media.green-api.com"


@attrs.frozen
class BusinessAddress:
    """Address of the two nodes."""

    api_url: str
    media_url: str

    def url(self, endpoint: Endpoint[Any]) -> str:
        """Return ``{host}/v1/{node}``."""
        return f"{self.media_url if endpoint.host is Host.MEDIA else self.api_url}/v1/{endpoint.name}"

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return the header with the token placeholder."""
        return (("authorization", f"Bearer {TOKEN_PLACEHOLDER}"),)

    def __str__(self) -> str:
        return f"at {self.api_url}"


class BusinessClient(BaseClient, BusinessMethods):
    """Client for messages and media in the format of the WhatsApp Business API.

    Close it with ``async with`` or ``aclose()``. Requests that the server rejects raise ``BusinessError`` with the
    server's error code.

    Args:
        token: The token, sent as ``Authorization: Bearer``.
        api_url: Base URL of GREEN-API or of the WhatsApp Business API on your premises.
        media_url: Base URL for media; None means GREEN-API's own host for them, or ``api_url`` if that is another one.
        transport: As in ``Client``.
        timeout: As in ``Client``.
        retry: As in ``Client``.
        rate_limiter: As in ``Client``.
        validate: As in ``Client``.

    Raises:
        InvalidArgumentError: The token or a URL is malformed.

    Example:
        >>> async with BusinessClient(token) as business:
        ...     media = await business.upload_media("invoice.pdf")
        ...     await business.send_document("79001234567", id=media, filename="invoice.pdf")

    Source: the vendor's pages v1/messages and v1/media.
    """

    def __init__(
        self,
        token: str,
        api_url: str = _API_URL,
        media_url: str | None = None,
        *,
        transport: TransportOption = None,
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

    @property
    def with_raw_response(self) -> BusinessWithRawResponse:
        """The API methods, each of which returns the response with status, headers and body next to its result.

        Example:
            >>> response = await business.with_raw_response.send_text("79001234567", "Hello")
            >>> print(response.status, response.headers["Date"], response.content, response.parsed)
        """
        return BusinessWithRawResponse(self._call_raw)

    @overload
    async def download_media(
        self,
        id: str,
        path: str | os.PathLike[str],
        *,
        max_bytes: int | None = None,
        progress: Progress | None = None,
    ) -> Path: ...
    @overload
    async def download_media(
        self,
        id: str,
        path: None = None,
        *,
        max_bytes: int | None = None,
        progress: Progress | None = None,
    ) -> bytes: ...
    @overload
    async def download_media(
        self,
        id: str,
        path: Writer,
        *,
        max_bytes: int | None = None,
        progress: Progress | None = None,
    ) -> int: ...
    async def download_media(
        self,
        id: str,  # noqa: A002
        path: str | os.PathLike[str] | Writer | None = None,
        *,
        max_bytes: int | None = None,
        progress: Progress | None = None,
    ) -> Path | bytes | int:
        """Download a file from the server's storage; GREEN-API's own pages do not mention it.

        Args:
            id: Media id.
            path: The file, which is overwritten, or a folder, in which the file is named after its id, with the
                extension of its content type, and never overwrites another one. None returns the content. A writer, as
                in ``Client.download``, gets the content when the download is complete, and stays open.
            max_bytes: Maximum size of the file; None means unlimited, and 100 MB for content that is returned.
            progress: Called after each chunk with the bytes received and the total, which is None if unknown; awaited
                if it is asynchronous.

        Returns:
            The path of the file; without ``path``, its content; for a writer, the number of bytes.

        Raises:
            InvalidArgumentError: ``id`` is malformed, or ``path`` is nothing that can be written to.
            NotFoundError: There is no such file.
            PayloadTooLargeError: The file is larger than ``max_bytes``.

        Source: the WhatsApp Business API, media.
        """
        url = self._prepare(DOWNLOAD_MEDIA, {"id": id}).url
        fetch = functools.partial(self._download, DOWNLOAD_MEDIA)
        return await download(fetch, None, url, path, name=id, max_bytes=max_bytes, progress=progress)
