"""The links to uploaded files: `/files/{id}/{name}`."""

import re
from email.utils import formatdate

from starlette.types import Receive, Scope, Send

from greenapi_async.sandbox.payloads.responses import Answer, error
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.network.http_exchange import send_answer
from greenapi_async.sandbox.simulation.faults import Fault

_UNFIT = re.compile("[^ -~]+")
"""What a header cannot hold, and who sends a file may write."""


async def serve_file(sandbox: Sandbox, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a file in pieces; a HEAD tells until when its link lives."""
    stored = sandbox.files.find(scope["path"].split("/")[2])
    if stored is None or scope["method"] not in {"GET", "HEAD"}:
        answer = error(404, "Not Found", path=scope["path"], at=sandbox.clock())
        await send_answer(answer if scope["method"] != "HEAD" else Answer(404), Fault(), scope, receive, send)
        return
    headers = {
        "content-type": _UNFIT.sub(" ", stored.content_type).strip(),
        "content-length": str(stored.content.size),
        "x-amz-expiration": f'expiry-date="{formatdate(stored.expires_at, usegmt=True)}"',
    }
    headers |= {"content-security-policy": "sandbox", "x-content-type-options": "nosniff"}  # a file is no page of ours
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    if scope["method"] == "GET":
        for chunk in stored.content.chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
