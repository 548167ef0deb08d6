"""A body, read under a limit and within a time."""

from collections.abc import AsyncGenerator, AsyncIterable
from http import HTTPStatus
from typing import TypeAlias

import anyio

from greenapi_async.webhooks.request_checks import TOO_LARGE
from greenapi_async.webhooks.response import Refusal

__all__ = ["Body", "read_body"]

Body: TypeAlias = bytes | bytearray | AsyncIterable[bytes]

SLOW = Refusal(HTTPStatus.REQUEST_TIMEOUT, "its body did not come within body_timeout=")
BROKEN_OFF = Refusal(HTTPStatus.BAD_REQUEST, "its body broke off")


async def read_body(body: Body, *, max_bytes: int, seconds: float) -> bytes | bytearray | Refusal:
    """Give the whole body, or why it is not read any further."""
    if isinstance(body, bytes | bytearray):
        return body if len(body) <= max_bytes else TOO_LARGE
    try:
        with anyio.move_on_after(seconds):
            return await _whole(body, max_bytes)
    finally:
        if isinstance(body, AsyncGenerator):  # which trio wants closed where it was begun
            await body.aclose()
    return SLOW


async def _whole(body: AsyncIterable[bytes], max_bytes: int) -> bytearray | Refusal:
    read = bytearray()
    try:
        async for piece in body:
            if len(read) + len(piece) > max_bytes:
                return TOO_LARGE
            read += piece
    except Exception:  # noqa: BLE001  whatever the server says of a connection that was lost
        return BROKEN_OFF
    return read
