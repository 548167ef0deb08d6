"""Request bodies, read with a size limit."""

from collections.abc import AsyncGenerator, AsyncIterable
from http import HTTPStatus
from typing import TypeAlias

from greenapi_async.webhooks.request_checks import TOO_LARGE
from greenapi_async.webhooks.response import Rejection

__all__ = ["TIMED_OUT", "Body", "read_body"]

Body: TypeAlias = bytes | bytearray | AsyncIterable[bytes]

TIMED_OUT = Rejection(HTTPStatus.REQUEST_TIMEOUT, "the body did not arrive within body_timeout=")
INCOMPLETE = Rejection(HTTPStatus.BAD_REQUEST, "the connection failed before the body was complete")


async def read_body(body: Body, max_bytes: int) -> bytes | bytearray | Rejection:
    """Read a body to its end.

    Args:
        body: The body, whole or in chunks.
        max_bytes: Maximum size.

    Returns:
        The whole body, or the rejection.
    """
    if isinstance(body, bytes | bytearray):
        return body if len(body) <= max_bytes else TOO_LARGE
    try:
        return await _join(body, max_bytes)
    finally:
        if isinstance(body, AsyncGenerator):  # trio requires a generator to be closed in the task that started it
            await body.aclose()


async def _join(body: AsyncIterable[bytes], max_bytes: int) -> bytearray | Rejection:
    read = bytearray()
    try:
        async for chunk in body:
            if len(read) + len(chunk) > max_bytes:
                return TOO_LARGE
            read += chunk
    except Exception:  # noqa: BLE001  each web server has its own exception for a lost connection
        return INCOMPLETE
    return read
