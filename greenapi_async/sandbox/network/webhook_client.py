"""The HTTP client that pushes notifications to webhook URLs."""

from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

__all__ = ["WebhookClient"]

KEEPALIVE_SECONDS: Final = 1.0
"""Seconds that an idle connection is kept: less than any server keeps it."""


class WebhookClient:
    """An async context manager that posts notifications; it ignores the environment's proxies and credentials."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post a notification and return the status of the response, whose body is discarded.

        Args:
            url: The webhook URL.
            headers: The headers.
            body: The notification.

        Raises:
            ValueError: The URL is not an HTTP URL.
            httpx.HTTPError: There was no response.
        """
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("webhookUrl must begin with http:// or https://")
        if self._client is None:  # created on first use: loading the certificates takes time
            limits = httpx.Limits(keepalive_expiry=KEEPALIVE_SECONDS)
            self._client = httpx.AsyncClient(timeout=None, trust_env=False, limits=limits)  # noqa: S113 - callers have one
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        async with self._client.stream("POST", url, headers=encoded, content=body) as response:
            async for _ in response.aiter_raw():
                pass
        return response.status_code

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()
