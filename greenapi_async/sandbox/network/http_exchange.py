"""The two ends of one call over ASGI: read its body, watch its client, send its answer."""

import anyio
from starlette.types import Receive, Scope, Send

from greenapi_async.sandbox.payloads.responses import Answer
from greenapi_async.sandbox.payloads.spooled_body import Spool
from greenapi_async.sandbox.network.disconnect import drop
from greenapi_async.sandbox.simulation.faults import Fault


async def read_body(receive: Receive, limit: int) -> Spool | None:
    """Give the body, keeping no more than one byte over the limit; None when the client went away."""
    body = Spool()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        body.write(chunk[: limit + 1 - body.size])
        if not message.get("more_body", False):
            return body


async def end_when_gone(receive: Receive, call: anyio.CancelScope) -> None:
    """Cancel a call as soon as its client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
    call.cancel()


async def send_answer(answer: Answer, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    """Send an answer, or what the fault leaves of it."""
    if fault.drop:
        await drop(scope, receive)
        return
    body = b"" if answer.status in {204, 304} else answer.body
    half = body[: len(body) // 2]
    if fault.truncate and not fault.cut:
        body = half
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    if answer.status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if fault.cut:
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await drop(scope, receive, flush=True)
    else:
        await send({"type": "http.response.body", "body": body})
