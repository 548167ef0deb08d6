"""Parsing of JSON request bodies, with the error messages of the server's JavaScript."""

import json
import math
from typing import Any, cast

from greenapi_async.sandbox.payloads.responses import RequestRejected

__all__ = ["read_object"]


def read_object(body: bytes, limit: int) -> dict[str, Any]:
    """Return the parameters in a JSON body; an empty body has none.

    Args:
        body: The bytes of the body.
        limit: The maximum number of bytes.

    Raises:
        RequestRejected: The body is too large, not JSON, or not an object.
    """
    if len(body) > limit:
        raise RequestRejected(500, "request entity too large")
    text = body.decode("utf-8", "replace")
    if not text.strip():
        return {}
    try:
        value: Any = json.loads(text, parse_constant=_reject_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise RequestRejected(400, _javascript_message(text, error)) from None
    except (ValueError, RecursionError):
        raise RequestRejected(400, "bad request data") from None
    if not isinstance(value, dict):
        raise RequestRejected(400, "Validation failed. Details: 'value' must be of type object")
    return cast("dict[str, Any]", value)


def _javascript_message(text: str, error: json.JSONDecodeError) -> str:
    if error.pos >= len(text) or error.msg.startswith("Unterminated string"):
        return "Unexpected end of JSON input"
    return f"Unexpected token {text[error.pos]} in JSON at position {error.pos}"


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is too large")
    return value


def _reject_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
