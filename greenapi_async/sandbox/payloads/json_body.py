"""Read the JSON body of a request, complaining in the words of the server's JavaScript."""

import json
import math
from typing import Any, cast

from greenapi_async.sandbox.payloads.rejection import Rejected


def read_object(body: bytes, limit: int) -> dict[str, Any]:
    """Give the parameters in a body; an empty one has none."""
    if len(body) > limit:
        raise Rejected(500, "request entity too large")
    text = body.decode("utf-8", "replace")
    if not text.strip():
        return {}
    try:
        value: Any = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise Rejected(400, _complaint(text, error)) from None
    except (ValueError, RecursionError):
        raise Rejected(400, "bad request data") from None
    if not isinstance(value, dict):
        raise Rejected(400, "Validation failed. Details: 'value' must be of type object")
    return cast("dict[str, Any]", value)


def _complaint(text: str, error: json.JSONDecodeError) -> str:
    if error.pos >= len(text) or error.msg.startswith("Unterminated string"):
        return "Unexpected end of JSON input"
    return f"Unexpected token {text[error.pos]} in JSON at position {error.pos}"


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is too large")
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
