"""The parameters in the body of a request."""

import json
from typing import Any

import httpx

from greenapi_async.sandbox.payloads.multipart import parse
from greenapi_async.sandbox.payloads.spooled_body import SpooledBody

from .table import Row


def body_of(request: httpx.Request, row: Row) -> dict[str, Any]:
    """Return the parameters in the body; files are bytes."""
    if row.at("raw"):
        return {"file": request.content}
    if row.at("form"):
        form = parse(request.headers["content-type"], SpooledBody(request.content))
        return {**form.fields, **{name: file.content for name, file in form.files.items()}}
    return json.loads(request.content) if request.content else {}
