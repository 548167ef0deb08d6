"""One HTTP exchange over ASGI: read the body, watch for a disconnect, send the response."""

from collections.abc import Callable
from email.utils import formatdate

import anyio
from starlette.types import Message, Receive, Scope, Send

from greenapi_async.sandbox.network.disconnect import disconnect
from greenapi_async.sandbox.payloads.responses import ApiResponse
from greenapi_async.sandbox.payloads.spooled_body import SpooledBody
from greenapi_async.sandbox.simulation.faults import Fault

__all__ = ["cancel_on_disconnect", "read_body", "send_response", "with_date"]


async def read_body(receive: Receive, limit: int) -> SpooledBody | None:
    """Read the body, storing at most one byte over the limit.

    Args:
        receive: The receive channel of the request.
        limit: The maximum number of bytes.

    Returns:
        The body, or None if the client disconnected.
    """
    body = SpooledBody()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        body.write(chunk[: limit + 1 - body.size])
        if not message.get("more_body", False):
            return body


async def cancel_on_disconnect(receive: Receive, call: anyio.CancelScope) -> None:
    """Cancel a call as soon as its client disconnects.

    Args:
        receive: The receive channel of the request.
        call: The scope in which the call runs.
    """
    while (await receive())["type"] != "http.disconnect":
        pass
    call.cancel()


async def send_response(response: ApiResponse, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response, dropped, truncated or cut as the fault says.

    Args:
        response: The response.
        fault: The fault of the call.
        scope: The scope of the request.
        receive: Its receive channel.
        send: Its send channel.
    """
    if fault.drop:
        await disconnect(scope, receive)
        return
    body = b"" if response.status in {204, 304} else response.body
    half = body[: len(body) // 2]
    if fault.truncate and not fault.cut:
        body = half
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    if response.status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if fault.cut:
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await disconnect(scope, receive, flush=True)
    else:
        await send({"type": "http.response.body", "body": body})


def with_date(send: Send, clock: Callable[[], float]) -> Send:
    """Wrap a send channel so that responses get a ``Date`` header, unless they have one.

    Args:
        send: The send channel.
        clock: Returns the time in seconds since the epoch.
    """

    async def send_with_date(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
            if all(name.lower() != b"date" for name, _ in headers):
                headers.append((b"date", formatdate(clock(), usegmt=True).encode()))
            message = {**message, "headers": headers}
        await send(message)

    return send_with_date
