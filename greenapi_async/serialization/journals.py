"""Parsing of journal rows.

A row is a flat message together with its envelope (quirk 8), so the same object is parsed twice: as the row and as its
message. An invalid row does not hide the others: its valid fields are kept, an invalid message becomes an
``UnknownMessage``, and ``raw`` holds the whole row.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar, cast

import attrs

from greenapi_async.models.journals import HistoryBlock, HistoryMessage
from greenapi_async.models.messages import Message, UnknownMessage
from greenapi_async.models.statuses import HistoryStatus, StatusStatistic
from greenapi_async.serialization.converter import as_array, list_of, structure, wire_names
from greenapi_async.serialization.notifications import parse_message

__all__ = ["message_row", "rows_of", "status_row", "status_statistics"]

T = TypeVar("T")
R = TypeVar("R", bound=HistoryMessage)

_PARSE_ERRORS = (ValueError, TypeError, KeyError, OverflowError, OSError)
_NESTED_IN_TEXT = ("backgroundColor", "font", "participants")


def message_row(value: Any) -> HistoryMessage:
    """Parse a row of a message journal."""
    type_message = cast("Mapping[str, Any]", value).get("typeMessage") if isinstance(value, Mapping) else None
    blocked = isinstance(type_message, str) and type_message.lower() == "incomingblock"
    return _with_message(_row(HistoryBlock if blocked else HistoryMessage, value))


def status_row(value: Any) -> HistoryStatus:
    """Parse a row of a status journal. Text statuses nest colour, font and viewers one level deeper than files do."""
    fields = _row(HistoryStatus, value).raw
    text = fields.get("extendedTextMessage")
    inner = cast("dict[str, Any]", text) if isinstance(text, dict) else {}
    row = _row(HistoryStatus, {**{name: inner[name] for name in _NESTED_IN_TEXT if name in inner}, **fields})
    object.__setattr__(row, "raw", fields)
    return _with_message(row)


def rows_of(row: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    """Return a decoder for an answer that is an array of rows.

    Args:
        row: Decoder of one row.
    """
    return lambda value: [row(item) for item in as_array(value)]


def status_statistics(value: Any) -> list[StatusStatistic]:
    """Parse the viewers of a status. A row about several people becomes one row per person (quirk 20)."""
    rows: list[Any] = []
    for row in as_array(value):
        people = cast("Mapping[str, Any]", row).get("participant") if isinstance(row, dict) else None
        if isinstance(people, list):
            rows += [{**row, "participant": person} for person in as_array(people)]
        else:
            rows.append(row)
    return list_of(StatusStatistic)(rows)


def _row(kind: type[R], value: Any) -> R:
    """Parse a row; if that fails, parse it field by field."""
    try:
        return structure(kind, value)
    except _PARSE_ERRORS:
        if not isinstance(value, Mapping):
            raise
    fields = cast("Mapping[str, Any]", value)
    row = kind(raw=fields)
    for field in attrs.fields(kind):
        name = next((name for name in wire_names(field) if name in fields), None)
        if field.init and "derived" not in field.metadata and name is not None:
            field_type: Any = field.type
            with suppress(*_PARSE_ERRORS):  # an invalid value stays in raw
                object.__setattr__(row, field.name, structure(field_type, fields[name]))
    return row


def _with_message(row: R) -> R:
    object.__setattr__(row, "message", _message(row.raw))
    return row


def _message(fields: Mapping[str, Any]) -> Message:
    try:
        return parse_message(fields)
    except _PARSE_ERRORS:
        return UnknownMessage(raw=fields, type_message=str(fields.get("typeMessage")))
