"""Downloads of uploaded files at `/files/{id}/{name}`."""

import re
from email.utils import formatdate

from starlette.types import Receive, Scope, Send

from greenapi_async.sandbox.network.http_exchange import send_response
from greenapi_async.sandbox.payloads.responses import ApiResponse, error_response
from greenapi_async.sandbox.simulation.faults import Fault
from greenapi_async.sandbox.state import Sandbox

__all__ = ["serve_file"]

_NOT_IN_HEADERS = re.compile("[^ -~]+")
"""Characters that a header cannot contain, although the uploader may have sent them."""


async def serve_file(sandbox: Sandbox, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a file in chunks; HEAD returns when its link expires.

    Args:
        sandbox: The server.
        scope: The scope of the request.
        receive: Its receive channel.
        send: Its send channel.
    """
    stored = sandbox.files.find(scope["path"].split("/")[2])
    if stored is None or scope["method"] not in {"GET", "HEAD"}:
        response = error_response(404, "Not Found", path=scope["path"], at=sandbox.clock())
        await send_response(response if scope["method"] != "HEAD" else ApiResponse(404), Fault(), scope, receive, send)
        return
    headers = {
        "content-type": _NOT_IN_HEADERS.sub(" ", stored.content_type).strip(),
        "content-length": str(stored.content.size),
        "x-amz-expiration": f'expiry-date="{formatdate(stored.expires_at, usegmt=True)}"',
    }
    headers |= {"content-security-policy": "sandbox", "x-content-type-options": "nosniff"}  # files are untrusted
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    if scope["method"] == "GET":
        for chunk in stored.content.chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
