"""The answers of the API, as they stand on the wire."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import attrs

LONGEST: Final = 300
"""Characters of a complaint that are kept."""
JSON_TYPE = "application/json; charset=utf-8"


@attrs.frozen
class Answer:
    """A status, a body and the headers that are not the server's own."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])

    @property
    def complaint(self) -> str | None:
        """What it says was wrong, in short; None of a success."""
        if self.status < 400:
            return None
        words = self.body[:LONGEST].decode("utf-8", "replace")
        try:
            return str(json.loads(self.body)["message"])[:LONGEST]
        except (ValueError, TypeError, LookupError):
            return words or phrase(self.status)


def as_json(value: Any, status: int = 200) -> Answer:
    """Answer with JSON; a lone surrogate goes out as its escape, as JavaScript sends it."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return Answer(status, body, {"content-type": JSON_TYPE})


def error(status: int, message: str, *, path: str, at: float) -> Answer:
    """Answer with an error; its path holds the token, as the real server's does."""
    timestamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return as_json({"statusCode": status, "timestamp": timestamp, "path": path, "message": message}, status)


def phrase(status: int) -> str:
    """Name a status as HTTP does; the vendor's own ones have no name."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return {466: "Quota Exceeded", 499: "Client Closed Request"}.get(status, "Error")
