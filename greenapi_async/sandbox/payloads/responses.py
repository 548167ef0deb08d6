"""Responses of the API, including errors."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import attrs

__all__ = ["JSON_TYPE", "ApiResponse", "RequestRejected", "error_response", "json_response", "reason_phrase"]

LONGEST_ERROR: Final = 300
"""Characters of an error message that are kept."""
JSON_TYPE: Final = "application/json; charset=utf-8"


class RequestRejected(Exception):  # noqa: N818 - a response of the fake server, not an error in the sandbox
    """Raised to reject a request with an error response.

    Attributes:
        status: The status of the response.
        message: The error message in it.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@attrs.frozen
class ApiResponse:
    """A response; its headers are those that the HTTP server does not set itself."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])

    @property
    def error(self) -> str | None:
        """The error message, shortened; None for a success."""
        if self.status < 400:
            return None
        text = self.body[:LONGEST_ERROR].decode("utf-8", "replace")
        try:
            return str(json.loads(self.body)["message"])[:LONGEST_ERROR]
        except (ValueError, TypeError, LookupError):
            return text or reason_phrase(self.status)


def json_response(value: Any, status: int = 200) -> ApiResponse:
    """Create a JSON response; a lone surrogate is sent as its escape, like JavaScript does.

    Args:
        value: The body before serialization.
        status: The status.
    """
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return ApiResponse(status, body, {"content-type": JSON_TYPE})


def error_response(status: int, message: str, *, path: str, at: float) -> ApiResponse:
    """Create an error response in the vendor's format.

    Args:
        status: The status.
        message: The error message.
        path: The path of the request, which contains the token as on the real server.
        at: The time of the response.
    """
    timestamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json_response({"statusCode": status, "timestamp": timestamp, "path": path, "message": message}, status)


def reason_phrase(status: int) -> str:
    """Return the reason phrase of a status, including the vendor's own statuses."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return {466: "Quota Exceeded", 499: "Client Closed Request"}.get(status, "Error")
