"""Rows of the table ``entries``: what PostgreSQL can store of an entry, and how it is read.

PostgreSQL stores no NUL character and no lone surrogate. In a body, which is JSON, both are written as escape
sequences, which mean the same. In other texts they are shown as an escape sequence.

Times are by the clock of the database. When an entry is due is read as the seconds until then, so a wrong clock of this
computer does not matter.
"""

import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from greenapi_async.inbox.base import Entry

__all__ = ["COLUMNS", "chat_of", "entry_of", "seconds_until", "storable_body", "storable_text"]

COLUMNS = (
    "e.id, e.instance, e.body, e.receipt, e.error, e.recovered, extract(epoch FROM e.stored)::float8, e.attempts,"
    " extract(epoch FROM CASE WHEN isfinite(e.due) THEN e.due END - clock_timestamp())::float8, e.failure"
)
"""Columns of the table ``entries AS e`` that ``entry_of`` reads."""
TEN_YEARS = 10 * 366 * 24 * 3600.0

_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


def entry_of(row: Sequence[Any]) -> Entry:
    """Return the entry of a row, under its id in the store; a damaged row has an ``error`` that says so."""
    id_, instance, body, receipt, error, recovered, stored, attempts, due, failure = row
    moment, damaged = _moment(stored)
    if attempts < 0:
        attempts, damaged = 0, f"attempts is {attempts}"
    if damaged is not None:
        error = f"the stored entry is damaged: {damaged}"
    if error is not None:
        body = _json_object(body)
    return Entry(
        id=id_,
        id_instance=instance,
        body=body,
        receipt_id=receipt,
        error=error,
        recovered=recovered,
        stored=moment,
        attempts=attempts,
        due=None if due is None else datetime.now(UTC) + timedelta(seconds=_limited(due)),
        failure=failure,
    )


def seconds_until(due: datetime) -> float:
    """Return the seconds until a time by the clock of this computer; negative in the past."""
    return _limited((due - datetime.now(UTC)).total_seconds())


def storable_body(body: str) -> str:
    """Return a JSON text with the same meaning that PostgreSQL can store."""
    return _NOT_STORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", body)


def storable_text(text: str) -> str:
    """Return a text in which what PostgreSQL cannot store is shown as an escape sequence."""
    return storable_body(text)


def chat_of(body: str) -> str:
    """Return the chat that a notification is about; empty if it is about none, or cannot be parsed."""
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    fields = cast("dict[str, Any]", parsed if isinstance(parsed, dict) else {})
    sender = fields.get("senderData")
    inner = cast("dict[str, Any]", sender if isinstance(sender, dict) else {})
    for found in inner.get("chatId"), fields.get("from"), fields.get("chatId"):
        if found and isinstance(found, str | int):
            return storable_text(str(found))[:200]
    return ""


def _moment(stored: float) -> tuple[datetime, str | None]:
    try:
        return datetime.fromtimestamp(stored, UTC), None
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC), f"stored is {stored}"


def _limited(seconds: float) -> float:
    return min(max(seconds, -TEN_YEARS), TEN_YEARS) if not math.isnan(seconds) else 0.0


def _json_object(body: str) -> str:
    """Return a body that is a JSON object: this one if it is one, or one that contains it."""
    try:
        if isinstance(json.loads(body), dict):
            return body
    except (ValueError, RecursionError):
        pass
    return json.dumps({"body": body})
