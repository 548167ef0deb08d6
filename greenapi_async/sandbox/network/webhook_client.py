"""The pushes over HTTP."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

IDLE = 1.0
"""Seconds that a connection is kept for the next push: fewer than any server keeps it."""


class Post:
    """Posts, as a function within `async with`; the environment's proxies and passwords play no part."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Give the status of the answer; its body is not kept."""
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("webhookUrl must begin with http:// or https://")
        if self._client is None:  # made late: its certificates take time to load
            limits = httpx.Limits(keepalive_expiry=IDLE)
            self._client = httpx.AsyncClient(timeout=None, trust_env=False, limits=limits)  # noqa: S113  who calls has one
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        async with self._client.stream("POST", url, headers=encoded, content=body) as answer:
            async for _ in answer.aiter_raw():
                pass
        return answer.status_code

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()
