"""Reading rows of the table ``entries``, unreadable ones included.

A row can be damaged: by a failing disk, by another program, by a hand-written statement. It must not keep the others
from being handled, and nothing of it is lost. It is read as an entry with an ``error`` that quotes the damaged columns
and a body that is a JSON object: the stored one, or one that contains what is left of it, with escaped bytes.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection, OperationalError
from typing import Any, Final

from greenapi_async.inbox.base import Entry

__all__ = ["microseconds", "select_entries"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "id": (int,),
    "instance": (int,),
    "body": (str,),
    "receipt": (int, type(None)),
    "error": (str, type(None)),
    "recovered": (int,),
    "stored": (int,),
    "attempts": (int,),
    "due": (int, type(None)),
    "failure": (str, type(None)),
}
_COLUMNS = ", ".join(_TYPES)
_COLUMNS_AS_BYTES = ", ".join(f"iif(typeof({name}) = 'text', CAST({name} AS BLOB), {name})" for name in _TYPES)


def microseconds(moment: datetime) -> int:
    """Return a time as it is stored."""
    return (moment - _EPOCH) // _MICROSECOND


def select_entries(connection: Connection, condition: str, parameters: Sequence[object]) -> list[Entry]:
    """Return the entries that meet a condition.

    Args:
        connection: The open file.
        condition: What follows ``WHERE``, with placeholders.
        parameters: Values of the placeholders.
    """
    try:
        rows = connection.execute(f"SELECT {_COLUMNS} FROM entries WHERE {condition}", parameters).fetchall()  # noqa: S608
    except OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) is not None:
            raise
        # a text is not UTF-8, says the module sqlite3
        rows = connection.execute(f"SELECT {_COLUMNS_AS_BYTES} FROM entries WHERE {condition}", parameters).fetchall()  # noqa: S608
    return [_entry(dict(zip(_TYPES, row, strict=True))) for row in rows]


def _entry(row: dict[str, Any]) -> Entry:
    damaged: dict[str, object] = {}
    for name, value in row.items():
        if type(value) is bytes:
            row[name] = _decoded(value)
        if type(row[name]) not in _TYPES[name]:
            damaged[name] = row[name]
    for name in "stored", "due":
        if name not in damaged and row[name] is not None:
            try:
                row[name] = _EPOCH + row[name] * _MICROSECOND
            except OverflowError:
                damaged[name] = row[name]
    if "attempts" not in damaged and row["attempts"] < 0:
        damaged["attempts"] = row["attempts"]
    error, body = row["error"], row["body"]
    if damaged:
        quoted = ", ".join(f"{name} is {value!r:.100}" for name, value in damaged.items() if name != "body")
        error = f"the stored entry is damaged: {quoted or 'its body is unreadable'}"
    if error is not None:
        body = _json_object(body)
    return Entry(
        id=row["id"],
        id_instance=0 if "instance" in damaged else row["instance"],
        body=body,
        receipt_id=None if "receipt" in damaged else row["receipt"],
        error=error,
        recovered=row["recovered"] == 1,
        stored=datetime.now(UTC) if "stored" in damaged else row["stored"],
        attempts=0 if "attempts" in damaged else row["attempts"],
        due=None if "due" in damaged else row["due"],
        failure=None if "failure" in damaged else row["failure"],
    )


def _decoded(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _json_object(body: object) -> str:
    """Return a body that is a JSON object: this one if it is one, or one that contains it."""
    if isinstance(body, str):
        try:
            if isinstance(json.loads(body), dict):
                return body
        except (ValueError, RecursionError):
            pass
    text = body.decode(errors="backslashreplace") if isinstance(body, bytes) else body
    return json.dumps({"body": text})
